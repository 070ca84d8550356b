"""An approved digest that does not go out is told: by whoever is alive, and whatever else stands still."""

import json
import threading
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from pytest_django import Settings

from digests import watching
from digests.choices import AlertKind, DigestState
from digests.delivery import freezing
from digests.models import Alert, Digest, WebhookMessage
from digests.reminders import lateness
from subscriptions.clock import database_now
from subscriptions.models import Heartbeat, Letter
from subscriptions.webhook_secrets import new_webhook_secret
from tests.builders import Press
from tests.fakes import Answer, FeedServer
from tests.newsroom.unheard import no_broker


@pytest.fixture
def now(db: None) -> datetime:
    return database_now()


@pytest.fixture
def late(now: datetime, press: Press) -> Digest:
    press.publisher.alert_address = "desk@example.org"
    press.publisher.save()
    return press.approved(press.newsletter(), due_at=now - timedelta(minutes=4))


def standing() -> list[Alert]:
    return list(Alert.objects.filter(cleared_at=None))


def test_it_is_told_once_with_what_to_look_at(late: Digest, now: datetime) -> None:
    assert lateness.tell(now=now) == [late.pk]
    lateness.tell(now=now)
    alert = Alert.objects.get()
    assert alert.kind == AlertKind.LATE
    assert f"{late.local(late.due_at):%H:%M} (Europe/Paris)" in alert.text
    assert "nobody has begun to send it" in alert.text
    assert Letter.objects.get().address == "desk@example.org"


def test_minutes_of_grace_and_other_states_are_let_alone(late: Digest, now: datetime) -> None:
    Digest.objects.update(due_at=now - timedelta(minutes=2))
    assert lateness.tell(now=now) == []
    Digest.objects.update(due_at=now - timedelta(minutes=4), state=DigestState.DRAFT)
    assert lateness.tell(now=now) == []


def test_it_is_taken_back_when_the_digest_goes_out_after_all(late: Digest, now: datetime) -> None:
    lateness.tell(now=now)
    assert freezing.freeze(late.pk, now=now) is freezing.Freeze.DONE
    lateness.tell(now=database_now())
    assert standing() == []


def test_one_of_an_unknown_zone_is_told_like_the_others(
    late: Digest, now: datetime, press: Press
) -> None:
    strange = press.approved(press.newsletter("Evening Post"), due_at=now - timedelta(minutes=30))
    Digest.objects.filter(pk=strange.pk).update(zone="Mars/Olympus")
    lateness.tell(now=now)
    assert {alert.digest_id for alert in standing()} == {late.pk, strange.pk}


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_hangs_within_the_freeze_does_not_keep_it_from_being_told() -> None:
    """Its transaction holds the digest's row for as long as the database lets it."""
    now = database_now()
    press = Press()
    late = press.approved(press.newsletter(), due_at=now - timedelta(minutes=4))
    holds, may_end = threading.Event(), threading.Event()

    def hang() -> None:
        try:
            with transaction.atomic():
                # The lock of freezing.freeze, whose worker is stopped right after it.
                Digest.objects.select_for_update(no_key=True).get(pk=late.pk)
                holds.set()
                may_end.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=hang)
    thread.start()
    try:
        assert holds.wait(10)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            assert lateness.tell(now=now) == [late.pk]
    finally:
        may_end.set()
        thread.join()


# --- Watching ------------------------------------------------------------------------------------------------


def test_whoever_is_alive_raises_the_alert_and_sends_it(
    late: Digest, now: datetime, press: Press, settings: Settings
) -> None:
    """No worker, no beat, no Redis: a web server would do it like this."""
    with FeedServer({"/hook": Answer(status=204)}) as pager:
        settings.FETCH_ALLOW = frozenset({pager.place})
        press.publisher.alert_webhook_url = pager.url("/hook")
        press.publisher.alert_webhook_secret = new_webhook_secret()
        press.publisher.save()
        with no_broker():
            assert watching.is_due()
            watching.watch()
            assert len(standing()) == 1
            assert mail.outbox == []  # for a minute it is the workers' affair
            past = now - timedelta(minutes=2)
            Letter.objects.update(due_at=past)
            WebhookMessage.objects.update(due_at=past)
            watching.watch()
            watching.watch()
    assert [message.to for message in mail.outbox] == [["desk@example.org"]]
    assert "nobody has begun to send it" in " ".join(mail.outbox[0].body.split())
    (request,) = pager.requests
    assert json.loads(request.body)["type"] == "digest.late"


def test_letters_to_readers_are_not_the_watchs_affair(late: Digest, now: datetime) -> None:
    Letter.objects.create(
        kind="confirmation",
        address="reader@example.org",
        context={},
        created_at=now,
        due_at=now - timedelta(hours=1),
        expires_at=now + timedelta(hours=1),
    )
    watching.watch()
    assert mail.outbox == []


def test_one_process_watches_at_a_time(late: Digest) -> None:
    assert [watching.is_due() for _each in range(3)] == [True, False, False]
    Heartbeat.objects.update(at=database_now() - timedelta(seconds=21))
    assert watching.is_due()
