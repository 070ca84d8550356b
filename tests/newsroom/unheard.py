"""A Redis that is not there, for code that runs in this process."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from django.test import override_settings
from kombu import pools

from newsroom.celery import app
from subscriptions import doorbell


@contextmanager
def broker_at(url: str) -> Iterator[None]:
    """Bells, and whatever else asks for Redis, go there meanwhile."""
    kept = app.conf.broker_url, app.conf.broker_write_url
    app.conf.update(broker_url=url, broker_write_url=url)
    _forget()
    try:
        with override_settings(REDIS_URL=url):
            yield
    finally:
        app.conf.update(broker_url=kept[0], broker_write_url=kept[1])
        _forget()


def _forget() -> None:
    """Connections that are kept, as after a fork."""
    pools.reset()
    app._after_fork()  # type: ignore[attr-defined]  # celery-types lacks it
    doorbell._away_until = 0.0


@contextmanager
def no_broker() -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with broker_at(f"redis://127.0.0.1:{port}/0"):
        yield
