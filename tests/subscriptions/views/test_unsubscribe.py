"""Leaving by the link at the foot of a mail, and by a mail program's own button (RFC 8058)."""

from html import unescape
from typing import Any

import pytest
from django.test import Client

from subscriptions.choices import NewsletterState, SubscriptionState
from subscriptions.links import Scope, sign
from subscriptions.models import Consent, Newsletter, Subscriber, Subscription
from tests.builders import Press

URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "one-click-boundary"
MULTIPART = (
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    f"One-Click\r\n--{BOUNDARY}--\r\n"
)
BODIES = {
    "urlencoded": ("List-Unsubscribe=One-Click", URLENCODED),
    "urlencoded with charset": ("List-Unsubscribe=One-Click", f"{URLENCODED}; charset=UTF-8"),
    "multipart": (MULTIPART, f"multipart/form-data; boundary={BOUNDARY}"),
}


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def tie(press: Press) -> Subscription:
    return press.subscribe(press.reader(address="reader@example.org"), press.newsletter())


def page_of(tie: Subscription) -> str:
    token = sign(Scope.LEAVE, tie.subscriber.public_id, tie.newsletter.public_id)
    return f"/unsubscribe/{token}/"


def words(response: Any) -> str:
    return unescape(response.content.decode())


def state(tie: Subscription) -> str:
    return str(Subscription.objects.get(pk=tie.pk).state)


def test_looking_changes_nothing_however_often(client: Client, tie: Subscription) -> None:
    for _again in range(10):
        assert client.get(page_of(tie)).status_code == 200
        assert client.head(page_of(tie)).status_code == 200
        assert client.options(page_of(tie)).status_code == 405
        assert client.get(page_of(tie) + "?List-Unsubscribe=One-Click").status_code == 200
    assert state(tie) == SubscriptionState.ACTIVE


def test_the_page_names_the_newsletter_and_hides_the_address(
    client: Client, tie: Subscription
) -> None:
    response = client.get(page_of(tie))
    assert "Leave “Morning Briefing”?" in words(response)
    assert "r•••@e•••.org" in words(response)
    assert "reader@example.org" not in words(response)
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_the_button_ends_it_and_shows_a_way_back(client: Client, tie: Subscription) -> None:
    response = client.post(page_of(tie))
    assert response.status_code == 200
    assert "You have left “Morning Briefing”" in words(response)
    assert 'href="/?newsletter=morning-briefing"' in words(response)
    assert state(tie) == SubscriptionState.LEFT
    assert Consent.objects.get().form == "unsubscribe page"


def test_who_has_left_is_told_so(client: Client, tie: Subscription) -> None:
    client.post(page_of(tie))
    for response in [client.get(page_of(tie)), client.post(page_of(tie))]:
        assert response.status_code == 200
        assert "there is nothing left to do" in words(response)
        assert "<button" not in words(response)
    assert Consent.objects.count() == 1


@pytest.mark.parametrize("kind", BODIES)
def test_one_click_leaves_without_cookie_login_or_redirect(
    client: Client, tie: Subscription, kind: str
) -> None:
    body, content_type = BODIES[kind]
    for _again in range(2):
        response = client.post(page_of(tie), data=body, content_type=content_type)
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/plain")
        assert not response.cookies
        assert state(tie) == SubscriptionState.LEFT
    proof = Consent.objects.get()
    assert (proof.action, proof.form) == ("left", "one-click header")


def test_one_click_needs_a_signed_link(client: Client, tie: Subscription) -> None:
    body, content_type = BODIES["urlencoded"]
    forged = page_of(tie)[:-2] + "/"
    assert client.post(forged, data=body, content_type=content_type).status_code == 404
    assert state(tie) == SubscriptionState.ACTIVE


def test_leaving_works_from_a_newsletter_that_has_closed(client: Client, tie: Subscription) -> None:
    Newsletter.objects.update(state=NewsletterState.CLOSED)
    response = client.post(page_of(tie))
    assert state(tie) == SubscriptionState.LEFT
    assert "Sign up again" not in words(response)


@pytest.mark.parametrize("kind", BODIES)
def test_an_erased_reader_has_nothing_to_leave(
    client: Client, tie: Subscription, kind: str
) -> None:
    url = page_of(tie)
    Subscriber.objects.all().delete()
    body, content_type = BODIES[kind]
    assert client.post(url, data=body, content_type=content_type).status_code == 200
    for response in [client.get(url), client.post(url)]:
        assert response.status_code == 200
        assert "There is nothing to leave" in words(response)


def test_a_body_that_cannot_be_read_changes_nothing(client: Client, tie: Subscription) -> None:
    response = client.post(page_of(tie), data="x", content_type="multipart/form-data")
    assert response.status_code == 400
    assert state(tie) == SubscriptionState.ACTIVE
