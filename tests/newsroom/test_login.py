"""Passwords cannot be guessed for ever, and guessing takes nothing from readers."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from redis import Redis

from digests.models import WebhookMessage
from newsroom.staff_sessions import IDLE_SECONDS, SEEN
from subscriptions import redis_server
from subscriptions.clock import database_now
from subscriptions.models import Heartbeat, Letter, Publisher

pytestmark = pytest.mark.django_db
RIGHT = "a quay with eleven lamps"


@pytest.fixture(autouse=True)
def _no_attempts() -> None:
    with Redis.from_url(settings.REDIS_URL) as redis:
        for key in redis.scan_iter(f"*{redis_server.key('log-ins')}*"):
            redis.delete(key)


@pytest.fixture
def editor() -> User:
    return User.objects.create_superuser("editor", password=RIGHT)


def attempt(name: str, password: str, ip: str = "198.51.100.7") -> tuple[bool, str]:
    """Whether it let us in, and the page."""
    answer = Client(REMOTE_ADDR=ip).post("/admin/login/", {"username": name, "password": password})
    return answer.status_code == 302, answer.content.decode()


@pytest.mark.parametrize("name", ["editor", "Editor ", "nobody-of-ours"])
def test_after_five_wrong_ones_nobody_may_try_whoever_it_is(editor: User, name: str) -> None:
    for place in range(5):
        is_in, page = attempt(name, f"wrong {place}", f"198.51.{place}.7")
        assert not is_in
        assert "Too many attempts" not in page
    for place in range(6):
        is_in, page = attempt(name, RIGHT, f"203.0.{place}.9")
        assert not is_in
        assert "Please try again in 5 minutes" in page


def test_a_right_one_forgets_the_wrong_ones_and_a_command_lets_a_colleague_in(
    editor: User,
) -> None:
    for _each in range(3):
        for place in range(4):
            attempt("editor", f"wrong {place}")
        assert attempt("editor", RIGHT)[0]
    for place in range(6):
        attempt("editor", f"wrong {place}")
    assert not attempt("editor", RIGHT)[0]
    call_command("free_login", "editor")
    assert attempt("editor", RIGHT)[0]


@pytest.mark.parametrize(
    ("ips", "other"),
    [
        ([f"198.51.100.{place}" for place in range(60)], "203.0.113.9"),
        ([f"2001:db8:1:2::{place:x}" for place in range(60)], "2001:db8:1:3::1"),
    ],
)
def test_a_network_may_not_go_through_all_names(editor: User, ips: list[str], other: str) -> None:
    told = [attempt(f"name-{ip}", "wrong", ip)[1] for ip in ips]
    assert sum("Too many attempts" in page for page in told) == 10
    assert not attempt("editor", RIGHT, ips[0])[0]
    assert attempt("editor", RIGHT, other)[0]


@pytest.mark.parametrize("name", ["editor", "nobody-of-ours"])
def test_staff_are_told_once_in_some_hours(editor: User, name: str) -> None:
    publisher = Publisher.objects.current()
    publisher.alert_address, publisher.alert_webhook_url = "desk@example.org", "https://h.example/"
    publisher.save()
    for place in range(5):
        attempt(name, "a secret in the wrong field", f"198.51.{place}.7")
    assert not told()
    for place in range(3):
        attempt(name, "a secret in the wrong field", f"203.0.{place}.9")
    attempt("another", "wrong", "192.0.2.1")
    (letter,) = told()
    assert letter.address == "desk@example.org"
    (message,) = WebhookMessage.objects.all()
    whose = "the account editor." if name == "editor" else "an account that does not exist."
    for text in (str(letter.context), str(message.body)):
        assert whose in text
        assert "secret" not in text
        assert "nobody-of-ours" not in text
    Heartbeat.objects.update(at=database_now() - timedelta(hours=6, seconds=1))
    attempt(name, "wrong", "203.0.113.9")
    assert len(told()) == 2


def test_staff_are_told_of_a_network(editor: User) -> None:
    Publisher.objects.update_or_create(pk=1, defaults={"alert_address": "desk@example.org"})
    for place in range(52):
        attempt(f"name-{place}", "wrong", "198.51.100.7")
    (letter,) = told()
    assert "198.51.100.0/24" in str(letter.context)


def told() -> list[Letter]:
    return list(Letter.objects.filter(kind="service_alert"))


def test_a_password_has_twelve_characters() -> None:
    with pytest.raises(ValidationError, match="12 characters"):
        validate_password("kx7vq9wmzt4")
    validate_password("kx7vq9wmzt4b")


def test_who_is_idle_for_hours_logs_in_again(editor: User) -> None:
    client = Client()
    client.force_login(editor)
    assert client.get("/admin/").status_code == 200
    session = client.session
    session[SEEN] -= IDLE_SECONDS - 60
    session.save()
    assert client.get("/admin/").status_code == 200  # and is seen again
    assert client.session[SEEN] > time.time() - 60
    session = client.session
    session[SEEN] -= IDLE_SECONDS + 1
    session.save()
    assert client.get("/admin/").status_code == 302
    assert client.cookies["sessionid"].value == ""
