"""RFC 8058 as mail programs speak it: real requests by curl to a live server, in both kinds of body."""

import shutil
import subprocess

import pytest
from pytest_django.live_server_helper import LiveServer

from subscriptions.choices import SubscriptionState
from subscriptions.links import Scope, sign
from subscriptions.models import Consent, Subscription
from tests.builders import Press

CURL = shutil.which("curl")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CURL is None, reason="curl is missing"),
]
BODIES = {
    "urlencoded": ["--data", "List-Unsubscribe=One-Click"],
    "multipart": ["--form", "List-Unsubscribe=One-Click"],
}


@pytest.fixture
def tie(transactional_db: None) -> Subscription:
    press = Press()
    return press.subscribe(press.reader(), press.newsletter())


def asked(live_server: LiveServer, tie: Subscription, *options: str) -> tuple[str, str]:
    """Status line and headers, and the body. Redirects are not followed, as RFC 8058 wants it."""
    token = sign(Scope.LEAVE, tie.subscriber.public_id, tie.newsletter.public_id)
    done = subprocess.run(
        [str(CURL), "-sS", "-D", "-", *options, f"{live_server.url}/unsubscribe/{token}/"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    head, _blank, body = done.stdout.partition("\n\n")
    return head, body


def state(tie: Subscription) -> str:
    return str(Subscription.objects.get(pk=tie.pk).state)


@pytest.mark.parametrize("kind", BODIES)
def test_one_click_is_answered_by_200_without_cookie_or_redirect(
    live_server: LiveServer, tie: Subscription, kind: str
) -> None:
    for _again in range(2):
        head, _body = asked(live_server, tie, *BODIES[kind])
        assert head.split()[1] == "200"
        assert "set-cookie" not in head.lower()
        assert "location:" not in head.lower()
        assert state(tie) == SubscriptionState.LEFT
    assert Consent.objects.get().form == "one-click header"


def test_whatever_a_scanner_asks_changes_nothing(
    live_server: LiveServer, tie: Subscription
) -> None:
    for options in (["-G", *BODIES["urlencoded"]], ["-I"], ["-X", "OPTIONS"], ["-X", "PUT"]):
        asked(live_server, tie, *options)
    assert state(tie) == SubscriptionState.ACTIVE
    assert not Consent.objects.exists()
