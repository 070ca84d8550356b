"""Nobody is watched by a service who has not agreed: by newsletter, by reader, and whatever the service can be told."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from digests.delivery.draining import drain
from digests.delivery.transports.service import ServiceTransport
from digests.messages.message import Recipient
from subscriptions.choices import Tracking
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.models import Newsletter, Subscriber
from tests.builders import Press
from tests.digests.delivery.letters import a_reader, readers
from tests.digests.delivery.transports.service_sending import SERVICES, send
from tests.service_stub import ServiceStub
from tests.service_vendors import Call

pytestmark = [
    pytest.mark.service,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailWarning"),
]
TOLD = sorted(name for name, it in SERVICES.items() if it.unwatched is not None)
UNTOLD = sorted(name for name, it in SERVICES.items() if it.unwatched is None)

# What a call says in the ESP's own words when nobody is to be watched.
SAYS = {
    "mailersend": ['"track_clicks": false', '"track_opens": false'],
    "mailgun": ['"o:tracking-clicks": "no"', '"o:tracking-opens": "no"'],
    "mailjet": ['"TrackClicks": "disabled"', '"TrackOpens": "disabled"'],
    "mandrill": ['"track_clicks": false', '"track_opens": false'],
    "postal": ['"X-AMP": "skip"'],
    "postmark": ['"TrackLinks": "None"', '"TrackOpens": false'],
    "sendgrid": ['"enable": false'],
    "sparkpost": ['"click_tracking": false', '"open_tracking": false'],
    "ses": ['"OpenTrackingEnabled": "DISABLED"', '"ClickTrackingEnabled": "DISABLED"'],
    "unisender-go": ['"track_links": 0', '"track_read": 0'],
}


def measured(number: int) -> Recipient:
    return replace(a_reader(number=number), is_measured=True)


@pytest.mark.parametrize("service", TOLD)
def test_a_service_is_told_in_its_own_words(service: str, stub: ServiceStub) -> None:
    send(stub, service, readers(2))
    for call in stub.calls:
        assert all(words in said(call) for words in SAYS[service])


@pytest.mark.parametrize("service", sorted(set(TOLD) - {"postmark"}))
def test_of_who_agreed_a_service_is_told_nothing(service: str, stub: ServiceStub) -> None:
    """Whether it watches at all is then its own setting."""
    send(stub, service, [measured(1), measured(2)])
    for call in stub.calls:
        assert not any(words in said(call) for words in SAYS[service])


@pytest.mark.parametrize("service", UNTOLD)
def test_a_service_that_cannot_be_told_is_called_as_ever(service: str, stub: ServiceStub) -> None:
    send(stub, service, [measured(9), *readers(2)])
    assert not any("track" in said(call).lower() for call in stub.calls)
    assert len(stub.calls) == (1 if SERVICES[service].is_for_many else 3)


def said(call: Call) -> str:
    if call.service == "mailgun":
        return json.dumps({name: values[0] for name, values in call.form.items()})
    return json.dumps(call.json)


def test_opens_are_asked_for_where_they_cannot_be_declined(stub: ServiceStub) -> None:
    """Postmark's own setting overrules a call that says no, so that must be off, and a call says yes."""
    send(stub, "postmark", [a_reader(), measured(2)])
    said = {
        one["To"]: (one.get("TrackOpens"), one.get("TrackLinks"))
        for call in stub.calls
        for one in _list(json.loads(call.body))
    }
    assert said == {
        "reader1@example.org": (False, "None"),
        "reader2@example.org": (True, "HtmlAndText"),
    }


def test_a_call_for_many_is_parted_between_who_agreed_and_who_did_not(stub: ServiceStub) -> None:
    recipients = [a_reader(), measured(2), a_reader(number=3), measured(4)]
    send(stub, "mailgun", recipients)
    told = {tuple(call.form["to"]): call.form.get("o:tracking-opens") for call in stub.calls}
    assert told == {
        ("reader1@example.org", "reader3@example.org"): ["no"],
        ("reader2@example.org", "reader4@example.org"): None,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("rule", list(Tracking))
def test_a_digest_is_watched_only_where_newsletter_and_reader_agree(
    rule: Tracking, press: Press, stub: ServiceStub
) -> None:
    newsletter, told = _sent(press, stub, rule, lambda _newsletter: None)
    assert newsletter.tracking == rule
    agreed = rule is Tracking.READER
    assert told == {"agreed": not agreed, "silent": True, "totals": True, "refused": True}


@pytest.mark.django_db
def test_a_choice_made_after_the_freeze_is_heeded(press: Press, stub: ServiceStub) -> None:
    def think_again(_newsletter: Newsletter) -> None:
        Subscriber.objects.filter(address="agreed@example.org").update(tracking=Tracking.NONE)

    _newsletter, told = _sent(press, stub, Tracking.READER, think_again)
    assert all(told.values())


@pytest.mark.django_db
def test_a_reader_in_a_step_that_is_not_the_usual_one_is_heeded_too(
    press: Press, stub: ServiceStub
) -> None:
    def go_away(newsletter: Newsletter) -> None:
        press.readers(newsletter, 1)
        Subscriber.objects.filter(address="silent@example.org").delete()

    _newsletter, told = _sent(press, stub, Tracking.READER, go_away)
    assert told == {"agreed": False, "totals": True, "refused": True}


def _sent(
    press: Press, stub: ServiceStub, rule: Tracking, before: Callable[[Newsletter], None]
) -> tuple[Newsletter, dict[str, bool]]:
    """Freeze, change something, send; whom the service was told not to watch."""
    newsletter = press.newsletter(tracking=rule)
    for name, choice in (
        ("agreed", Tracking.READER),
        ("silent", ""),
        ("totals", Tracking.TOTALS),
        ("refused", Tracking.NONE),
    ):
        press.reader(newsletter, address=f"{name}@example.org", tracking=choice)
    press.frozen(newsletter)
    before(newsletter)
    transport = ServiceTransport(parse_mail_url(stub.url("mailgun")))
    drain(transport, seconds=30)
    transport.close()
    told = {
        address.partition("@")[0]: form.get("o:tracking-opens") == ["no"]
        for form in (call.form for call in stub.calls)
        for address in form["to"]
    }
    return newsletter, told


def _list(given: Any) -> list[dict[str, Any]]:
    return given if isinstance(given, list) else [given]
