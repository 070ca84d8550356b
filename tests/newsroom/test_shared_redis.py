"""One Redis for several programs: with a user who may use nothing but our keys, and two installations on one number."""

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection

from newsroom import redis_url
from newsroom.processes import worker
from subscriptions import heartbeats, installation, redis_server
from subscriptions.models import Heartbeat
from tests.faults.crew import wait_until
from tests.newsroom.test_starting import start
from tests.own_redis import OwnRedis

# As docs/installation.md tells.
RULES = ("~newsroom:*", "+@all", "-@dangerous", "+info")
SECONDS = 60
# Those of the tests ring into memory.
REAL = {"DJANGO_SETTINGS_MODULE": "newsroom.settings"}


def ring(url: str, prefix: str, task: str) -> None:
    with Celery(broker=redis_url.parse(url).broker_url, set_as_current=False) as bells:
        bells.conf.broker_transport_options = {"global_keyprefix": prefix}
        bells.send_task(task, queue="mail")


@pytest.mark.service
def test_each_installation_hears_its_own_bells_alone(
    transactional_db: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    name = connection.settings_dict["NAME"]
    ours = installation.redis_prefix(settings.INSTALLATION, name)
    theirs = installation.redis_prefix(installation.mark("the key of another installation"), name)
    with OwnRedis(tmp_path_factory.mktemp("redis")) as server:
        url = server.let_in("news", "secret", *RULES)
        ring(url, theirs, "subscriptions.tasks.sweep_letters")
        process = start(worker("w", "mail", 1), REDIS_URL=url, **REAL)
        served = Heartbeat.objects.filter(name=f"{heartbeats.QUEUE}mail")
        try:
            wait_until(served.exists, SECONDS)
            Heartbeat.objects.filter(name=heartbeats.LETTERS).delete()
            ring(url, ours, "subscriptions.tasks.sweep_letters")
            rung = Heartbeat.objects.filter(name=heartbeats.LETTERS, is_alone=False)
            wait_until(rung.exists, SECONDS)
            assert server.client.llen(f"{ours}mail") == 0
            assert server.client.llen(f"{theirs}mail") == 1
            keys = [key.decode() for key in server.client.scan_iter()]
        finally:
            process.terminate()
            said = process.communicate(timeout=60)[0]
    assert all(key.startswith("newsroom:") for key in keys)
    assert "no permissions" not in said
    assert "NOPERM" not in said


def test_every_key_of_ours_begins_alike() -> None:
    ours = f"newsroom:{settings.INSTALLATION}:"
    celery = str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"])
    assert redis_server.key().startswith(ours)
    assert celery.startswith(ours)
    assert str(settings.CACHES["default"]["KEY_PREFIX"]).startswith(ours)


def test_the_mark_of_an_installation_tells_no_key_and_never_changes() -> None:
    assert installation.mark("one") == installation.mark("one") != installation.mark("two")
    assert len(installation.mark("one")) == 10
