"""What readers get through a service: what was written, whatever the service would make of it, and nobody else's."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from digests.choices import Outcome
from digests.delivery.transports.base import ACCEPTED
from digests.delivery.transports.service_form import Own, ReaderLost, form_for_many, form_for_one
from digests.delivery.transports.service_mail import ServiceMail, wire_address
from digests.messages.message import Message
from digests.rendering.tokens import Token, marker
from subscriptions.mailing.literal import WORD_JOINER
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.service_session import ServiceSession
from tests.digests.delivery.letters import HTML, TEXT, a_message, a_reader, readers
from tests.digests.delivery.transports.service_sending import (
    ALL,
    KEYED,
    MANY,
    SERVICES,
    leave_url,
    outcomes,
    send,
    transport_to,
)
from tests.service_stub import Fault, ServiceStub, mail_url

pytestmark = [
    pytest.mark.service,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailWarning"),
]
LEAVE = marker(Token.LEAVE_URL)
# The syntax of every service's templates, and of some more.
HOSTILE = (
    "{{params.leave_url}} {{{x}}} {{token}} {% if x %}{# gone #} %recipient.token% *|NAME|* {{{ pm:unsubscribe }}} "
    "%unsubscribe_url% [[data:x]] %newsroom_token% {{var:x}} ${x} {$x} {{settings}} [%x%] <%x%> -sub- "
    "{{amazonSESUnsubscribeUrl}} {{Header__List_Unsubscribe}}"
)


class Words(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile() -> Message:
    shown = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    return a_message(
        subject=f"Why {HOSTILE}",
        html=HTML.replace("<h1>", f"<h1>{shown} {{{LEAVE}}} "),
        text=f"{TEXT}\n{HOSTILE}\n{{{LEAVE}}}",
        Feedback_ID="{{params.x}}:a",
    )


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize("count", [1, 2])
def test_an_articles_braces_stay_as_they_were_written(
    service: str, count: int, stub: ServiceStub
) -> None:
    message, recipients = hostile(), readers(count)
    assert outcomes(send(stub, service, recipients, message)) == [Outcome.ACCEPTED] * count
    for mail, reader in zip(stub.taken, recipients, strict=True):
        text = mail.text.replace(WORD_JOINER, "")
        assert HOSTILE in Words(mail.html).text
        assert HOSTILE in text
        assert mail.subject.replace(WORD_JOINER, "") == f"Why {HOSTILE}"
        assert "{" + leave_url(message, reader) + "}" in text
        assert "{" + leave_url(message, reader) + "}" in Words(mail.html).text
        if "feedback-id" in mail.headers:
            assert mail.headers["feedback-id"].replace(" ", "") == "{{params.x}}:a"


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize("together", [True, False])
def test_no_service_is_handed_its_own_syntax_but_our_fields(service: str, together: bool) -> None:
    record = SERVICES[service]
    mail = ServiceMail(record, hostile())._mail(together=together and record.is_for_many)
    field = record.call.merge_field
    for text in (mail.subject, mail.body, mail.alternatives[0][0]):
        for name in ("token", "address"):
            text = text.replace(field.format(name) or "\0", "")
        assert not any(word in text for word in record.syntax)


def test_a_style_sheet_stays_a_style_sheet(stub: ServiceStub) -> None:
    style = "<style>@media print{#story{color:#111}}</style>"
    send(stub, "brevo", readers(1), replace(a_message(), html=style + HTML))
    assert "@media print{ #story{color:#111}}</style>" in stub.taken[0].html


@pytest.mark.parametrize("service", ALL)
def test_a_value_that_needs_escaping_is_not_left_to_the_service(
    service: str, stub: ServiceStub
) -> None:
    """Whether a service escapes what it fills in differs; so it fills in nothing that would need it."""
    message = a_message()
    recipients = [
        a_reader("o'neil&sons@example.org"),
        a_reader("{{params.x}}@example.org", 2),
        a_reader("%recipient.x%@example.org", 3),
        a_reader(number=4),
    ]
    assert outcomes(send(stub, service, recipients, message)) == [Outcome.ACCEPTED] * 4
    for mail in stub.taken:
        reader = next(reader for reader in recipients if reader.address == mail.address)
        assert f"For {reader.address}" in Words(mail.html).text
        assert reader.address in mail.text.replace(WORD_JOINER, "")


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("Ada@Example.ORG", "Ada@example.org"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_no_reader_loses_their_link_by_the_writing_of_their_address(
    service: str, address: str, wire: str, stub: ServiceStub
) -> None:
    message, reader = a_message(), a_reader(address)
    transport = transport_to(stub, service)
    result = transport.send(message, [a_reader(number=2), reader])
    transport.close()
    assert [answer.outcome for answer in result.answers] == [Outcome.ACCEPTED] * 2
    mail = next(mail for mail in stub.taken if mail.address == wire)
    assert wire_address(address) == wire
    assert mail.headers["list-unsubscribe"] == f"<{leave_url(message, reader)}>"
    assert leave_url(message, reader) in mail.html


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org\r\nBcc: all@example.org",
        "ada@example.org, bob@example.org",
        'ada","x":"@example.org',
        "ada@",
        "é@example.org",
        f"{'a' * 65}@example.org",
    ],
)
def test_an_address_that_is_none_fails_alone(service: str, address: str, stub: ServiceStub) -> None:
    good = readers(2)
    result = send(stub, service, [good[0], a_reader(address), good[1]])
    assert outcomes(result) == [Outcome.ACCEPTED, Outcome.FAILED, Outcome.ACCEPTED]
    assert stub.copies == {reader.address: 1 for reader in good}


@pytest.mark.parametrize("service", ALL)
def test_a_header_with_a_line_break_reaches_nobody(service: str, stub: ServiceStub) -> None:
    message = replace(a_message(), headers={"From": "News\r\n <a@example.org>"})
    result = send(stub, service, readers(2), message)
    assert outcomes(result) == [Outcome.PENDING] * 2
    assert result.is_about_message
    assert stub.calls == []


@pytest.mark.parametrize("service", ALL)
def test_a_version_without_a_sender_stops_its_batch_and_blames_nobody(
    service: str, stub: ServiceStub
) -> None:
    result = send(stub, service, readers(2), replace(a_message(), headers={}))
    assert outcomes(result) == [Outcome.PENDING] * 2
    assert "cannot be made" in result.trouble
    assert result.is_about_message


@pytest.mark.parametrize("service", MANY)
def test_addresses_that_a_service_would_take_for_one_are_not_sent_together(
    service: str, stub: ServiceStub
) -> None:
    message = a_message()
    recipients = [a_reader("ada@example.org"), a_reader("Ada@example.org", 2), a_reader(number=3)]
    assert outcomes(send(stub, service, recipients, message)) == [ACCEPTED.outcome] * 3
    assert len(stub.calls) == 2
    mails = {mail.address: mail for mail in stub.taken}
    assert all(leave_url(message, it) in mails[it.address].html for it in recipients)


@pytest.mark.parametrize("service", MANY)
def test_a_call_is_no_heavier_than_the_service_takes(service: str, stub: ServiceStub) -> None:
    """1.5 MB of article for each of twelve readers, where each reader's body stands in the call."""
    message = replace(a_message(), html=HTML + "<p>" + "é" * 750_000)
    transport = transport_to(stub, service)
    result = transport.send(message, readers(12))
    transport.close()
    assert [answer.outcome for answer in result.answers] == [Outcome.ACCEPTED] * 12
    limit = min(5, SERVICES[service].limits.megabytes or 5) * 1_000_000
    singles = {len(call.body) for call in stub.calls if len(stub.calls) == 12}
    assert all(len(call.body) <= limit or len(call.body) in singles for call in stub.calls)


@pytest.mark.parametrize("service", ALL)
def test_a_session_serves_slice_after_slice(service: str, stub: ServiceStub) -> None:
    message = a_message()
    transport = transport_to(stub, service)
    for number in range(3):
        transport.send(message, readers(3), key=f"1.{number}")
    transport.close()
    assert stub.connections == 1


@pytest.mark.parametrize("service", KEYED)
def test_other_readers_another_slice_and_another_digest_have_other_keys(
    service: str, stub: ServiceStub
) -> None:
    message, recipients = a_message(), readers(3)
    transport = transport_to(stub, service)
    transport.send(message, recipients, key="7.0.50.3")
    transport.send(message, recipients, key="7.0.50.3")  # the very same call: known by its key
    assert set(stub.copies.values()) == {1}
    transport.send(message, recipients[:2], key="7.0.50.3")
    transport.send(message, recipients, key="7.50.100.3")
    transport.send(a_message(), recipients, key="7.0.50.3")
    transport.close()
    assert [stub.copies[reader.address] for reader in recipients] == [4, 4, 3]


@pytest.mark.parametrize("service", KEYED)
def test_without_a_slice_there_is_no_key_and_no_second_call(
    service: str, stub: ServiceStub
) -> None:
    stub.faults = [Fault.FAIL_AFTER]
    assert outcomes(send(stub, service, readers(3), key="")) == [Outcome.UNCERTAIN] * 3
    assert len(stub.calls) == 1


@pytest.mark.parametrize("service", KEYED)
def test_a_worker_that_lost_its_batch_does_not_ask_again(service: str, stub: ServiceStub) -> None:
    stub.faults = [Fault.FAIL_AFTER]
    hands = iter([True])
    transport = transport_to(stub, service)
    result = transport.send(a_message(), readers(3), key="1", on_wait=lambda: next(hands, False))
    transport.close()
    assert [answer.outcome for answer in result.answers] == [Outcome.UNCERTAIN] * 3
    assert len(stub.calls) == 1


@pytest.mark.parametrize("service", KEYED)
def test_a_keyed_call_that_is_never_answered_ends_in_doubt(service: str, stub: ServiceStub) -> None:
    stub.faults = [Fault.FAIL_AFTER] * 2 + [Fault.BUSY] * 2
    recipients = readers(3)
    assert outcomes(send(stub, service, recipients)) == [Outcome.UNCERTAIN] * 3
    assert len(stub.calls) == 4


def test_amazon_sends_one_by_one_where_the_key_may_do_no_more(stub: ServiceStub) -> None:
    stub.faults = [Fault.FORBIDDEN]  # of the call for many
    transport = transport_to(stub, "ses")
    for _slice in range(2):
        result = transport.send(a_message(), readers(3))
        assert [answer.outcome for answer in result.answers] == [Outcome.ACCEPTED] * 3
    transport.close()
    assert [call.path for call in stub.calls].count("/v2/email/outbound-bulk-emails") == 1
    assert len(stub.calls) == 1 + 6


def test_a_call_that_lacks_a_readers_own_part_is_not_made() -> None:
    request: dict[str, dict[str, str]] = {"headers": {}}
    needs = frozenset({Own.ADDRESS, Own.TOKEN})
    with pytest.raises(ReaderLost, match="token"):
        form_for_one(request, {"to": "x"}, needs)
    with pytest.raises(ReaderLost, match="address"):
        form_for_many(request, {"readers": [{"a": 1}]}, ["readers"], needs)


def test_what_all_readers_get_may_hold_nothing_of_one() -> None:
    session = ServiceSession(
        parse_mail_url(mail_url("postmark", "127.0.0.1:9")), SERVICES["postmark"]
    )
    mail = ServiceMail(SERVICES["postmark"], a_message())
    data = {"readers": [{"a": 1}], "html": mail._bodies()[0]}
    with pytest.raises(ReaderLost, match="one reader's own"):
        form_for_many({"headers": {}}, data, ["readers"], frozenset())
    session.close()
