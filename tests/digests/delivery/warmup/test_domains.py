"""Who runs our readers' mailboxes, asked of a DNS that tests answer themselves."""

from datetime import date, timedelta

import dns.exception
import pytest

from digests.delivery.warmup import domains
from digests.delivery.warmup.providers import provider_of
from digests.models import MailDomain, WarmUp
from tests.builders import NOON, Press


@pytest.mark.parametrize(
    ("domain", "exchangers", "provider"),
    [
        ("gmail.com", ["gmail-smtp-in.l.google.com."], "Gmail"),
        ("paper.example", ["ASPMX.L.GOOGLE.COM", "alt1.aspmx.l.google.com"], "Gmail"),
        ("firm.example", ["firm-example.mail.protection.outlook.com."], "Outlook"),
        ("aol.com", ["mx-aol.mail.gm0.yahoodns.net"], "Yahoo and AOL"),
        ("me.com", ["mx01.mail.icloud.com."], "iCloud"),
        ("town.example", ["mx1.mail.hoster.co.uk"], "hoster.co.uk"),
        ("town.example", ["mx.notgoogle.com"], "notgoogle.com"),
        ("self.example", [], "self.example"),
    ],
)
def test_a_provider_is_known_by_where_its_mail_is_taken_in(
    domain: str, exchangers: list[str], provider: str
) -> None:
    assert provider_of(domain, exchangers) == provider


def plan() -> None:
    WarmUp.objects.create(starts_on=date(2026, 11, 1))


def nobody(domain: str) -> list[str]:
    raise AssertionError(f"{domain} was asked about")


def test_without_a_plan_nobody_is_asked(press: Press) -> None:
    press.reader(address="a@gmail.com")
    assert domains.ask_due(now=NOON, exchangers=nobody) == 0
    assert not MailDomain.objects.exists()


def test_each_domain_is_asked_once_a_week(press: Press) -> None:
    plan()
    for address in ("a@gmail.com", "b@gmail.com", "c@self.example"):
        press.reader(address=address)
    zone = {"gmail.com": ["gmail-smtp-in.l.google.com."], "self.example": []}
    assert domains.ask_due(now=NOON, exchangers=zone.__getitem__) == 2
    assert dict(MailDomain.objects.values_list("domain", "provider")) == {
        "gmail.com": "Gmail",
        "self.example": "self.example",
    }
    assert domains.ask_due(now=NOON + timedelta(days=6), exchangers=nobody) == 0
    assert domains.ask_due(now=NOON + timedelta(days=8), exchangers=zone.__getitem__) == 2


def test_a_dns_that_does_not_answer_is_asked_again_and_what_was_known_stays(press: Press) -> None:
    plan()
    press.reader(address="a@gmail.com")
    MailDomain.objects.create(domain="gmail.com", provider="Gmail", due_at=NOON)

    def silent(_domain: str) -> list[str]:
        raise dns.exception.Timeout

    assert domains.ask_due(now=NOON, exchangers=silent) == 1
    row = MailDomain.objects.get()
    assert (row.provider, row.due_at) == ("Gmail", NOON + domains.AGAIN_FAILED)
    assert "Timeout" in row.error


def test_a_call_asks_about_no_more_than_it_should(press: Press) -> None:
    plan()
    MailDomain.objects.bulk_create(
        MailDomain(domain=f"d{number}.example", due_at=NOON) for number in range(domains.MOST + 5)
    )
    assert domains.ask_due(now=NOON, exchangers=lambda _domain: []) == domains.MOST
    assert domains.ask_due(now=NOON, exchangers=lambda _domain: []) == 5
