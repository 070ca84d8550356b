from datetime import UTC, datetime, timedelta

import pytest

from digests.choices import ApprovalRule, DigestState
from digests.models import Digest
from digests.outlook import outlook, time_left
from subscriptions.choices import NewsletterState
from tests.builders import Press

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # 06:00 in Paris

pytestmark = pytest.mark.django_db


def draft(press: Press, **fields: object) -> Digest:
    return press.digest(press.newsletter(), due_at=DUE, **fields)


def test_a_draft_tells_its_deadline_its_rule_and_its_time(press: Press) -> None:
    assert outlook(draft(press), 1204, now=NOW) == [
        "At 05:45 Europe/Paris, if nobody approves: held, and you are alerted.",
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
    assert outlook(digest, 1, now=NOW - timedelta(hours=6))[0].startswith("At Mon 23 Nov, 18:00")


def test_a_newsletter_that_is_not_live_is_said_to_hold_it(press: Press) -> None:
    digest = press.digest(press.newsletter(state=NewsletterState.PAUSED), due_at=DUE)
    assert "Morning Briefing is paused, so it is held" in outlook(digest, 1, now=NOW)[-1]


def test_before_assembly_it_says_when_that_is(press: Press) -> None:
    digest = draft(press, assembled_at=None)
    assert outlook(digest, 1, now=NOW)[0] == "Its stories are put together at Mon 23 Nov, 18:00."


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
