"""Through five ESPs, well and misbehaving: who got a copy, and what is said of whom."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from digests.choices import Outcome
from digests.delivery.messages import Message, Recipient
from digests.delivery.transports import esp_session
from digests.delivery.transports.base import Result
from digests.delivery.transports.esp import PAUSES_SECONDS, EspTransport
from digests.delivery.transports.esps import ESPS
from subscriptions import links
from subscriptions.mailing import delivery_ids
from subscriptions.mailing.mail import parse_mail_url
from tests.digests.delivery.letters import a_message, a_reader, readers
from tests.esp_stub import EspStub, Fault, Taken

ACCEPTED, PENDING, FAILED = Outcome.ACCEPTED, Outcome.PENDING, Outcome.FAILED
DEFERRED, UNCERTAIN = Outcome.DEFERRED, Outcome.UNCERTAIN
PATIENT, QUICK = 10, 1  # seconds that an ESP has to answer; the latter where it never will
SLICE = "7.0.50.3"

BATCHES = ["mailgun", "postmark", "brevo", "resend"]
UNKEYED = ["mailgun", "postmark"]
KEYED = ["brevo", "resend"]
ALL = [*BATCHES, "ses"]


@pytest.fixture
def stub() -> Iterator[EspStub]:
    with EspStub() as running:
        yield running


def transport_to(stub: EspStub, esp: str) -> EspTransport:
    timeout = QUICK if Fault.STALL_AFTER in stub.faults else PATIENT
    route = parse_mail_url(stub.url(esp, timeout=timeout))
    return EspTransport(route, pauses=(0.01, 0.01, 0.01))


def send(
    stub: EspStub,
    esp: str,
    recipients: list[Recipient],
    message: Message | None = None,
    key: str = SLICE,
) -> Result:
    transport = transport_to(stub, esp)
    try:
        return transport.send(message or a_message(), recipients, key=key)
    finally:
        transport.close()


def outcomes(result: Result) -> list[Outcome]:
    return [answer.outcome for answer in result.answers]


def leave_url(message: Message, reader: Recipient) -> str:
    return links.leave_url(reader.public_id, message.newsletter)


def is_for(mail: Taken, reader: Recipient, message: Message) -> bool:
    """Each part of the mail is this reader's, and none is another's."""
    name = delivery_ids.for_digest(message.digest, reader.public_id)
    url = leave_url(message, reader)
    return (
        mail.address == reader.address
        and mail.headers["list-unsubscribe"] == f"<{url}>"
        and mail.headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        and url in mail.html
        and url in mail.text
        and reader.address in mail.html
        and name in mail.metadata
    )


@pytest.mark.parametrize("esp", ALL)
def test_every_reader_gets_one_mail_and_it_is_theirs(esp: str, stub: EspStub) -> None:
    message, recipients = a_message(), readers(7)
    result = send(stub, esp, recipients, message)
    assert outcomes(result) == [ACCEPTED] * 7
    assert result.trouble == ""
    by_address = {mail.address: mail for mail in stub.taken}
    assert stub.copies == {reader.address: 1 for reader in recipients}
    for reader in recipients:
        assert is_for(by_address[reader.address], reader, message)
    assert len(stub.calls) == (7 if esp == "ses" else 1)


@pytest.mark.parametrize("esp", ALL)
def test_the_constant_headers_reach_every_reader(esp: str, stub: EspStub) -> None:
    message = a_message()
    send(stub, esp, readers(2), message)
    for mail in stub.taken:
        for name in ("List-Id", "Precedence", "Feedback-ID"):
            assert mail.headers[name.lower()] == message.headers[name]


@pytest.mark.parametrize("esp", ALL)
def test_one_connection_serves_slice_after_slice(esp: str, stub: EspStub) -> None:
    message = a_message()
    transport = transport_to(stub, esp)
    for _slice in range(3):
        transport.send(message, readers(3), key=SLICE)
    transport.close()
    assert stub.connections == 1


@pytest.mark.parametrize("esp", ALL)
def test_a_busy_service_has_taken_nobody_and_says_how_long_to_rest(esp: str, stub: EspStub) -> None:
    stub.faults = [Fault.BUSY]
    result = send(stub, esp, readers(3))
    assert outcomes(result) == [PENDING] * 3
    assert "429" in result.trouble or "Too many" in result.trouble
    assert result.rest_seconds == 7
    assert len(stub.calls) == 1


@pytest.mark.parametrize("esp", ALL)
def test_a_refused_key_is_the_publishers_trouble(esp: str, stub: EspStub) -> None:
    stub.faults = [Fault.FORBIDDEN]
    result = send(stub, esp, readers(3))
    assert outcomes(result) == [PENDING] * 3
    assert "KEY" not in result.trouble
    assert "No such key" in result.trouble


@pytest.mark.parametrize("esp", UNKEYED)
@pytest.mark.parametrize(
    "fault", [Fault.FAIL_AFTER, Fault.STALL_AFTER, Fault.DROP_AFTER, Fault.DROP_BEFORE]
)
def test_a_call_without_an_answer_leaves_its_readers_in_doubt_and_is_not_made_again(
    esp: str, fault: Fault, stub: EspStub
) -> None:
    stub.faults = [fault]
    result = send(stub, esp, readers(3))
    assert outcomes(result) == [UNCERTAIN] * 3
    assert "no clear answer" in result.trouble
    assert len(stub.calls) == 1
    assert set(stub.copies.values()) <= {1}


@pytest.mark.parametrize("fault", [Fault.FAIL_AFTER, Fault.STALL_AFTER, Fault.DROP_AFTER])
def test_at_amazon_one_call_in_doubt_is_one_reader_in_doubt(fault: Fault, stub: EspStub) -> None:
    stub.faults = [Fault.NONE, fault]
    result = send(stub, "ses", readers(4))
    assert outcomes(result) == [ACCEPTED, UNCERTAIN, PENDING, PENDING]
    assert len(stub.calls) == 2


@pytest.mark.parametrize("esp", KEYED)
@pytest.mark.parametrize(
    "fault", [Fault.FAIL_AFTER, Fault.STALL_AFTER, Fault.DROP_AFTER, Fault.DROP_BEFORE]
)
def test_a_keyed_call_without_an_answer_is_made_again_byte_by_byte(
    esp: str, fault: Fault, stub: EspStub
) -> None:
    stub.faults = [fault, Fault.BUSY]
    recipients = readers(3)
    result = send(stub, esp, recipients)
    assert outcomes(result) == [ACCEPTED] * 3
    assert result.trouble == ""
    assert stub.copies == {reader.address: 1 for reader in recipients}
    assert len(stub.calls) == 3
    assert len({(call.path, call.body) for call in stub.calls}) == 1
    assert len({call.headers.get("idempotency-key") for call in stub.calls}) == 1


@pytest.mark.parametrize("esp", KEYED)
def test_a_keyed_call_that_is_never_answered_ends_in_doubt(esp: str, stub: EspStub) -> None:
    stub.faults = [Fault.FAIL_AFTER] * 2 + [Fault.BUSY] * 2
    recipients = readers(3)
    result = send(stub, esp, recipients)
    assert outcomes(result) == [UNCERTAIN] * 3
    assert len(stub.calls) == 4
    assert stub.copies == {reader.address: 1 for reader in recipients}


@pytest.mark.parametrize("esp", KEYED)
def test_a_worker_that_lost_its_batch_does_not_ask_again(esp: str, stub: EspStub) -> None:
    stub.faults = [Fault.FAIL_AFTER]
    hands = iter([True])
    transport = transport_to(stub, esp)
    result = transport.send(a_message(), readers(3), key=SLICE, on_wait=lambda: next(hands, False))
    transport.close()
    assert outcomes(result) == [UNCERTAIN] * 3
    assert len(stub.calls) == 1


@pytest.mark.parametrize("esp", KEYED)
def test_without_a_slice_there_is_no_key_and_no_second_call(esp: str, stub: EspStub) -> None:
    stub.faults = [Fault.FAIL_AFTER]
    assert outcomes(send(stub, esp, readers(3), key="")) == [UNCERTAIN] * 3
    assert len(stub.calls) == 1


@pytest.mark.parametrize("esp", KEYED)
def test_other_readers_another_slice_and_another_digest_have_other_keys(
    esp: str, stub: EspStub
) -> None:
    message, recipients = a_message(), readers(3)
    send(stub, esp, recipients, message)
    send(stub, esp, recipients, message)  # the very same call: known by its key
    assert set(stub.copies.values()) == {1}
    send(stub, esp, recipients[:2], message)
    send(stub, esp, recipients, message, key="7.50.100.3")
    send(stub, esp, recipients, a_message())
    assert stub.copies == {
        recipients[0].address: 4,
        recipients[1].address: 4,
        recipients[2].address: 3,
    }


def test_asking_again_ends_before_any_key_is_forgotten() -> None:
    for esp in ESPS.values():
        if esp.is_keyed:
            each = esp_session.CONNECT_SECONDS + esp_session.ANSWER_SECONDS
            longest = (1 + len(PAUSES_SECONDS)) * each + sum(PAUSES_SECONDS)
            assert longest < esp.key_seconds / 2


@pytest.mark.parametrize("esp", ["mailgun", "brevo", "resend", "ses"])
def test_one_address_that_a_service_will_not_have_blocks_nobody(esp: str, stub: EspStub) -> None:
    recipients = readers(5)
    stub.refused = {recipients[1].address}
    result = send(stub, esp, recipients)
    assert outcomes(result) == [ACCEPTED, FAILED, ACCEPTED, ACCEPTED, ACCEPTED]
    assert result.answers[1].code in {"400", "422"}
    assert result.answers[1].text
    assert stub.copies == {
        reader.address: 1 for reader in recipients if reader is not recipients[1]
    }
    assert result.trouble == ""


@pytest.mark.parametrize("esp", BATCHES)
def test_trouble_among_single_calls_keeps_what_is_known(esp: str, stub: EspStub) -> None:
    if esp == "postmark":
        pytest.skip("Postmark refuses readers one by one in its answer.")
    recipients = readers(4)
    stub.refused = {recipients[0].address}
    stub.faults = [Fault.NONE, Fault.NONE, Fault.NONE, Fault.BUSY]
    result = send(stub, esp, recipients)
    assert outcomes(result) == [FAILED, ACCEPTED, PENDING, PENDING]
    assert result.rest_seconds == 7


@pytest.mark.parametrize("esp", ["mailgun", "brevo", "resend"])
def test_where_everybody_is_refused_the_fault_may_be_ours_and_all_are_tried_later(
    esp: str, stub: EspStub
) -> None:
    recipients = readers(3)
    stub.refused = {reader.address for reader in recipients}
    result = send(stub, esp, recipients)
    assert outcomes(result) == [DEFERRED] * 3
    assert "refused every reader" in result.trouble


@pytest.mark.parametrize("esp", UNKEYED)
def test_a_service_that_answers_with_a_web_page_is_told_clearly(esp: str, stub: EspStub) -> None:
    stub.faults = [Fault.WEB_PAGE]
    result = send(stub, esp, readers(3))
    assert outcomes(result) == [UNCERTAIN] * 3
    assert "a web page, “Welcome to Hotel WiFi”" in result.trouble
    assert stub.taken == []


@pytest.mark.parametrize("esp", BATCHES)
def test_a_redirected_call_is_not_followed(esp: str, stub: EspStub) -> None:
    stub.faults = [Fault.REDIRECT]
    result = send(stub, esp, readers(3))
    assert outcomes(result) == [PENDING] * 3
    assert "api_url" in result.trouble
    assert len(stub.calls) == 1


@pytest.mark.parametrize("esp", ALL)
def test_a_service_that_is_away_has_taken_nobody(esp: str) -> None:
    with EspStub() as stub:
        transport = transport_to(stub, esp)
    result = transport.send(a_message(), readers(3), key=SLICE)
    assert outcomes(result) == [PENDING] * 3
    assert "cannot be reached" in result.trouble


@pytest.mark.parametrize("esp", ALL)
@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org\r\nBcc: all@example.org",
        "ada@example.org, bob@example.org",
        "ada@",
        "é@example.org",
    ],
)
def test_an_address_that_is_none_fails_alone(esp: str, address: str, stub: EspStub) -> None:
    good = readers(2)
    result = send(stub, esp, [good[0], a_reader(address), good[1]])
    assert outcomes(result) == [ACCEPTED, FAILED, ACCEPTED]
    assert stub.copies == {reader.address: 1 for reader in good}


@pytest.mark.parametrize("esp", ALL)
def test_a_header_with_a_line_break_reaches_nobody(esp: str, stub: EspStub) -> None:
    message = replace(a_message(), headers={"From": "News\r\n <a@example.org>"})
    result = send(stub, esp, readers(2), message)
    assert ACCEPTED not in outcomes(result)
    assert stub.calls == []


def test_a_version_without_a_sender_stops_the_way_and_blames_nobody(stub: EspStub) -> None:
    result = send(stub, "mailgun", readers(2), replace(a_message(), headers={}))
    assert outcomes(result) == [PENDING] * 2
    assert "cannot be made" in result.trouble
