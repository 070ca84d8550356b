"""A word before the deadline, and one when a rule has sent it: by letter and by webhook, once."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from digests import tasks
from digests.choices import AlertKind, ApprovalRule, DigestState
from digests.decisions import approval
from digests.models import Alert, Digest, Preflight, Template, WebhookMessage
from digests.plan import planning, replanning
from digests.reminders import reminding
from subscriptions.clock import database_now
from subscriptions.models import Letter, Publisher
from tests.at_once import at_once
from tests.builders import NOON, Press

REMIND = NOON - timedelta(minutes=45)
DEADLINE = NOON - timedelta(minutes=15)


@pytest.fixture
def digest(press: Press) -> Digest:
    Publisher.objects.update(
        alert_address="desk@example.org", alert_webhook_url="https://pager.example.org/hook"
    )
    digest = press.digest(press.newsletter(), remind_at=REMIND)
    press.carry(digest, press.article())
    return digest


def types() -> list[str]:
    return list(WebhookMessage.objects.order_by("pk").values_list("type", flat=True))


def test_staff_are_told_once_between_the_reminder_and_the_deadline(digest: Digest) -> None:
    second = timedelta(seconds=1)
    assert reminding.due_ids(now=REMIND - second) == []
    assert reminding.due_ids(now=REMIND) == [digest.pk]
    assert reminding.remind(digest.pk, now=REMIND)
    assert not reminding.remind(digest.pk, now=REMIND)
    assert reminding.due_ids(now=REMIND) == reminding.due_ids(now=DEADLINE) == []

    alert = Alert.objects.get()
    assert alert.kind == AlertKind.DEADLINE
    assert alert.text == (
        "Nobody has approved it yet. "
        "If nobody approves it by 12:45 (Europe/Paris): held, and you are alerted."
    )
    assert Letter.objects.get().address == "desk@example.org"
    message = json.loads(WebhookMessage.objects.get().body)
    assert message["type"] == "digest.deadline"
    assert message["data"]["text"] == alert.text
    assert message["data"]["url"].endswith(f"/admin/digests/digest/{digest.pk}/change/")


def test_what_somebody_cleared_is_not_told_again(digest: Digest) -> None:
    reminding.remind(digest.pk, now=REMIND)
    Alert.objects.update(cleared_at=REMIND)
    assert not reminding.remind(digest.pk, now=REMIND)
    assert Alert.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_tell_once(digest: Digest) -> None:
    told = at_once(*[lambda: reminding.remind(digest.pk, now=REMIND)] * 3)
    assert sorted(told) == [False, False, True]
    assert Letter.objects.count() == WebhookMessage.objects.count() == 1


def test_a_digest_of_an_unknown_zone_is_spoken_of_in_utc(digest: Digest) -> None:
    now = database_now()
    hour = timedelta(hours=1)
    Digest.objects.update(zone="Mars/Olympus", remind_at=now - hour, deadline_at=now + hour)
    assert reminding.due_ids(now=now) == [digest.pk]
    tasks.remind_of_digest(digest.pk)
    assert f"{now + hour:%H:%M} (Mars/Olympus)" in Alert.objects.get().text


def test_who_approved_alone_and_what_blocks_it_are_said(digest: Digest) -> None:
    Template.objects.update(needs_second_person=True)
    approval.approve(digest, by=User.objects.create(username="anna"), now=REMIND)
    Preflight.objects.create(digest=digest, ran_at=REMIND, blocking=2)
    reminding.remind(digest.pk, now=REMIND)
    text = Alert.objects.get().text
    assert text.startswith(
        "anna approved it; the second approval is missing. Without a second approval by 12:45"
    )
    assert text.endswith("Preflight: 2 errors block it.")


def test_approving_answers_the_reminder(digest: Digest) -> None:
    reminding.remind(digest.pk, now=REMIND)
    approval.approve(digest, by=None, now=REMIND)
    assert Alert.objects.get().cleared_at == REMIND
    Digest.objects.update(reminded_at=None)
    assert reminding.due_ids(now=REMIND) == []


@pytest.mark.parametrize(
    ("rule", "type_", "text"),
    [
        (ApprovalRule.HOLD, "digest.held", "Nobody approved it by the deadline."),
        (
            ApprovalRule.SKIP,
            "digest.skipped",
            "Nobody approved it by the deadline. It was skipped, as its schedule says.",
        ),
        (
            ApprovalRule.SEND_ASSEMBLED,
            "digest.rule",
            "Nobody approved it by the deadline. It goes out as it stands, as version 1.",
        ),
    ],
)
def test_the_rule_says_what_it_did(
    digest: Digest, rule: ApprovalRule, type_: str, text: str
) -> None:
    reminding.remind(digest.pk, now=REMIND)
    Digest.objects.update(approval_rule=rule)
    approval.decide_at_deadline(digest.pk, now=DEADLINE)
    assert types() == ["digest.deadline", type_]
    assert json.loads(WebhookMessage.objects.latest("pk").body)["data"]["text"] == text
    assert Letter.objects.count() == 2
    assert Alert.objects.get(kind=AlertKind.DEADLINE).cleared_at == DEADLINE


def test_the_version_of_ten_past_ten_goes_out(digest: Digest) -> None:
    approval.approve(digest, by=None, now=NOON - timedelta(hours=2))
    approval.withdraw(digest, now=NOON - timedelta(hours=1))
    approval.decide_at_deadline(digest.pk, now=DEADLINE)
    assert types() == ["digest.rule"]
    assert "Version 1, of 11:00, goes out." in WebhookMessage.objects.get().body
    assert Digest.objects.get().state == DigestState.APPROVED


def test_who_wants_no_reminder_hears_nothing_of_a_rule_that_sends(digest: Digest) -> None:
    Digest.objects.update(remind_at=None, approval_rule=ApprovalRule.SEND_ASSEMBLED)
    approval.decide_at_deadline(digest.pk, now=DEADLINE)
    assert types() == []
    assert not Letter.objects.exists()


def test_a_schedule_sets_the_reminder_and_moving_a_digest_moves_it(press: Press) -> None:
    newsletter = press.newsletter()
    schedule = press.schedule(newsletter, remind_minutes=20)
    (made,) = planning.plan_due(now=NOON + timedelta(hours=6))
    digest = Digest.objects.get(pk=made)
    assert digest.remind_at == digest.deadline_at - timedelta(minutes=20)

    Digest.objects.update(reminded_at=NOON)
    replanning.move(digest.pk, digest.due_at + timedelta(hours=1), now=NOON)
    moved = Digest.objects.get(pk=made)
    assert moved.remind_at == moved.deadline_at - timedelta(minutes=20)
    assert moved.reminded_at is None

    schedule.remind_minutes = 0
    assert schedule.remind_at(NOON) is None


def test_where_nobody_is_set_nobody_is_told(press: Press) -> None:
    digest = press.digest(press.newsletter(), remind_at=REMIND)
    assert reminding.remind(digest.pk, now=REMIND)
    assert Alert.objects.exists()
    assert not Letter.objects.exists()
    assert not WebhookMessage.objects.exists()
