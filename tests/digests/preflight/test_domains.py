"""What the DNS says of a domain; a resolver that answers as told stands for the network."""

from datetime import timedelta

import dns.exception
import pytest

from digests.models import DomainCheck
from digests.preflight import domains, visits
from tests.builders import NOON

pytestmark = pytest.mark.django_db


def kept(**records: list[str]) -> DomainCheck:
    """After asking a DNS that knows these names, written with _ for their dots."""
    visits.want([], "news@mail.paper.co.uk", until=NOON, now=NOON)
    names = {
        name.replace("__", ".").replace("dmarc", "_dmarc"): texts for name, texts in records.items()
    }
    assert domains.ask_due(now=NOON, texts=lambda name: names.get(name, [])) == 1
    assert domains.ask_due(now=NOON, texts=lambda name: names.get(name, [])) == 0
    return DomainCheck.objects.get()


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
    domains.ask_due(now=NOON, texts=away)
    check = DomainCheck.objects.get()
    assert (check.has_spf, check.due_at) == (True, NOON + domains.AGAIN_FAILED)
    assert "Timeout" in check.error
    assert domains.ask_due(now=NOON + timedelta(hours=1), texts=lambda _name: []) == 1
    assert DomainCheck.objects.get().has_spf is False
