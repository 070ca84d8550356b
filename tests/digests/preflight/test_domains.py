"""What the DNS says of a domain; a resolver that answers as told stands for the network."""

from datetime import timedelta

import dns.exception
import pytest

from digests.models import DomainCheck
from digests.preflight import domains, visits
from digests.preflight.dmarc import Dmarc, look_up
from tests.builders import NOON

pytestmark = pytest.mark.django_db


def kept(**records: list[str]) -> DomainCheck:
    """After asking a DNS that knows these names, written with _ for their dots."""
    visits.want([], "news@mail.paper.co.uk", until=NOON, now=NOON)
    names = {
        name.replace("__", ".").replace("dmarc", "_dmarc"): texts for name, texts in records.items()
    }
    for asked in (1, 0):
        found = domains.ask_due(
            now=NOON, texts=lambda name: names.get(name, []), exists=lambda _name: True
        )
        assert found == asked
    return DomainCheck.objects.get()


class Dns:
    """DMARC records by the name that they are of; it notes what it was asked."""

    def __init__(self, records: dict[str, str | list[str]], *, missing: str = "") -> None:
        self.records = records
        self.missing = missing
        self.asked: list[str] = []

    def texts(self, name: str) -> list[str]:
        self.asked.append(name)
        found = self.records.get(name.removeprefix("_dmarc."), [])
        return [found] if isinstance(found, str) else found

    def exists(self, name: str) -> bool:
        return name != self.missing


@pytest.mark.parametrize(
    ("domain", "records", "organisation", "policy"),
    [
        # Its own record, whatever stands above.
        ("news.paper.com", {"news.paper.com": "v=DMARC1; p=reject", "paper.com": "v=DMARC1; p=none"},
         "paper.com", "reject"),
        # The fewest labels of all that have a record.
        ("a.b.paper.co.uk", {"b.paper.co.uk": "v=DMARC1; p=none", "paper.co.uk": "v=DMARC1; p=reject"},
         "paper.co.uk", "reject"),
        # psd=n ends the walk, although there is more above.
        ("a.unit.paper.com", {"unit.paper.com": "v=DMARC1; p=quarantine; psd=n",
                              "paper.com": "v=DMARC1; p=reject"}, "unit.paper.com", "quarantine"),
        # Below a public suffix that says so, the organisation is one label below it.
        ("a.paper.gov.example", {"gov.example": "v=DMARC1; p=reject; psd=y"}, "paper.gov.example", "reject"),
        ("news.paper.bank", {"bank": "v=DMARC1; p=reject; psd=y", "paper.bank": "v=DMARC1; p=none"},
         "paper.bank", "none"),
        # sp holds below the record's name; np, where the name does not exist.
        ("news.paper.com", {"paper.com": "v=DMARC1; p=reject; sp=none"}, "paper.com", "none"),
        ("paper.com", {"paper.com": "v=DMARC1; p=reject; sp=none; np=none"}, "paper.com", "reject"),
        ("gone.paper.com", {"paper.com": "v=DMARC1; p=none; sp=none; np=reject"}, "paper.com", "reject"),
        ("gone.paper.com", {"paper.com": "v=DMARC1; p=none; sp=quarantine"}, "paper.com", "quarantine"),
        # t=y asks for one step less.
        ("paper.com", {"paper.com": "v=DMARC1; p=reject; t=y"}, "paper.com", "quarantine"),
        ("paper.com", {"paper.com": "v=DMARC1; p=quarantine; t=y"}, "paper.com", "none"),
        ("paper.com", {"paper.com": "v=DMARC1; p=none; t=y"}, "paper.com", "none"),
        ("paper.com", {"paper.com": "v=DMARC1; p=reject; t=n"}, "paper.com", "reject"),
        # What is gone from the standard changes nothing; what is wrong or missing asks for nothing.
        ("paper.com", {"paper.com": "v=DMARC1; p=reject; pct=0; rf=afrf; ri=1"}, "paper.com", "reject"),
        ("paper.com", {"paper.com": "v=DMARC1; rua=mailto:a@paper.com"}, "paper.com", "none"),
        ("paper.com", {"paper.com": "v=DMARC1; p=perhaps"}, "paper.com", "none"),
        ("paper.com", {"paper.com": " V = dmarc1 ; P = Reject ;; "}, "paper.com", "reject"),
        # Several records are as good as none; so is one that does not begin with its version.
        ("paper.com", {"paper.com": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "paper.com", ""),
        ("paper.com", {"paper.com": ["v=spf1 -all", "v=DMARC1; p=reject"]}, "paper.com", "reject"),
        ("paper.com", {"paper.com": "p=reject; v=DMARC1"}, "paper.com", ""),
        ("paper.com", {}, "paper.com", ""),
    ],
)  # fmt: skip
def test_the_dns_says_whose_a_domain_is_and_what_is_asked_of_servers(
    domain: str, records: dict[str, str | list[str]], organisation: str, policy: str
) -> None:
    dns = Dns(records, missing="gone.paper.com")
    assert look_up(domain, dns.texts, dns.exists) == Dmarc(organisation, policy)


def test_a_long_name_costs_eight_questions() -> None:
    dns = Dns({})
    look_up("a.b.c.d.e.f.g.h.i.paper.com", dns.texts, dns.exists)
    assert len(dns.asked) == 8
    assert dns.asked[1] == "_dmarc.f.g.h.i.paper.com".replace("f.g.h.i", "e.f.g.h.i")
    assert dns.asked[-1] == "_dmarc.com"


def test_what_was_found_is_kept_for_the_check_and_the_house_is_asked_about_too() -> None:
    dns = Dns({"paper.com": "v=DMARC1; p=reject; sp=quarantine"})
    visits.want([], "news@mail.paper.com", until=NOON, now=NOON, house_domains=["paper.com"])
    domains.ask_due(now=NOON, texts=dns.texts, exists=dns.exists)
    rows = DomainCheck.objects.values_list("domain", "organisation", "policy", "has_dmarc")
    assert set(rows) == {
        ("mail.paper.com", "paper.com", "quarantine", True),
        ("paper.com", "paper.com", "reject", True),
    }


def test_records_are_found_among_others(db: None) -> None:
    check = kept(
        mail__paper__co__uk=["site-verification=1", "v=spf1 include:_spf.example.net -all"],
        dmarc__mail__paper__co__uk=["v=DMARC1; p=reject"],
    )
    assert (check.has_spf, check.has_dmarc) == (True, True)
    assert (check.checked_at, check.due_at) == (NOON, NOON + domains.AGAIN)


def test_the_organisations_dmarc_record_counts_for_its_names() -> None:
    check = kept(dmarc__paper__co__uk=["v=DMARC1;p=none"])
    assert (check.has_spf, check.has_dmarc) == (False, True)


def test_what_only_begins_like_a_record_is_none() -> None:
    check = kept(mail__paper__co__uk=["v=spf10 -all"], dmarc__paper__co__uk=["v=DMARC12"])
    assert (check.has_spf, check.has_dmarc) == (False, False)


def test_a_dns_that_is_away_leaves_what_was_known_and_is_asked_again() -> None:
    def away(_name: str) -> list[str]:
        raise dns.exception.Timeout

    visits.want([], "news@paper.co.uk", until=NOON, now=NOON)
    DomainCheck.objects.update(has_spf=True, checked_at=NOON)
    domains.ask_due(now=NOON, texts=away, exists=lambda _name: True)
    check = DomainCheck.objects.get()
    assert (check.has_spf, check.due_at) == (True, NOON + domains.AGAIN_FAILED)
    assert "Timeout" in check.error
    later = NOON + timedelta(hours=1)
    assert domains.ask_due(now=later, texts=lambda _name: [], exists=lambda _name: True) == 1
    assert DomainCheck.objects.get().has_spf is False
