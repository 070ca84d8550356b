from datetime import UTC, datetime, time, timedelta

import pytest

from digests.choices import ApprovalRule, DigestState, PastRule
from digests.models import Digest
from digests.words.local_time_words import of_readers, of_schedule
from digests.words.outlook import outlook, time_left
from subscriptions.choices import NewsletterState
from tests.builders import MONDAY_NOON, Press

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # 06:00 in Paris


@pytest.fixture
def press(db: None) -> Press:
    return Press(noon=MONDAY_NOON)


pytestmark = pytest.mark.django_db


def draft(press: Press, **fields: object) -> Digest:
    return press.digest(press.newsletter(), due_at=DUE, **fields)


def test_a_draft_tells_its_deadline_its_rule_and_its_time(press: Press) -> None:
    assert outlook(draft(press), 1204, now=NOW) == [
        "If nobody approves it by 05:45 (Europe/Paris): held, and you are alerted.",
        "Goes out at Tue 24 Nov 2026, 06:00 Europe/Paris to about 1,204 readers.",
    ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (ApprovalRule.HOLD, "held, and you are alerted."),
        (ApprovalRule.SKIP, "skipped, and you are told."),
        (ApprovalRule.SEND_ASSEMBLED, "it goes out as it stands then."),
        (ApprovalRule.SEND_APPROVED, "held, and you are alerted."),
    ],
)
def test_each_rule_has_its_words(press: Press, rule: ApprovalRule, words: str) -> None:
    assert outlook(draft(press, approval_rule=rule), 1, now=NOW)[0].endswith(words)


def test_a_version_approved_before_is_what_the_rule_sends(press: Press) -> None:
    digest = press.approved(press.newsletter(), due_at=DUE)
    digest.state = DigestState.DRAFT
    assert "the version of Mon 23 Nov, 13:00 goes out." in outlook(digest, 1, now=NOW)[0]


def test_one_reader_is_one_reader(press: Press) -> None:
    assert outlook(draft(press), 1, now=NOW)[-1].endswith("to about 1 reader.")


def test_a_deadline_of_another_day_names_the_day(press: Press) -> None:
    digest = draft(press, deadline_at=DUE - timedelta(hours=12))
    assert outlook(digest, 1, now=NOW - timedelta(hours=6))[0].startswith(
        "If nobody approves it by Mon 23 Nov, 18:00 "
    )


def test_a_newsletter_that_is_not_live_is_said_to_hold_it(press: Press) -> None:
    digest = press.digest(press.newsletter(state=NewsletterState.PAUSED), due_at=DUE)
    assert "Morning Briefing is paused, so it is held" in outlook(digest, 1, now=NOW)[-1]


def test_before_assembly_it_says_when_that_is(press: Press) -> None:
    digest = draft(press, assembled_at=None)
    assert outlook(digest, 1, now=NOW)[0] == "Its stories are assembled at Mon 23 Nov, 18:00."


@pytest.mark.parametrize("state", DigestState)
def test_every_state_has_something_to_say(press: Press, state: DigestState) -> None:
    digest = draft(press)
    digest.state = state
    assert all(outlook(digest, 5, now=NOW))


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(hours=1, minutes=12), "1\xa0hour, 12\xa0minutes"),
        (timedelta(minutes=3), "3\xa0minutes"),
        (timedelta(seconds=59), "Less than a minute"),
        (timedelta(0), ""),
    ],
)
def test_the_time_left_is_told_in_words(press: Press, left: timedelta, words: str) -> None:
    digest = draft(press)
    assert time_left(digest, now=digest.deadline_at - left) == words
    digest.state = DigestState.APPROVED
    assert time_left(digest, now=digest.deadline_at - left) == ""


# --- At each reader's local time -----------------------------------------------------------------------


def local(press: Press, **fields: object) -> Digest:
    first = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    return press.digest(press.newsletter(), due_at=first, local_time=time(6, 0), **fields)


def test_at_local_time_it_says_who_is_first_and_who_is_last(press: Press) -> None:
    now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert outlook(local(press), 1204, now=now)[-1] == (
        "Goes out to about 1,204 readers at each one’s own 06:00: the first get it at "
        "Mon 23 Nov 2026, 17:00 Europe/Paris, the last at Tue 24 Nov 2026, 19:00 Europe/Paris."
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [(PastRule.NOW, "they get it at once."), (PastRule.SKIP, "they are left out.")],
)
def test_late_it_says_what_becomes_of_those_who_are_past(
    press: Press, rule: PastRule, words: str
) -> None:
    sentence = outlook(local(press, past_rule=rule), 2, now=NOW)[-1]
    assert sentence.endswith("For some that is past: " + words)


def test_a_schedule_says_when_its_next_digest_reaches_the_world(press: Press) -> None:
    schedule = press.schedule(press.newsletter(), is_local_time=True, weekdays=[1])
    now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert of_schedule(schedule, now=now).startswith(
        "At each reader’s own 06:00. The digest of Tue 24 Nov: the first readers get it at "
        "Mon 23 Nov 2026, 17:00 Europe/Paris, the last at Tue 24 Nov 2026, 19:00 Europe/Paris."
    )
    later = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert "The digest of Tue 1 Dec" in of_schedule(schedule, now=later)


def test_readers_with_a_zone_are_counted_in_words() -> None:
    assert of_readers(1204, 3000, "Europe/Paris") == (
        "1,204 of 3,000 readers have a time zone of their own; the others get it by Europe/Paris."
    )
