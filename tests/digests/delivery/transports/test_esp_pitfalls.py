"""What django-anymail and the ESPs are known to do wrong, one by one; each would lose or expose a reader."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import parse_qs

import pytest
import requests
from anymail.exceptions import AnymailRequestsAPIError
from anymail.message import AnymailMessage

from digests.choices import Outcome
from digests.delivery.messages import SAMPLE, Message
from digests.delivery.transports import esp_session
from digests.delivery.transports.base import ACCEPTED
from digests.delivery.transports.esp_answers import Away, Doubt, Refused, read
from digests.delivery.transports.esp_mail import WORD_JOINER, EspMail, wire_address
from digests.delivery.transports.esp_preview import handed_to
from digests.delivery.transports.esp_session import EspSession
from digests.delivery.transports.esps import ESPS, Body
from digests.models.ledger import SLICE_SIZE
from digests.rendering.tokens import Token, marker
from subscriptions.mailing.mail import MailRoute, parse_mail_url
from tests.digests.delivery.letters import HTML, TEXT, a_message, a_reader, readers
from tests.digests.delivery.transports.test_esp import (
    ALL,
    BATCHES,
    is_for,
    leave_url,
    outcomes,
    send,
)
from tests.esp_stub import EspStub, Fault, mail_url

LEAVE = marker(Token.LEAVE_URL)
IN_BATCHES = sorted(name for name, esp in ESPS.items() if esp.body is not Body.ALONE)
# SendGrid's backend warns at every start that nobody tests it any more.
unsupported = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailWarning")


@pytest.fixture
def stub() -> Iterator[EspStub]:
    with EspStub() as running:
        yield running


# --- 1 and 2: no chunking, no time-outs worth having, a new session for every message ---------------------------------


@pytest.mark.parametrize("esp", BATCHES)
def test_pitfall_1_a_call_is_no_longer_than_the_service_or_a_slice_allows(
    esp: str, stub: EspStub
) -> None:
    assert outcomes(send(stub, esp, readers(120))) == [Outcome.ACCEPTED] * 120
    assert len(stub.calls) == 3
    assert all(spec.batch_size <= SLICE_SIZE for spec in ESPS.values())


def test_pitfall_1_a_service_that_stalls_is_not_waited_for_forever(stub: EspStub) -> None:
    stub.faults = [Fault.STALL_AFTER]
    began = time.monotonic()
    assert outcomes(send(stub, "postmark", readers(2))) == [Outcome.UNCERTAIN] * 2
    assert time.monotonic() - began < 5
    assert esp_session.CONNECT_SECONDS + esp_session.ANSWER_SECONDS < 48  # of a lease of 60


@pytest.mark.parametrize(("most_idle_seconds", "connections"), [(30, 1), (0, 3)])
def test_pitfall_2_a_session_is_kept_until_it_is_idle(
    most_idle_seconds: float, connections: int, stub: EspStub
) -> None:
    route, esp = parse_mail_url(stub.url("postmark")), ESPS["postmark"]
    session = EspSession(route, esp, most_idle_seconds=most_idle_seconds)
    for _slice in range(3):
        session.call(EspMail(esp, a_message()).shared(readers(2)))
    session.close()
    assert stub.connections == connections


# --- 3: what came before an error is forgotten ------------------------------------------------------------------------


def test_pitfall_3_what_came_before_an_error_is_known(stub: EspStub) -> None:
    stub.faults = [Fault.NONE, Fault.FAIL_AFTER]
    result = send(stub, "postmark", readers(SLICE_SIZE + 1 + SLICE_SIZE))
    assert outcomes(result) == (
        [Outcome.ACCEPTED] * SLICE_SIZE + [Outcome.UNCERTAIN] * SLICE_SIZE + [Outcome.PENDING]
    )


# --- 4: errors whose classes are made on the spot ---------------------------------------------------------------------


def test_pitfall_4_a_timeout_is_told_from_a_connection_that_never_came_about() -> None:
    mail = AnymailMessage(to=["ada@example.org"])
    for cause, verdict in (
        (requests.ReadTimeout("slow"), Doubt),
        (requests.ConnectTimeout("nobody"), Away),
        (requests.ConnectionError("reset"), Doubt),
    ):
        made_up = type("AnymailRequestsAPIError", (AnymailRequestsAPIError, type(cause)), {})
        error = made_up("Error posting")
        error.__cause__ = cause
        with pytest.raises(verdict):
            read(error, mail)


# --- 5: one bad item loses the answers of all the others --------------------------------------------------------------


def test_pitfall_5_postmarks_answer_is_read_reader_by_reader(stub: EspStub) -> None:
    recipients = readers(4)
    stub.refused = {recipients[2].address}
    result = send(stub, "postmark", recipients)
    assert outcomes(result) == [ACCEPTED.outcome] * 2 + [Outcome.FAILED, ACCEPTED.outcome]
    assert (result.answers[2].code, "inactive" in result.answers[2].text) == ("406", True)
    assert len(stub.calls) == 1


def test_pitfall_5_an_item_that_makes_anymail_raise_leaves_the_others_as_answered() -> None:
    response = requests.Response()
    response.status_code = 200
    response._content = json.dumps(
        [
            {"ErrorCode": 0, "Message": "OK", "MessageID": "1"},
            {"ErrorCode": 405, "Message": "Not allowed to send: out of credits."},
            {"ErrorCode": 300, "Message": "Invalid 'To' address."},
            "what",
        ]
    ).encode()
    mail = AnymailMessage(to=[reader.address for reader in readers(4)])
    answers = read(AnymailRequestsAPIError(response=response), mail)
    assert [answer.outcome for answer in answers] == [
        Outcome.ACCEPTED,
        Outcome.DEFERRED,
        Outcome.FAILED,
        Outcome.UNCERTAIN,
    ]


# --- 6: Postmark's readers share one dict -----------------------------------------------------------------------------


def test_pitfall_6_every_reader_has_metadata_of_their_own(stub: EspStub) -> None:
    send(stub, "postmark", readers(5))
    (call,) = stub.calls
    names = {one["Metadata"]["newsroom_delivery"] for one in json.loads(call.body)}
    assert len(names) == 5


# --- 7: keys that are compared after the domain was encoded -----------------------------------------------------------


@pytest.mark.parametrize("esp", ALL)
@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("Ada@Example.ORG", "Ada@example.org"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_pitfall_7_no_reader_loses_their_link_by_the_writing_of_their_address(
    esp: str, address: str, wire: str, stub: EspStub
) -> None:
    message, reader = a_message(), a_reader(address)
    assert (
        outcomes(send(stub, esp, [a_reader(number=2), reader], message)) == [ACCEPTED.outcome] * 2
    )
    mail = stub.taken[-1]
    assert mail.address == wire
    assert mail.headers["list-unsubscribe"] == f"<{leave_url(message, reader)}>"
    assert leave_url(message, reader) in mail.html


@unsupported
@pytest.mark.parametrize("esp", IN_BATCHES)
def test_pitfall_7_each_service_is_handed_each_readers_data(esp: str) -> None:
    message, reader = a_message(), a_reader("Ada@XN--Bcher-KVA.example")
    handed = handed_to(_route(esp), message, reader)
    assert handed.is_batch
    assert leave_url(message, reader) in handed.body
    assert f"digest.{message.digest}.{reader.public_id}" in handed.body
    assert wire_address(reader.address) in handed.body


def test_pitfall_7_a_call_that_lacks_a_readers_data_does_not_leave(stub: EspStub) -> None:
    session = EspSession(parse_mail_url(stub.url("mailgun")), ESPS["mailgun"])
    message, recipients = a_message(), readers(3)
    mail = EspMail(ESPS["mailgun"], message).shared(recipients)
    del mail.merge_headers[recipients[1].address]
    del mail.merge_data[recipients[1].address]
    with pytest.raises(Refused, match="lacks"):
        session.call(mail)
    session.close()
    assert stub.calls == []


def test_addresses_that_a_service_would_take_for_one_are_not_sent_together(stub: EspStub) -> None:
    message = a_message()
    recipients = [a_reader("ada@example.org"), a_reader("Ada@example.org", 2), a_reader(number=3)]
    assert outcomes(send(stub, "mailgun", recipients, message)) == [ACCEPTED.outcome] * 3
    assert len(stub.calls) == 2
    mails = {mail.address: mail for mail in stub.taken}
    assert all(is_for(mails[reader.address], reader, message) for reader in recipients)


# --- 8: constant headers and a reader's own ---------------------------------------------------------------------------


@pytest.mark.parametrize("esp", ["mailjet", "brevo"])
def test_pitfall_8_constant_headers_stand_among_each_readers_own(esp: str) -> None:
    message = a_message()
    body = json.loads(handed_to(_route(esp), message, a_reader()).body)
    one = (
        body["Messages"][0]["Headers"]
        if esp == "mailjet"
        else body["messageVersions"][0]["headers"]
    )
    for name in ("List-Id", "Precedence", "Feedback-ID"):
        assert one[name] == message.headers[name]
    assert one["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_pitfall_8_unisender_go_is_given_no_own_header_but_the_link() -> None:
    message, reader = a_message(), a_reader()
    body = json.loads(handed_to(_route("unisender-go"), message, reader).body)["message"]
    assert body["headers"]["List-Unsubscribe"] == "{{Header__List_Unsubscribe}}"
    assert body["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert body["headers"]["List-Id"] == message.headers["List-Id"]
    own = body["recipients"][0]["substitutions"]
    assert own["Header__List_Unsubscribe"] == f"<{leave_url(message, reader)}>"


# --- 9: everybody in To -----------------------------------------------------------------------------------------------


def test_pitfall_9_a_mail_to_several_without_data_of_their_own_is_never_sent(stub: EspStub) -> None:
    session = EspSession(parse_mail_url(stub.url("mailgun")), ESPS["mailgun"])
    mail = AnymailMessage("News", "News", "a@example.org", ["ada@example.org", "bob@example.org"])
    with pytest.raises(AssertionError, match="each other"):
        session.call(mail)
    assert stub.calls == []


@pytest.mark.parametrize("esp", BATCHES)
def test_pitfall_9_each_reader_sees_their_own_address_only(esp: str, stub: EspStub) -> None:
    recipients = readers(3)
    send(stub, esp, recipients)
    for mail in stub.taken:
        others = {reader.address for reader in recipients} - {mail.address}
        shown = " ".join([mail.html, mail.text, mail.subject, *mail.headers.values()])
        assert not any(address in shown for address in others)


def test_pitfall_9_mailgun_is_told_that_it_is_a_batch(stub: EspStub) -> None:
    send(stub, "mailgun", readers(2))
    form = parse_qs(stub.calls[0].body.decode())
    assert set(json.loads(form["recipient-variables"][0])) == set(form["to"])


# --- 10: an article's words are no syntax -----------------------------------------------------------------------------

HOSTILE = (
    "{{params.leave_url}} {{{x}}} {% if x %}{# gone #} %recipient.leave_url% *|NAME|* "
    "%unsubscribe_url% [[data:x]] %newsroom_leave_url% {{var:x}} ${x} {{settings}}"
)


class _Words(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("esp", ALL)
def test_pitfall_10_an_articles_braces_stay_as_they_were_written(esp: str, stub: EspStub) -> None:
    message, recipients = _hostile(), readers(2)
    assert outcomes(send(stub, esp, recipients, message)) == [ACCEPTED.outcome] * 2
    for mail, reader in zip(stub.taken, recipients, strict=True):
        assert HOSTILE in _Words(mail.html).text
        assert HOSTILE in mail.text.replace(WORD_JOINER, "")
        assert mail.subject.replace(WORD_JOINER, "") == f"Why {HOSTILE}"
        assert "{" + leave_url(message, reader) + "}" in mail.text.replace(WORD_JOINER, "")
        assert mail.headers["feedback-id"].replace(" ", "") == "{{params.x}}:a"


@unsupported
@pytest.mark.parametrize("esp", sorted(ESPS))
def test_pitfall_10_no_service_is_handed_its_own_syntax_but_our_fields(esp: str) -> None:
    if esp == "ses":
        pytest.skip("Amazon SES reads no syntax in a whole mail.")
    reader = a_reader()
    bodies = EspMail(ESPS[esp], _hostile())._fields  # what would be filled in
    whole = EspMail(ESPS[esp], _hostile()).alone(reader)
    for body in (*bodies, whole.body, whole.alternatives[0][0], whole.subject):
        for token in Token:
            body = body.replace(ESPS[esp].field.format(token.value) or "\0", "")
        assert not any(word in body for word in ESPS[esp].syntax)


def test_pitfall_10_a_style_sheet_stays_a_style_sheet(stub: EspStub) -> None:
    style = "<style>@media print{#story{color:#111}}</style>"
    send(stub, "brevo", readers(1), replace(a_message(), html=style + HTML))
    assert "@media print{ #story{color:#111}}</style>" in stub.taken[0].html


@pytest.mark.parametrize("esp", ["mailgun", "brevo"])
def test_pitfall_10_a_value_that_needs_escaping_is_not_left_to_the_service(
    esp: str, stub: EspStub
) -> None:
    """Whether an ESP escapes what it fills in differs; so it fills in nothing that would need it."""
    message = a_message()
    recipients = [
        a_reader("o'neil&sons@example.org"),
        a_reader("{{params.x}}@example.org", 2),
        a_reader("%recipient.x%@example.org", 3),
        a_reader(number=4),
    ]
    assert outcomes(send(stub, esp, recipients, message)) == [ACCEPTED.outcome] * 4
    assert len(stub.calls) == 4
    for mail in stub.taken:
        reader = next(reader for reader in recipients if reader.address == mail.address)
        assert f"For {reader.address}" in _Words(mail.html).text
        assert reader.address in mail.text.replace(WORD_JOINER, "")


def _hostile() -> Message:
    return a_message(
        subject=f"Why {HOSTILE}",
        html=HTML.replace("<h1>", f"<h1>{HOSTILE} {{{LEAVE}}} "),
        text=f"{TEXT}\n{HOSTILE}\n{{{LEAVE}}}",
        Feedback_ID="{{params.x}}:a",
    )


# --- the preview ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("esp", BATCHES)
def test_the_preview_shows_what_is_sent_and_sends_nothing(esp: str, stub: EspStub) -> None:
    message, reader = a_message(), a_reader()
    handed = handed_to(parse_mail_url(stub.url(esp)), message, reader)
    assert stub.calls == []
    assert handed.service.lower() == esp
    send(stub, esp, [reader, a_reader(number=2)], message, key="")
    sent = stub.calls[0].body
    for part in (leave_url(message, reader), f"digest.{message.digest}.{reader.public_id}"):
        assert part in handed.body
        assert part in (
            parse_qs(sent.decode())["recipient-variables"][0] if esp == "mailgun" else sent.decode()
        )
    assert "KEY" not in handed.body


@unsupported
@pytest.mark.parametrize("esp", sorted(set(ESPS) - {"ses"}))
def test_every_service_can_be_previewed(esp: str) -> None:
    assert SAMPLE.address in handed_to(_route(esp), a_message(), SAMPLE).body


def _route(esp: str) -> MailRoute:
    return parse_mail_url(mail_url(esp, "127.0.0.1:9"))
