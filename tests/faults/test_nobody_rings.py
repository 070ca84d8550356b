"""F4, F10, F11: nobody rings, or nobody answers. Redis or beat die before a digest has begun; clocks differ."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digests.choices import ApprovalRule, DigestState
from digests.models import Digest
from newsroom.processes import Program, beat
from subscriptions import heartbeats
from subscriptions.choices import LetterState
from subscriptions.clock import database_now
from subscriptions.mailing import letters
from subscriptions.models import Heartbeat, Letter, Newsletter
from subscriptions.welcoming import WELCOME
from tests.builders import Press
from tests.faults.accounts import account, assert_sound, is_through
from tests.faults.crew import Crew, wait_until
from tests.own_redis import OwnRedis

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

READERS = 120
SECONDS = 60
# As somebody types it: no queues, no name.
PLAIN_WORKER = Program(
    "worker", ("-m", "celery", "-A", "newsroom", "worker", "-P", "threads", "-c", "4", "-l", "INFO")
)


@pytest.fixture
def redis(crew: Crew, tmp_path: Path) -> Iterator[OwnRedis]:
    folder = tmp_path / "redis"
    folder.mkdir()
    with OwnRedis(folder) as server:
        crew.use_redis(server.url)
        yield server


def last(row: str) -> Heartbeat | None:
    return Heartbeat.objects.filter(name=row).first()


def nobody_has(*rows: str) -> None:
    """For half a minute, which the test need not wait for."""
    Heartbeat.objects.filter(name__in=rows).update(at=database_now() - timedelta(seconds=31))


def due_soon(press: Press, newsletter: Newsletter) -> None:
    """A schedule whose digest is made, approved by its rule and due within the minute that has begun."""
    now = database_now()
    press.article(published_at=now - timedelta(hours=1))
    press.schedule(
        newsletter,
        local_time=now.replace(second=0, microsecond=0).time(),
        zone="UTC",
        planned_until=now - timedelta(minutes=30),
        approval_rule=ApprovalRule.SEND_ASSEMBLED,
        lead_minutes=60,
        deadline_minutes=15,
    )


def test_a_digest_is_frozen_and_sent_although_redis_died_before(
    crew: Crew, redis: OwnRedis
) -> None:
    """By a worker for deliveries alone."""
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    crew.start()
    wait_until(lambda: last("queue delivery"))
    heartbeats.note("tick", "letters", "errands")  # a beat and a worker for it were there
    redis.kill()
    digest = press.approved(newsletter, due_at=database_now() + timedelta(seconds=2))
    nobody_has("tick")

    wait_until(lambda: is_through(digest), SECONDS)

    crew.stop()
    assert_sound(account(crew, digest), readers, most_doubts=0)


def test_a_digest_is_planned_and_sent_although_beat_died_before(
    crew: Crew, redis: OwnRedis
) -> None:
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    bell = crew.run(beat())
    crew.start(queues="mail,default")
    crew.start(queues="delivery")
    wait_until(lambda: (row := last("tick")) and not row.is_alone, SECONDS)
    bell.kill()
    bell.wait()
    due_soon(press, newsletter)
    nobody_has("tick")

    wait_until(lambda: Digest.objects.filter(state=DigestState.SENT).exists(), SECONDS)

    digest = Digest.objects.get()
    crew.stop()
    assert_sound(account(crew, digest), readers, most_doubts=0)
    row = last("tick")
    assert row is not None
    assert row.is_alone


def test_one_worker_as_it_is_typed_does_it_all_without_beat_and_redis(
    crew: Crew, redis: OwnRedis
) -> None:
    """All four queues, and a letter as well."""
    press = Press()
    newsletter = press.newsletter(welcome_text="Good morning.")
    readers = press.readers(newsletter, READERS)
    redis.kill()
    due_soon(press, newsletter)
    letters.write(
        WELCOME,
        readers[0].address,
        {"newsletter": newsletter.pk},
        subscriber=readers[0],
        now=database_now(),
    )
    crew.environment["MAIL_TRANSACTIONAL_URL"] = "console://"  # the sink knows digests alone
    crew.run(PLAIN_WORKER)

    wait_until(lambda: Digest.objects.filter(state=DigestState.SENT).exists(), SECONDS)
    wait_until(lambda: Letter.objects.get().state == LetterState.ACCEPTED, SECONDS)

    served = Heartbeat.objects.filter(name__startswith="queue ").values_list("name", flat=True)
    assert set(served) == {"queue mail", "queue default", "queue delivery", "queue errands"}
    assert crew.stop() == [0]
    assert "This worker serves default, delivery, errands, mail." in crew.said()


@pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed.")
def test_beat_on_a_host_whose_clock_is_behind_is_heard(crew: Crew, redis: OwnRedis) -> None:
    faketime = shutil.which("faketime")
    assert faketime is not None
    crew.run(beat(), faketime, "-f", "-1h")
    crew.start(queues="mail,default")
    wait_until(lambda: (row := last("tick")) and not row.is_alone, SECONDS)
    wait_until(lambda: (row := last("letters")) and not row.is_alone, SECONDS)
