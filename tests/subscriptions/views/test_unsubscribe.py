"""Leaving by the link at the foot of a mail, and by a mail program's own button (RFC 8058)."""

from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from subscriptions.choices import NewsletterState, SubscriptionState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.leaving import UNDO_WITHIN
from subscriptions.links import Scope, sign
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Consent, LeavingAnswer, Newsletter, Subscriber, Subscription
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
    assert "Unsubscribe from “Morning Briefing”?" in words(response)
    assert "r•••@e•••.org" in words(response)
    assert "reader@example.org" not in words(response)
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_the_button_ends_it_and_shows_a_way_back(client: Client, tie: Subscription) -> None:
    response = client.post(page_of(tie))
    assert response.status_code == 200
    assert "You have unsubscribed from “Morning Briefing”" in words(response)
    assert "Undo" in words(response)
    assert state(tie) == SubscriptionState.LEFT
    assert Consent.objects.get().form == "unsubscribe page"


def test_who_has_left_is_told_so(client: Client, tie: Subscription) -> None:
    client.post(page_of(tie))
    for response in [client.get(page_of(tie)), client.post(page_of(tie))]:
        assert response.status_code == 200
        assert "There is nothing more you need to do" in words(response)
        assert "Unsubscribe" not in words(response)
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
        assert "You are not subscribed" in words(response)


def test_a_body_that_cannot_be_read_changes_nothing(client: Client, tie: Subscription) -> None:
    response = client.post(page_of(tie), data="x", content_type="multipart/form-data")
    assert response.status_code == 400
    assert state(tie) == SubscriptionState.ACTIVE


def test_a_slip_is_taken_back_from_the_page_and_from_the_link(
    client: Client, tie: Subscription
) -> None:
    for _way in ("just after", "later"):
        client.post(page_of(tie))
        response = client.post(page_of(tie), {"undo": "1"})
        assert "You still receive “Morning Briefing”" in words(response)
        assert state(tie) == SubscriptionState.ACTIVE
    actions = list(Consent.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["left", "returned", "left", "returned"]


@pytest.mark.parametrize("hindrance", ["long ago", "never confirmed", "suppressed", "closed"])
def test_what_cannot_be_taken_back_stays_left(
    client: Client, tie: Subscription, hindrance: str
) -> None:
    now = database_now()
    left = {"state": SubscriptionState.LEFT, "left_at": now}
    if hindrance == "long ago":
        left["left_at"] = now - UNDO_WITHIN
    elif hindrance == "never confirmed":
        left["confirmed_at"] = None
    elif hindrance == "suppressed":
        suppress(tie.subscriber.address, SuppressionReason.COMPLAINT, now=now)
    else:
        Newsletter.objects.update(state=NewsletterState.CLOSED)
    Subscription.objects.update(**left)
    response = client.post(page_of(tie), {"undo": "1"})
    assert response.status_code == 200
    assert "take it back" not in words(response)
    assert state(tie) == SubscriptionState.LEFT
    assert not Consent.objects.exists()


def test_who_left_may_say_why_once_and_better(client: Client, tie: Subscription) -> None:
    client.post(page_of(tie), {"why": "too_many"})
    assert not LeavingAnswer.objects.exists()
    client.post(page_of(tie))
    for reason in ("too_many", "no such reason", "elsewhere"):
        response = client.post(page_of(tie), {"why": reason})
    assert "Thank you" in words(response)
    answer = LeavingAnswer.objects.get()
    assert (answer.newsletter, answer.reason) == (tie.newsletter, "elsewhere")


def test_fewer_mails_are_offered_and_taken_without_a_second_letter(
    press: Press, client: Client, tie: Subscription
) -> None:
    weekly = press.newsletter("Good News")
    Newsletter.objects.filter(pk=tie.newsletter_id).update(lighter=weekly)
    assert "Switch to Good News" in words(client.get(page_of(tie)))
    response = client.post(page_of(tie), {"lighter": "morning-briefing"})
    assert "You now receive “Good News” instead" in words(response)
    states = dict(tie.subscriber.subscriptions.values_list("newsletter__slug", "state"))
    assert states == {"morning-briefing": "left", "good-news": "active"}
    client.post(page_of(tie), {"lighter": "morning-briefing"})  # again: nothing more
    assert Consent.objects.count() == 2


def test_the_link_of_one_who_left_long_ago_brings_no_lighter_mail(
    press: Press, client: Client, tie: Subscription
) -> None:
    Newsletter.objects.filter(pk=tie.newsletter_id).update(lighter=press.newsletter("Good News"))
    Subscription.objects.update(state=SubscriptionState.LEFT, left_at=database_now())
    client.post(page_of(tie), {"lighter": "morning-briefing"})
    assert tie.subscriber.subscriptions.count() == 1


def test_a_link_of_two_years_ago_works_after_the_key_was_rotated(
    client: Client, tie: Subscription, settings: Settings
) -> None:
    old, url = settings.LINK_KEYS[0], page_of(tie)
    settings.LINK_KEYS = ["k" * 40, old]
    body, content_type = BODIES["urlencoded"]
    assert client.post(url, data=body, content_type=content_type).status_code == 200
    assert state(tie) == SubscriptionState.LEFT
