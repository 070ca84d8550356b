"""What the demo lays out before its morning begins: doors wide enough, a newsroom with its roles."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from pytest_django import Settings

from newsroom import sign_ups
from newsroom.env import Environment
from newsroom.roles import ROLES
from subscriptions.clock import database_now
from tools.demo.__main__ import MOST_READERS, let_everybody_in
from tools.demo.newsdesk import furnish


@pytest.mark.parametrize("readers", [1, 25, 500, 2000, MOST_READERS])
def test_no_limit_stands_before_the_last_reader(
    readers: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in sign_ups.DEFAULT_LIMITS:
        monkeypatch.setenv(f"SIGN_UP_LIMIT_{name.upper()}", "")  # undone at the end
    let_everybody_in(readers)
    limits = sign_ups.limits(Environment(tmp_path))
    for name in ("network", "form", "all"):
        assert limits[name].item.amount >= readers
        assert limits[name].proof_above >= readers
    assert limits["address"].item.amount >= 1


@pytest.mark.django_db
def test_the_newsroom_has_its_roles_with_their_permissions(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    furnish(
        feed_url="http://127.0.0.1:1/feed.xml",
        paper_url="http://127.0.0.1:1",
        is_own_feed=True,
        now=database_now(),
    )
    assert {group.name: group.permissions.count() for group in Group.objects.all()} == {
        name: len(set(permissions)) for name, permissions in ROLES.items()
    }
