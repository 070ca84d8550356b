"""A mistyped route would send its task to the default queue without a word."""

import inspect
from pathlib import Path

import pytest

from digests import tasks, ticking
from newsroom import queues
from newsroom.celery import app
from tests.newsroom.unheard import broker_at
from tests.own_redis import OwnRedis

ERRANDS = [name for name, route in queues.ROUTES.items() if route["queue"] == queues.ERRANDS]


@pytest.fixture(autouse=True)
def _loaded() -> None:
    app.loader.import_default_modules()


@pytest.mark.parametrize("name", [name for name in queues.ROUTES if not name.endswith("*")])
def test_every_route_names_a_task(name: str) -> None:
    assert name in app.tasks


@pytest.mark.parametrize("name", ERRANDS)
def test_a_server_that_hangs_keeps_no_digest_waiting(name: str) -> None:
    assert app.amqp.router.route({}, name)["queue"].name == "errands"


def test_whatever_may_reach_out_is_an_errand() -> None:
    """FETCH_ALLOW goes to all that asks servers of others, and so shows which tasks do."""
    reaching = {
        task.name
        for task in vars(tasks).values()
        if hasattr(task, "run") and "FETCH_ALLOW" in inspect.getsource(inspect.unwrap(task.run))
    }
    assert reaching
    assert reaching <= set(ERRANDS)


def test_what_has_its_hour_is_not() -> None:
    for name in ("digests.ticking.tick", "digests.tasks.freeze_digest"):
        assert app.amqp.router.route({}, name)["queue"].name == "default"
    assert app.amqp.router.route({}, "subscriptions.tasks.send_letter")["queue"].name == "mail"


def test_a_bell_lies_in_its_own_queue_alone(tmp_path: Path) -> None:
    with OwnRedis(tmp_path) as server, broker_at(server.url):
        ticking.tick.delay()
        tasks.drain.delay()
        prefix = app.conf.broker_transport_options["global_keyprefix"]
        lengths = {name: server.client.llen(prefix + name) for name in queues.ALL}
    assert lengths == {"mail": 0, "default": 1, "delivery": 1, "errands": 0}


def test_a_worker_without_a_choice_serves_every_queue() -> None:
    assert set(app.amqp.queues.consume_from) == set(queues.ALL)
