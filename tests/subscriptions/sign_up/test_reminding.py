"""One reminder, if the publisher wants it."""

from datetime import datetime, timedelta

import pytest
from django.core import mail

from subscriptions.choices import LetterState, SuppressionReason
from subscriptions.mailing import letters
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Letter, Publisher, SignUp
from subscriptions.sign_up import opt_in, reminding
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE, ask

A_DAY_LATER = NOON + reminding.REMIND_AFTER


@pytest.fixture
def asked(press: Press) -> SignUp:
    Publisher.objects.update(reminds=True)
    return ask("reader@example.org", press.newsletter(), now=NOON)


def send(letter_id: int, now: datetime) -> LetterState:
    letter = letters.claim(letter_id, now=now)
    assert letter is not None
    return letters.send(letter, mail.get_connection(), now=now)


def test_who_has_not_answered_is_reminded_once_with_the_same_link(asked: SignUp) -> None:
    send(Letter.objects.get().pk, NOON)
    assert reminding.remind(now=A_DAY_LATER - timedelta(seconds=1)) == []
    (letter_id,) = reminding.remind(now=A_DAY_LATER)
    assert reminding.remind(now=A_DAY_LATER) == []
    assert send(letter_id, A_DAY_LATER) == LetterState.ACCEPTED
    first, second = (str(message.body) for message in mail.outbox)
    link = next(word for word in first.split() if "/confirm/" in word)
    assert link in second
    assert "two days" in second
    assert mail.outbox[1].subject == "Reminder: please confirm Morning Briefing"


def test_nobody_is_reminded_unless_the_publisher_wants_it(asked: SignUp) -> None:
    Publisher.objects.update(reminds=False)
    assert reminding.remind(now=A_DAY_LATER) == []


def test_nobody_is_reminded_of_what_is_settled(asked: SignUp) -> None:
    assert reminding.remind(now=NOON + opt_in.CONFIRM_WITHIN - timedelta(hours=1)) == []
    opt_in.confirm(asked, EVIDENCE, now=NOON)
    assert reminding.remind(now=A_DAY_LATER) == []


def test_a_suppressed_address_is_not_reminded(asked: SignUp) -> None:
    suppress("reader@example.org", SuppressionReason.COMPLAINT, now=NOON)
    assert reminding.remind(now=A_DAY_LATER) == []
    assert Letter.objects.count() == 1


def test_a_reminder_that_is_overtaken_by_the_answer_is_not_sent(asked: SignUp) -> None:
    (letter_id,) = reminding.remind(now=A_DAY_LATER)
    opt_in.confirm(asked, EVIDENCE, now=A_DAY_LATER)
    assert send(letter_id, A_DAY_LATER) == LetterState.CANCELLED
