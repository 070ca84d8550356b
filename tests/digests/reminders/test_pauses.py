"""A digest paused by hand while readers wait is an alert after some minutes, once for each pause."""

from datetime import timedelta

import pytest

from digests import ticking
from digests.choices import AlertKind, DigestState
from digests.decisions import seeding, steering
from digests.models import Alert, Approval, Batch, Digest, SeedHold, WebhookMessage
from digests.reminders import pauses
from subscriptions.clock import database_now
from subscriptions.models import Letter, Publisher
from tests.builders import Press
from tests.staff import member


@pytest.fixture
def digest(press: Press) -> Digest:
    Publisher.objects.update(
        alert_address="desk@example.org", alert_webhook_url="https://pager.example.org/hook"
    )
    newsletter = press.newsletter()
    press.readers(newsletter, 8)
    return press.frozen(newsletter, due_at=database_now())


def pause(digest: Digest, *, ago: timedelta = pauses.PATIENCE) -> None:
    steering.pause(digest)
    Digest.objects.filter(pk=digest.pk).update(paused_at=database_now() - ago)


def test_staff_are_told_after_ten_minutes_and_once(digest: Digest) -> None:
    pause(digest, ago=pauses.PATIENCE - timedelta(minutes=1))
    assert pauses.tell(now=database_now()) == []
    pause_again = Digest.objects.filter(pk=digest.pk)
    pause_again.update(paused_at=database_now() - pauses.PATIENCE)
    assert pauses.tell(now=database_now()) == [digest.pk]
    assert pauses.tell(now=database_now()) == []
    alert = Alert.objects.get()
    assert alert.kind == AlertKind.PAUSED
    assert alert.text == (
        "It has been paused for 10 minutes. 8 readers wait for it. Resume it, or cancel it."
    )
    assert Letter.objects.get().address == "desk@example.org"
    assert WebhookMessage.objects.get().type == "digest.paused"
    # Somebody has seen to it, and leaves it paused.
    Alert.objects.update(cleared_at=database_now())
    assert pauses.tell(now=database_now()) == []


def test_it_is_over_when_it_goes_on_and_another_pause_is_another_alert(digest: Digest) -> None:
    pause(digest)
    pauses.tell(now=database_now())
    steering.resume(digest)
    pauses.tell(now=database_now())
    assert not Alert.objects.filter(cleared_at=None).exists()
    Alert.objects.update(raised_at=database_now() - timedelta(hours=1))
    pause(digest)
    assert pauses.tell(now=database_now()) == [digest.pk]


def test_a_version_that_waits_is_named(digest: Digest) -> None:
    pause(digest)
    version = digest.versions.get()
    Approval.objects.create(
        digest=digest,
        version=version,
        by=member("publisher"),
        at=database_now(),
        needs_second=True,
    )
    pauses.tell(now=database_now())
    assert "Version 1 waits for a second person." in Alert.objects.get().text


def test_what_nobody_waits_for_is_left_alone(digest: Digest) -> None:
    pause(digest)
    Batch.objects.update(finished_at=database_now())
    assert pauses.tell(now=database_now()) == []


def test_what_a_seed_has_stopped_was_told_when_it_was(digest: Digest) -> None:
    now = database_now()
    SeedHold.objects.create(
        digest=digest, addresses=[], seeds=1, ends_at=now + timedelta(minutes=5)
    )
    seeding.stop(digest.pk, by="chief@example.org", now=now)
    later = now + timedelta(hours=1)
    assert pauses.tell(now=later) == []
    assert Alert.objects.get().kind == AlertKind.HELD


def test_the_tick_looks(digest: Digest) -> None:
    pause(digest)
    ticking.tick_alone()
    assert Alert.objects.filter(kind=AlertKind.PAUSED, cleared_at=None).exists()
    Digest.objects.update(state=DigestState.SENDING)
    ticking.tick_alone()
    assert not Alert.objects.filter(kind=AlertKind.PAUSED, cleared_at=None).exists()
