"""Batches are due, nothing rests and nobody sends: staff are told by whoever is alive."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from digests import watching
from digests.choices import AlertKind, DigestState
from digests.decisions import steering
from digests.delivery import claiming, standstill
from digests.models import Alert, Batch, Digest, Slice
from subscriptions.clock import database_now
from subscriptions.mailing import transports
from tests.builders import Press


@pytest.fixture
def now(db: None) -> datetime:
    return database_now()


@pytest.fixture
def digest(press: Press, now: datetime) -> Digest:
    """Frozen and due four minutes ago; nobody has claimed anything of it."""
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    digest = press.frozen(newsletter)
    past = now - timedelta(minutes=4)
    Digest.objects.update(frozen_at=past)
    Batch.objects.update(due_at=past)
    return digest


def tell(now: datetime) -> list[int]:
    return standstill.tell(settings.MAIL_ROUTES, now=now)


def test_it_is_told_once(digest: Digest, now: datetime) -> None:
    assert tell(now) == [digest.pk]
    tell(now)
    alert = Alert.objects.get()
    assert alert.kind == AlertKind.SENDING
    assert "nothing has gone out for 2 minutes" in alert.text


def test_the_watch_of_any_process_tells_it(digest: Digest) -> None:
    watching.watch()
    assert Alert.objects.filter(kind=AlertKind.SENDING).count() == 1


def test_patience_comes_first(digest: Digest, now: datetime) -> None:
    Batch.objects.update(due_at=now - timedelta(minutes=1))
    assert tell(now) == []


def test_a_worker_that_holds_a_batch_is_sending(digest: Digest) -> None:
    assert claiming.claim() is not None
    assert tell(database_now()) == []


def test_so_is_one_that_has_just_settled_a_slice(digest: Digest, now: datetime) -> None:
    assert digest.approved_version is not None
    Slice.objects.create(
        batch=Batch.objects.get(),
        start=0,
        stop=1,
        token=1,
        version=digest.approved_version,
        transport="a",
        started_at=now - timedelta(minutes=3),
        settled_at=now - timedelta(seconds=30),
    )
    assert tell(now) == []
    Slice.objects.update(settled_at=now - timedelta(minutes=3))
    assert tell(now) == [digest.pk]


def test_what_rests_is_told_elsewhere(digest: Digest, now: datetime) -> None:
    name = settings.MAIL_ROUTES["digests"].name
    transports.note_trouble(name, "421 Try later", rest_seconds=60, now=now)
    assert tell(now) == []


@pytest.mark.parametrize("state", [DigestState.PAUSED, DigestState.SENT, DigestState.CANCELLED])
def test_what_shall_not_go_out_does_not_stand_still(
    digest: Digest, now: datetime, state: DigestState
) -> None:
    Digest.objects.update(state=state)
    assert tell(now) == []


def test_a_stop_by_staff_is_none(digest: Digest, now: datetime) -> None:
    steering.stop_everything("anna", now=now)
    assert tell(now) == []
