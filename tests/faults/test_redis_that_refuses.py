"""F4: a Redis that answers with an error is one that is away: workers live, send on, and hear bells afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from digests import ledger
from digests.choices import Outcome
from newsroom.processes import Program, beat
from subscriptions import redis_server
from subscriptions.models import Heartbeat
from tests.builders import Press
from tests.faults import counting
from tests.faults.accounts import is_through
from tests.faults.crew import Crew, wait_until
from tests.own_redis import OwnRedis

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

READERS = 120
SECONDS = 60
SERVED = ["queue mail", "queue default", "queue delivery"]
PREFORK = Program(
    "w", ("-m", "celery", "-A", "newsroom.celery", "worker", "-Q", "mail,default", "-c", "2")
)


@pytest.fixture
def redis(crew: Crew, tmp_path: Path) -> Iterator[OwnRedis]:
    folder = tmp_path / "redis"
    folder.mkdir()
    with OwnRedis(folder) as server:
        crew.use_redis(server.url)
        yield server


def rubbish(server: OwnRedis) -> None:
    """No message, no JSON, a message without its parts, and a key of another kind."""
    server.client.rpush(
        redis_server.key("delivery"), "no message", b"\xff\xfe", "{}", '{"body": 1}', "[]", "null"
    )
    server.client.set(redis_server.key("default"), "not a list")


def mended(server: OwnRedis) -> None:
    client = server.client
    client.config_set("maxmemory", "0")
    client.replicaof("NO", "ONE")
    if client.type(redis_server.key("default")) == b"string":
        client.delete(redis_server.key("default"))


def test_workers_live_send_on_and_hear_again(crew: Crew, redis: OwnRedis) -> None:
    """One with threads and one with child processes: they hear in different ways."""
    press = Press()
    newsletters = [press.newsletter(name) for name in ("Morning", "Noon", "Evening")]
    readers = [press.readers(newsletter, READERS) for newsletter in newsletters]
    redis.fill()  # before they start
    crew.start(queues="delivery")
    crew.run(PREFORK)
    wait_until(lambda: Heartbeat.objects.filter(name__in=SERVED).count() == len(SERVED), SECONDS)
    digests = []
    for newsletter, trouble in zip(
        newsletters, (OwnRedis.fill, OwnRedis.follow_nobody, rubbish), strict=True
    ):
        trouble(redis)
        digests.append(press.frozen(newsletter))
        wait_until(lambda: is_through(digests[-1]), SECONDS)
        assert len(crew.alive) == 2, "a worker has ended"
        mended(redis)

    crew.run(beat())
    Heartbeat.objects.all().delete()
    wait_until(lambda: Heartbeat.objects.filter(name="tick", is_alone=False).exists(), SECONDS)

    assert crew.stop()[:2] == [0, 0]
    for digest in digests:
        assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert counting.copies(crew.sink.log) == {
        reader.address: 1 for theirs in readers for reader in theirs
    }
