"""The page for who never asked."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from subscriptions.clock import database_now
from subscriptions.links import Scope, sign
from subscriptions.models import SignUp, SignUpBlock
from tests.builders import Press
from tests.subscriptions.conftest import ask, not_me_url


@pytest.fixture
def path(press: Press) -> str:
    asked = ask("reader@example.org", press.newsletter(), now=database_now())
    return "/" + not_me_url(asked.subscriber).split("/", 3)[3]


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def words(response: Any) -> str:
    return unescape(response.content.decode())


def test_looking_changes_nothing_and_shows_no_address(client: Client, path: str) -> None:
    for _again in range(10):
        response = client.get(path)
        client.head(path)
    assert response.status_code == 200
    assert "r•••@e•••.org" in words(response)
    assert "reader@example.org" not in words(response)
    assert response["Referrer-Policy"] == "no-referrer"
    assert not SignUpBlock.objects.exists()


def test_one_button_ends_it_and_another_takes_that_back(client: Client, path: str) -> None:
    assert "no more of these emails" in words(client.post(path))
    assert SignUp.objects.get().expires_at <= database_now()
    assert "Undo" in words(client.get(path))
    assert "Not you?" in words(client.post(path, {"undo": "1"}))
    assert not SignUpBlock.objects.exists()


def test_another_link_does_not_block(client: Client, path: str) -> None:
    token = sign(Scope.CONFIRM, SignUp.objects.get().public_id)
    assert client.post(f"/not-me/{token}/").status_code == 404
    assert not SignUpBlock.objects.exists()
