"""Nobody is watched by a service who has not agreed: by newsletter, by reader, and whatever the service can be told."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.mail import EmailMessage

from digests.delivery.draining import drain
from digests.delivery.messages import Recipient
from digests.delivery.transports.esp import EspTransport
from digests.delivery.transports.esp_mail import EspMail
from digests.delivery.transports.esp_preview import handed_to
from digests.delivery.transports.esp_session import EspSession
from digests.delivery.transports.esps import ESPS
from subscriptions.choices import Tracking
from subscriptions.mailing import unwatched
from subscriptions.mailing.mail import MailRoute, parse_mail_url
from subscriptions.models import Newsletter, Subscriber
from tests.builders import Press
from tests.digests.delivery.letters import a_message, a_reader, readers
from tests.digests.delivery.transports.test_esp import send
from tests.esp_stub import EspStub, mail_url

# SendGrid's backend warns at every start that nobody tests it any more.
unsupported = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailWarning")
TOLD = sorted(name for name, esp in ESPS.items() if esp.unwatched is not None and name != "ses")
UNTOLD = sorted(name for name, esp in ESPS.items() if esp.unwatched is None)

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
    "unisender-go": ['"track_links": 0', '"track_read": 0'],
}


@pytest.fixture
def stub() -> Iterator[EspStub]:
    with EspStub() as running:
        yield running


def route_to(esp: str) -> MailRoute:
    return parse_mail_url(mail_url(esp, "127.0.0.1:9"))


def measured(number: int) -> Recipient:
    return replace(a_reader(number=number), is_measured=True)


@unsupported
@pytest.mark.parametrize("esp", TOLD)
def test_a_service_is_told_in_its_own_words(esp: str) -> None:
    body = handed_to(route_to(esp), a_message(), a_reader()).body
    for words in SAYS[esp]:
        assert words in body


@unsupported
@pytest.mark.parametrize("esp", sorted(set(TOLD) - {"postmark"}))
def test_of_who_agreed_a_service_is_told_nothing(esp: str) -> None:
    """Whether it watches at all is then its own setting."""
    letters = EspMail(ESPS[esp], a_message())
    (call,) = letters.calls([measured(1)])
    mail = letters.shared(call) if ESPS[esp].most_per_call > 1 else letters.alone(call[0])
    payload = _payload(esp, mail)
    assert not any(words in payload for words in SAYS[esp])


def _payload(esp: str, mail: object) -> str:
    backend = EspSession(route_to(esp), ESPS[esp]).connect()
    data = backend.build_message_payload(mail, backend.send_defaults).serialize_data()
    return data if isinstance(data, str) else json.dumps(data)


@pytest.mark.parametrize("esp", UNTOLD)
def test_a_service_that_cannot_be_told_is_called_as_ever(esp: str) -> None:
    plain = EspMail(ESPS[esp], a_message())
    assert "track" not in _payload(esp, plain.alone(a_reader())).lower()
    assert len(plain.calls([measured(9), *readers(2)])) == (
        3 if ESPS[esp].most_per_call == 1 else 1
    )


def test_opens_are_asked_for_where_they_cannot_be_declined(stub: EspStub) -> None:
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


def test_amazon_is_told_for_this_mail_only(stub: EspStub) -> None:
    send(stub, "ses", [a_reader(), measured(2)])
    overrides = [json.loads(call.body).get("ConfigurationOverrides") for call in stub.calls]
    off = {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}
    assert overrides == [{"Tracking": off}, None]


def test_a_call_for_many_is_parted_between_who_agreed_and_who_did_not(stub: EspStub) -> None:
    recipients = [a_reader(), measured(2), a_reader(number=3), measured(4)]
    send(stub, "mailgun", recipients)
    told = {tuple(form["to"]): form.get("o:tracking-opens") for form in _forms(stub)}
    assert told == {
        ("reader1@example.org", "reader3@example.org"): ["no"],
        ("reader2@example.org", "reader4@example.org"): None,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("rule", list(Tracking))
def test_a_digest_is_watched_only_where_newsletter_and_reader_agree(
    rule: Tracking, press: Press, stub: EspStub
) -> None:
    newsletter, told = _sent(press, stub, rule, lambda _newsletter: None)
    assert newsletter.tracking == rule
    agreed = rule is Tracking.READER
    assert told == {"agreed": not agreed, "silent": True, "totals": True, "refused": True}


@pytest.mark.django_db
def test_a_choice_made_after_the_freeze_is_heeded(press: Press, stub: EspStub) -> None:
    def think_again(_newsletter: Newsletter) -> None:
        Subscriber.objects.filter(address="agreed@example.org").update(tracking=Tracking.NONE)

    _newsletter, told = _sent(press, stub, Tracking.READER, think_again)
    assert all(told.values())


@pytest.mark.django_db
def test_a_reader_in_a_step_that_is_not_the_usual_one_is_heeded_too(
    press: Press, stub: EspStub
) -> None:
    def go_away(newsletter: Newsletter) -> None:
        press.readers(newsletter, 1)
        Subscriber.objects.filter(address="silent@example.org").delete()

    _newsletter, told = _sent(press, stub, Tracking.READER, go_away)
    assert told == {"agreed": False, "totals": True, "refused": True}


def _sent(
    press: Press, stub: EspStub, rule: Tracking, before: Callable[[Newsletter], None]
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
    transport = EspTransport(parse_mail_url(stub.url("mailgun")))
    drain(transport, seconds=30)
    transport.close()
    told = {
        address.partition("@")[0]: form.get("o:tracking-opens") == ["no"]
        for form in _forms(stub)
        for address in form["to"]
    }
    return newsletter, told


@unsupported
@pytest.mark.parametrize("esp", sorted(ESPS))
def test_letters_and_digests_know_the_same_words(esp: str) -> None:
    route = route_to(esp)
    name = EspSession(route, ESPS[esp]).connect().esp_name
    assert unwatched.BY_SERVICE.get(name) is ESPS[esp].unwatched


@unsupported
@pytest.mark.parametrize("esp", sorted(set(ESPS) - {"ses"}))
def test_no_service_refuses_a_letter_for_what_it_is_told(esp: str) -> None:
    connection: Any = route_to(esp).connect()
    letter = EmailMessage("Yes?", "Please confirm.", "news@example.org", ["ada@example.org"])
    unwatched.tell(letter, connection)
    payload = connection.build_message_payload(letter, connection.send_defaults)
    handed = json.dumps(payload.serialize_data())
    assert all(json.dumps(words)[1:-1] in handed or words in handed for words in SAYS.get(esp, []))


def test_amazon_is_told_with_a_letter_too() -> None:
    connection: Any = route_to("ses").connect()
    letter = EmailMessage("Yes?", "Please confirm.", "news@example.org", ["ada@example.org"])
    unwatched.tell(letter, connection)
    payload = connection.build_message_payload(letter, connection.send_defaults)
    assert payload.params["ConfigurationOverrides"] == unwatched.SES.extra["ConfigurationOverrides"]


def _forms(stub: EspStub) -> list[dict[str, list[str]]]:
    return [parse_qs(call.body.decode()) for call in stub.calls]


def _list(given: Any) -> list[dict[str, Any]]:
    return given if isinstance(given, list) else [given]
