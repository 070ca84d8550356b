"""Where `manage.py up` says that its site is."""

import pytest
from pytest_django import Settings

from newsroom.management.commands.up import site_at


@pytest.mark.parametrize(
    ("host", "port", "site"),
    [
        ("127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("127.0.0.1", 8870, "http://127.0.0.1:8870"),
        ("0.0.0.0", 8870, "http://127.0.0.1:8870"),  # an argument, nothing listens
    ],
)
def test_the_site_is_where_the_server_is(
    monkeypatch: pytest.MonkeyPatch, host: str, port: int, site: str
) -> None:
    monkeypatch.delenv("SITE_URL", raising=False)
    monkeypatch.delenv("SITE_URL_FILE", raising=False)
    assert site_at(host, port) == site


def test_a_named_site_keeps_its_name(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.SITE_URL = "https://news.example.org"
    monkeypatch.setenv("SITE_URL", "https://news.example.org/")
    assert site_at("127.0.0.1", 8870) == "https://news.example.org"
