"""Every service that is offered, in every way in which it can answer: what is said of each reader, and of the way out.

After each the account is held against what the service took: nobody is called accepted who got nothing, nobody is to be
tried again who has it.
"""

import time
from dataclasses import replace

import pytest

from digests.choices import Outcome
from digests.delivery.transports.base import Result
from digests.delivery.transports.service import ServiceTransport
from digests.messages.message import Message, Recipient
from subscriptions.choices import BounceKind
from subscriptions.mailing import delivery_ids
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.service import Verdict
from tests.digests.delivery.letters import a_message, readers
from tests.digests.delivery.transports.service_sending import (
    ALL,
    KEYED,
    MANY,
    SERVICES,
    SLICE,
    leave_url,
    outcomes,
    send,
    transport_to,
)
from tests.service_stub import RETRY_SECONDS, Fault, ServiceStub
from tests.service_vendors import VENDORS, Call, Taken

pytestmark = [
    pytest.mark.service,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailWarning"),
]

ACCEPTED, PENDING, FAILED = Outcome.ACCEPTED, Outcome.PENDING, Outcome.FAILED
DEFERRED, UNCERTAIN = Outcome.DEFERRED, Outcome.UNCERTAIN
SUPPRESSING = [
    name
    for name in ALL
    if VENDORS[name].sorts is not None
    and any(meaning.verdict is Verdict.SUPPRESSED for meaning in SERVICES[name].answers.meanings)
]
WAITING = ["mandrill", "unisender-go"]


def is_theirs(mail: Taken, reader: Recipient, message: Message) -> bool:
    """Each part of the mail is this reader's."""
    name = delivery_ids.for_digest(message.digest, reader.public_id)
    url = leave_url(message, reader)
    return (
        mail.address == reader.address
        and mail.headers["list-unsubscribe"] == f"<{url}>"
        and url in mail.html
        and url in mail.text
        and reader.address in mail.html
        and reader.address in mail.text
        and (name in mail.metadata or not mail.metadata)
    )


def test_no_service_is_offered_without_its_row() -> None:
    assert list(VENDORS) == ALL


@pytest.mark.parametrize("service", ALL)
def test_every_reader_gets_one_mail_and_it_is_theirs(service: str, stub: ServiceStub) -> None:
    message, recipients = a_message(), readers(7)
    result = send(stub, service, recipients, message)
    assert outcomes(result) == [ACCEPTED] * 7
    assert (result.trouble, result.busy) == ("", "")
    assert len(stub.calls) == (1 if service in MANY else 7)
    assert stub.connections == 1
    mails = {mail.address: mail for mail in stub.taken}
    for reader in recipients:
        mail = mails[reader.address]
        assert is_theirs(mail, reader, message), mail
        assert SERVICES[service].headers.takes_metadata == bool(mail.metadata)
        shown = " ".join([mail.html, mail.text, mail.subject, *mail.headers.values()])
        others = {other.address for other in recipients} - {reader.address}
        assert not any(address in shown for address in others)


@pytest.mark.parametrize("service", ALL)
def test_headers_arrive_but_those_that_its_record_leaves_out(
    service: str, stub: ServiceStub
) -> None:
    message = a_message()
    send(stub, service, readers(2), message)
    record = SERVICES[service].headers
    wanted = {
        name: value for name, value in message.headers.items() if name not in ("From", "Reply-To")
    }
    wanted |= {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    for mail in stub.taken:
        for name, value in record.kept(wanted).items():
            if record.only is None:
                assert mail.headers[name.lower()] == value
        if record.keeps_message_id:
            assert mail.headers["message-id"].endswith("@[127.0.0.1]>")
    if record.keeps_message_id:
        assert len({mail.headers["message-id"] for mail in stub.taken}) == 2


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize("bad", [0, 3, 11])
def test_one_bad_address_fails_alone_with_the_services_words(
    service: str, bad: int, stub: ServiceStub
) -> None:
    recipients = readers(12)
    stub.refused = {recipients[bad].address}
    result = send(stub, service, recipients)
    expected = [ACCEPTED] * 12
    expected[bad] = FAILED
    assert outcomes(result) == expected
    answer = result.answers[bad]
    assert len(answer.text) > 10
    assert answer.blame is None
    assert result.trouble == ""
    if service in MANY:
        assert len(stub.calls) <= 1 + 2 * 4  # two calls for each halving of twelve


@pytest.mark.parametrize("service", ALL)
def test_a_bad_address_that_stands_alone_fails_at_once(service: str, stub: ServiceStub) -> None:
    (reader,) = readers(1)
    stub.refused = {reader.address}
    result = send(stub, service, [reader])
    assert outcomes(result) == [FAILED]
    assert result.trouble == ""


@pytest.mark.parametrize("service", SUPPRESSING)
def test_whom_the_service_has_given_up_is_reported_as_a_bounce(
    service: str, stub: ServiceStub
) -> None:
    recipients = readers(5)
    stub.suppressed = {recipients[1].address}
    result = send(stub, service, recipients)
    assert outcomes(result) == [ACCEPTED, FAILED, ACCEPTED, ACCEPTED, ACCEPTED]
    assert result.answers[1].blame is BounceKind.HARD
    assert result.answers[1].text


@pytest.mark.parametrize("service", SUPPRESSING)
def test_even_where_nobody_else_is_in_the_call(service: str, stub: ServiceStub) -> None:
    recipients = readers(4)
    stub.suppressed = {reader.address for reader in recipients}
    result = send(stub, service, recipients)
    assert outcomes(result) == [FAILED] * 4
    assert {answer.blame for answer in result.answers} == {BounceKind.HARD}


@pytest.mark.parametrize("service", WAITING)
def test_a_mailbox_that_is_only_away_is_tried_later(service: str, stub: ServiceStub) -> None:
    recipients = readers(3)
    stub.later = {recipients[1].address}
    result = send(stub, service, recipients)
    assert outcomes(result) == [ACCEPTED, DEFERRED, ACCEPTED]
    assert result.trouble == ""


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize("count", [1, 2, 3, 60])
def test_what_is_our_fault_fails_no_reader(service: str, count: int, stub: ServiceStub) -> None:
    stub.ours = True
    result = send(stub, service, readers(count))
    assert outcomes(result) == [PENDING] * count
    assert result.needs_person
    assert "courier.example.org" in result.trouble or "erif" in result.trouble or result.trouble
    assert SERVICES[service].title in result.trouble
    assert len(stub.calls) <= 2


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize("fault", [Fault.FORBIDDEN, Fault.UNPAID])
def test_a_key_or_an_account_that_may_not_send_rests_the_way(
    service: str, fault: Fault, stub: ServiceStub
) -> None:
    stub.faults = [fault] * 2
    result = send(stub, service, readers(3))
    assert outcomes(result) == [PENDING] * 3
    assert result.needs_person
    assert "KEY" not in result.trouble


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.BUSY_DATE, Fault.BUSY_MOMENT])
def test_a_busy_service_says_how_long_by_its_own_clock(
    service: str, fault: Fault, stub: ServiceStub
) -> None:
    stub.faults = [fault]
    result = send(stub, service, readers(3))
    assert outcomes(result) == [PENDING] * 3
    assert (result.trouble, result.rest_seconds) == ("", RETRY_SECONDS)
    assert "busy" in result.busy
    assert len(stub.calls) == 1


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize(
    "fault", [Fault.FAIL_AFTER, Fault.STALL_AFTER, Fault.DROP_AFTER, Fault.DROP_BEFORE]
)
def test_a_call_without_an_answer(service: str, fault: Fault, stub: ServiceStub) -> None:
    stub.faults = [fault]
    result = send(stub, service, readers(3))
    settles = service in KEYED and (service, fault) != ("brevo", Fault.FAIL_AFTER)
    if settles:
        assert outcomes(result) == [ACCEPTED] * 3
        assert len({call.body for call in stub.calls}) == 1
    elif service in MANY:
        assert outcomes(result) == [UNCERTAIN] * 3
    else:
        assert outcomes(result) == [UNCERTAIN, PENDING, PENDING]
    assert bool(result.trouble) != settles
    assert not result.needs_person


def lost_call(stub: ServiceStub, service: str, fault: Fault) -> tuple[Message, list[Recipient]]:
    """Made by a process that was killed before its answer came."""
    message, recipients = a_message(), readers(3)
    stub.faults = [fault]
    transport = transport_to(stub, service, pauses=())
    assert outcomes(transport.send(message, recipients, key=SLICE)) == [UNCERTAIN] * 3
    transport.close()
    return message, recipients


def repeated(
    stub: ServiceStub, service: str, message: Message, recipients: list[Recipient]
) -> Result:
    """By another process."""
    transport = transport_to(stub, service)
    result = transport.repeat(message, recipients, key=SLICE)
    transport.close()
    return result


@pytest.mark.parametrize("service", KEYED)
@pytest.mark.parametrize("fault", [Fault.DROP_BEFORE, Fault.DROP_AFTER])
def test_a_lost_call_that_another_process_repeats(
    service: str, fault: Fault, stub: ServiceStub
) -> None:
    message, recipients = lost_call(stub, service, fault)
    assert outcomes(repeated(stub, service, message, recipients)) == [ACCEPTED] * 3
    assert set(stub.copies.values()) == {1}
    assert len({call.body for call in stub.calls}) == 1
    assert len({call.headers.get("idempotency-key") for call in stub.calls}) == 1


@pytest.mark.parametrize("service", KEYED)
@pytest.mark.parametrize(
    "fault",
    [
        Fault.BUSY,
        Fault.RUNNING,
        Fault.FORBIDDEN,
        Fault.UNPAID,
        Fault.DROP_BEFORE,
        Fault.WEB_PAGE,
        Fault.REDIRECT,
    ],
)
def test_a_repeat_that_is_not_answered_says_nothing_of_the_first_call(
    service: str, fault: Fault, stub: ServiceStub
) -> None:
    """Postponed, still running, refused: the doubt stays, and the next repeat may end it."""
    message, recipients = lost_call(stub, service, Fault.DROP_AFTER)
    stub.faults = [fault]
    result = repeated(stub, service, message, recipients)
    assert outcomes(result) == [UNCERTAIN] * 3
    assert result.trouble or result.busy
    if fault is Fault.BUSY:
        assert result.rest_seconds == RETRY_SECONDS
    assert outcomes(repeated(stub, service, message, recipients)) == [ACCEPTED] * 3
    assert set(stub.copies.values()) == {1}


@pytest.mark.parametrize("service", KEYED)
def test_a_repeat_with_another_body_sends_nobody_anything(service: str, stub: ServiceStub) -> None:
    message, recipients = lost_call(stub, service, Fault.DROP_AFTER)
    changed = replace(message, subject="Another")
    expected = UNCERTAIN if service == "resend" else ACCEPTED  # it minds, the others do not look
    assert outcomes(repeated(stub, service, changed, recipients)) == [expected] * 3
    assert set(stub.copies.values()) == {1}
    assert {mail.subject for mail in stub.taken} == {message.subject}


@pytest.mark.parametrize("service", KEYED)
def test_a_repeat_finds_the_bad_address_by_the_same_calls(service: str, stub: ServiceStub) -> None:
    message, recipients = a_message(), readers(8)
    stub.refused = {recipients[5].address}
    first = transport_to(stub, service, pauses=())
    first.send(message, recipients, key=SLICE)  # all of it was done when the process was killed
    calls = len(stub.calls)
    result = repeated(stub, service, message, recipients)
    assert outcomes(result).count(ACCEPTED) == 7
    assert outcomes(result)[5] is FAILED
    assert set(stub.copies.values()) == {1}
    assert len(stub.calls) == 2 * calls


@pytest.mark.parametrize("service", KEYED)
def test_a_repeat_that_is_refused_as_a_whole_is_not_halved(service: str, stub: ServiceStub) -> None:
    """Halves have keys of their own: who was taken by the first call would get a second mail."""
    message, recipients = lost_call(stub, service, Fault.DROP_AFTER)
    stub.faults = [Fault.UNCLEAR]
    assert outcomes(repeated(stub, service, message, recipients)) == [UNCERTAIN] * 3
    assert len(stub.calls) == 2
    assert set(stub.copies.values()) == {1}


def test_calls_that_are_repeated_are_not_parted_by_what_readers_agreed_to() -> None:
    """They may have changed their minds meanwhile, and a call for fewer has another key."""
    by_key = [name for name in ALL if SERVICES[name].repeats_by_key]
    assert by_key == ["brevo", "resend"]
    assert all(SERVICES[name].unwatched is None for name in by_key)


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize(
    "fault", [Fault.WEB_PAGE, Fault.EMPTY, Fault.LONG, Fault.LONGER_LIST, Fault.STRANGERS]
)
def test_an_answer_that_is_none_accepts_nobody(
    service: str, fault: Fault, stub: ServiceStub
) -> None:
    """Where it names nobody, or in their order only, there is nothing in it to be wrong."""
    stub.faults = [fault] * 3
    began = time.monotonic()
    result = send(stub, service, readers(2))
    told = set(outcomes(result))
    nameless = {
        Fault.EMPTY: ["sendgrid"],
        Fault.LONGER_LIST: ["mailgun", "sendgrid", "sparkpost", "mailersend", "postal", "ses", "mandrill",
                            "unisender-go", "scaleway"],
        Fault.STRANGERS: ["mailgun", "sendgrid", "sparkpost", "mailersend", "brevo", "resend", "ses", "mailtrap"],
    }  # fmt: skip
    if service in nameless.get(fault, []) or service in KEYED:  # asked again, these say it as it is
        assert told <= {ACCEPTED, UNCERTAIN, PENDING}
    else:
        assert told <= {UNCERTAIN, PENDING}
    assert time.monotonic() - began < 8


# Their good answers say nothing of a reader.
SAYS_NOTHING = ["mailgun", "sendgrid", "sparkpost"]


@pytest.mark.parametrize("service", MANY)
def test_an_answer_for_half_of_the_readers_leaves_the_others_in_doubt(
    service: str, stub: ServiceStub
) -> None:
    stub.faults = [Fault.HALF] * 4
    told = outcomes(send(stub, service, readers(6)))
    if service in SAYS_NOTHING:
        assert told == [ACCEPTED] * 6
    elif service in KEYED and service != "unisender-go":
        assert told == [ACCEPTED] * 6  # asked again with the same key
    else:
        assert told.count(UNCERTAIN) >= 3
        assert set(told) <= {ACCEPTED, UNCERTAIN}
    assert set(stub.copies.values()) == {1}


@pytest.mark.parametrize("service", MANY)
def test_a_call_that_is_too_large_for_the_service_is_halved(
    service: str, stub: ServiceStub
) -> None:
    """Whatever its record says."""
    stub.faults = [Fault.TOO_LARGE, Fault.TOO_LARGE]
    result = send(stub, service, readers(8))
    assert outcomes(result) == [ACCEPTED] * 8
    assert [_readers_of(call) for call in stub.calls] == [8, 4, 2, 2, 4]
    assert result.trouble == ""


def _readers_of(call: Call) -> int:
    return len(VENDORS[call.service].reads(call))


@pytest.mark.parametrize("service", ALL)
def test_a_redirected_call_is_not_followed(service: str, stub: ServiceStub) -> None:
    stub.faults = [Fault.REDIRECT] * 2
    result = send(stub, service, readers(3))
    assert outcomes(result) == [PENDING] * 3
    assert "api_url" in result.trouble
    assert stub.taken == []


@pytest.mark.parametrize("service", ALL)
def test_a_service_that_is_away_has_taken_nobody(service: str) -> None:
    with ServiceStub() as stub:
        url = stub.url(service)
    transport = ServiceTransport(parse_mail_url(url), pauses=())
    result = transport.send(a_message(), readers(3), key="1.2.3.4")
    transport.close()
    assert outcomes(result) == [PENDING] * 3
    assert "cannot be reached" in result.trouble
    assert not result.needs_person


@pytest.mark.parametrize("service", MANY)
def test_one_bad_address_of_a_whole_call_costs_few_calls_more(
    service: str, stub: ServiceStub
) -> None:
    """At most two for each halving of a thousand."""
    count = min(1000, SERVICES[service].limits.readers)
    recipients = readers(count)
    stub.refused = {recipients[count // 3].address}
    result = send(stub, service, recipients)
    told = outcomes(result)
    assert told.count(ACCEPTED) == count - 1
    assert told[count // 3] is FAILED
    assert len(stub.calls) <= 1 + 2 * 10
