"""The page about mail services says what the records say, and other places name the same services."""

from pathlib import Path

import pytest

from digests.tracking.esps import ESPS
from newsroom.service_docs import PAGE, written
from subscriptions.mailing.services import all_services

ROOT = Path(__file__).parents[2]
SERVICES = all_services()


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "python -m newsroom.service_docs"


@pytest.mark.parametrize("service", list(SERVICES.values()), ids=list(SERVICES))
def test_every_service_is_named_where_an_operator_looks(service: object) -> None:
    title, name = service.title, service.name  # type: ignore[attr-defined]
    assert title in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{name}://" in (ROOT / ".env.example").read_text(encoding="utf-8")


def test_every_service_posts_events_or_says_that_it_does_not() -> None:
    silent = {name for name, service in SERVICES.items() if service.webhooks is None}
    assert silent == {"scaleway"}
    assert set(ESPS) == set(SERVICES) - silent
    assert "It posts no events" in written()
