"""The demo empties its database, so it must never be somebody else's."""

import os

import pytest
from pytest_django import Settings

from newsroom.env import forget_servers
from subscriptions.models import Newsletter
from tests.builders import Press
from tools.demo.database import start_afresh
from tools.demo.telling import DemoFailed


@pytest.mark.django_db(transaction=True)
def test_a_database_that_a_url_names_is_left_alone(press: Press, settings: Settings) -> None:
    press.newsletter()
    settings.NEEDS_LOCAL_SERVERS = False
    with pytest.raises(DemoFailed, match="unset DATABASE_URL"):
        start_afresh()
    assert Newsletter.objects.count() == 1


def test_servers_that_the_terminal_names_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE"):
        monkeypatch.setenv(name, "somebody's")
    forget_servers()
    assert not {name for name in os.environ if name.startswith(("DATABASE_URL", "REDIS_URL"))}
