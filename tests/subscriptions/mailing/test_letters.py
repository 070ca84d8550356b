"""The outbox: claimed by one, sent once, tried again, or given up with a reason."""

import smtplib
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from subscriptions.choices import BounceKind, LetterState, SuppressionReason
from subscriptions.mailing import letters
from subscriptions.mailing.suppression import is_suppressed, suppress
from subscriptions.models import BounceReport, Letter, Publisher, SignUp
from subscriptions.sign_up import opt_in
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE, ask

ADDRESS = "reader@example.org"


class FailingServer(BaseEmailBackend):
    """A mail server that answers every mail with the given trouble."""

    def __init__(self, trouble: Exception) -> None:
        super().__init__()
        self.trouble = trouble

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise self.trouble


def refused(code: int) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({ADDRESS: (code, b"No")})


@pytest.fixture
def letter(press: Press) -> Letter:
    ask(ADDRESS, press.newsletter(), now=NOON)
    return Letter.objects.get()


def claimed(letter: Letter) -> Letter:
    mine = letters.claim(letter.pk, now=NOON)
    assert mine is not None
    return mine


def test_a_letter_is_claimed_by_one_worker(letter: Letter) -> None:
    claimed(letter)
    assert letters.claim(letter.pk, now=NOON) is None
    assert letters.due_ids(now=NOON) == []


def test_a_letter_of_a_worker_that_died_is_due_again(letter: Letter) -> None:
    claimed(letter)
    assert letters.due_ids(now=NOON + letters.LEASE) == [letter.pk]


def test_a_letter_is_sent_to_one_reader_and_asks_for_no_robots_answer(letter: Letter) -> None:
    Publisher.objects.update(name='The "Harbour" Courier', sender_address="news@example.org")
    sent = letters.send(claimed(letter), get_connection(), now=NOON)
    assert sent == LetterState.ACCEPTED
    message = mail.outbox[0].message()
    assert message["To"] == ADDRESS
    assert message["From"] == '"The \\"Harbour\\" Courier" <news@example.org>'
    assert message["Message-ID"].startswith(f"<letter.{letter.public_id}@")
    assert message["Auto-Submitted"] == "auto-generated"
    assert letters.claim(letter.pk, now=NOON + timedelta(days=1)) is None


def test_both_forms_of_the_letter_carry_the_link(letter: Letter) -> None:
    letters.send(claimed(letter), get_connection(), now=NOON)
    sent = mail.outbox[0]
    assert isinstance(sent, mail.EmailMultiAlternatives)
    assert sent.body_contains("/confirm/")


@pytest.mark.parametrize(
    "trouble",
    [
        ConnectionRefusedError("Nobody listens"),
        smtplib.SMTPServerDisconnected("Gone"),
        refused(450),
        smtplib.SMTPSenderRefused(550, b"Who are you?", "news@example.org"),
        smtplib.SMTPAuthenticationError(535, b"No"),
        smtplib.SMTPDataError(451, b"Later"),
    ],
)
def test_trouble_that_may_pass_makes_the_letter_wait(letter: Letter, trouble: Exception) -> None:
    state = letters.send(claimed(letter), FailingServer(trouble), now=NOON)
    assert state == LetterState.PENDING
    letter.refresh_from_db()
    assert letter.due_at == NOON + letters.RETRY_DELAYS[0]
    assert type(trouble).__name__ in letter.last_error


def test_waits_grow_and_the_letter_is_given_up_in_the_end(letter: Letter) -> None:
    now, waits = NOON, []
    for _attempt in range(5):
        mine = letters.claim(letter.pk, now=now)
        assert mine is not None
        letters.send(mine, FailingServer(OSError("Gone")), now=now)
        letter.refresh_from_db()
        waits.append(letter.due_at - now)
        now = letter.due_at
    assert waits == [*letters.RETRY_DELAYS, letters.LONGEST_DELAY, letters.LONGEST_DELAY]
    late = letters.claim(letter.pk, now=letter.expires_at)
    assert late is not None
    assert letters.send(late, get_connection(), now=letter.expires_at) == LetterState.CANCELLED
    assert mail.outbox == []


@pytest.mark.parametrize("trouble", [refused(550), smtplib.SMTPDataError(554, b"Never")])
def test_a_refusal_for_ever_ends_it(letter: Letter, trouble: Exception) -> None:
    state = letters.send(claimed(letter), FailingServer(trouble), now=NOON)
    assert state == LetterState.FAILED
    assert letters.due_ids(now=NOON + timedelta(days=1)) == []


@pytest.mark.parametrize(
    "trouble",
    [
        smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"5.1.1 User unknown")}),
        smtplib.SMTPDataError(550, b"5.5.0 Requested action not taken: mailbox unavailable"),
    ],
)
def test_a_mailbox_that_a_letter_finds_dead_is_given_up(letter: Letter, trouble: Exception) -> None:
    state = letters.send(claimed(letter), FailingServer(trouble), now=NOON)
    assert state == LetterState.FAILED
    report = BounceReport.objects.get()
    assert (report.subscriber.address, report.kind) == (ADDRESS, BounceKind.HARD)
    assert report.source == f"letter {letter.public_id}"
    assert is_suppressed(ADDRESS)


@pytest.mark.parametrize(
    "trouble",
    [
        smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"5.1.1 Your IP is on a blacklist")}),
        smtplib.SMTPDataError(550, b"5.1.0 SPF check failed"),
        smtplib.SMTPDataError(554, b"5.7.1 Rejected as spam"),
    ],
)
def test_a_letter_refused_because_of_us_waits_and_blames_nobody(
    letter: Letter, trouble: Exception
) -> None:
    state = letters.send(claimed(letter), FailingServer(trouble), now=NOON)
    assert state == LetterState.PENDING
    assert not BounceReport.objects.exists()
    assert not is_suppressed(ADDRESS)


def test_a_letter_that_was_answered_meanwhile_is_not_sent(letter: Letter) -> None:
    opt_in.confirm(SignUp.objects.get(), EVIDENCE, now=NOON)
    assert letters.send(claimed(letter), get_connection(), now=NOON) == LetterState.CANCELLED
    assert mail.outbox == []


def test_a_letter_replaced_by_a_newer_one_is_not_sent(letter: Letter) -> None:
    newsletter = SignUp.objects.get().newsletters.get()
    ask(ADDRESS, newsletter, now=NOON + opt_in.LETTER_PAUSE)
    assert letters.send(claimed(letter), get_connection(), now=NOON) == LetterState.CANCELLED


def test_no_letter_goes_to_a_reader_suppressed_meanwhile(letter: Letter) -> None:
    suppress(ADDRESS, SuppressionReason.ERASURE, now=NOON)
    assert letters.send(claimed(letter), get_connection(), now=NOON) == LetterState.CANCELLED
    assert mail.outbox == []


def test_a_worker_whose_claim_ran_out_settles_nothing(letter: Letter) -> None:
    slow = claimed(letter)
    other = letters.claim(letter.pk, now=NOON + letters.LEASE)
    assert other is not None
    letters.send(slow, FailingServer(refused(550)), now=NOON + letters.LEASE)
    letter.refresh_from_db()
    assert (letter.state, letter.lease_until) == (LetterState.PENDING, other.lease_until)


def test_a_letter_that_cannot_be_written_waits_and_staff_are_told_once(letter: Letter) -> None:
    Publisher.objects.update(colour="blue", alert_address="desk@example.org")
    server = get_connection("django.core.mail.backends.locmem.EmailBackend")
    now = NOON
    for _attempt in range(3):
        assert letters.send(claimed_at(letter, now), server, now=now) == LetterState.PENDING
        letter.refresh_from_db()
        assert "blue" in letter.last_error
        now = letter.due_at
    told = Letter.objects.get(address="desk@example.org")
    assert "Confirmation" in told.context["title"]
    assert "blue" in told.context["text"]

    Publisher.objects.update(colour="#1d3557")
    assert letters.send(claimed_at(letter, now), server, now=now) == LetterState.ACCEPTED


def claimed_at(letter: Letter, now: datetime) -> Letter:
    mine = letters.claim(letter.pk, now=now)
    assert mine is not None
    return mine


def test_a_letter_of_an_unknown_kind_is_not_written(db: None) -> None:
    with pytest.raises(ValueError, match="'postcard'"):
        letters.write("postcard", ADDRESS, {}, now=NOON)
