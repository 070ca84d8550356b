"""The page behind the confirmation letter."""

from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from subscriptions.choices import NewsletterState, SubscriptionState
from subscriptions.clock import database_now
from subscriptions.leaving import leave
from subscriptions.links import Scope, sign
from subscriptions.models import Consent, Newsletter, SignUp, Subscription
from subscriptions.sign_up import opt_in
from tests.builders import Press
from tests.subscriptions.conftest import EVIDENCE, ask

ADDRESS = "reader@example.org"


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def now(db: None) -> datetime:
    return database_now()


@pytest.fixture
def morning(press: Press) -> Newsletter:
    return press.newsletter("Morning Briefing")


def page_of(sign_up: SignUp) -> str:
    return f"/confirm/{sign(Scope.CONFIRM, sign_up.public_id)}/"


def words(response: Any) -> str:
    return unescape(response.content.decode())


def test_looking_changes_nothing_however_often(
    client: Client, morning: Newsletter, now: datetime
) -> None:
    sign_up = ask(ADDRESS, morning, now=now)
    for _again in range(10):
        assert client.get(page_of(sign_up)).status_code == 200
        assert client.head(page_of(sign_up)).status_code == 200
        client.options(page_of(sign_up))
    assert Subscription.objects.get().state == SubscriptionState.PENDING
    assert SignUp.objects.get().confirmed_at is None
    assert Consent.objects.count() == 1


def test_the_page_names_the_newsletter_and_hides_the_address(
    client: Client, morning: Newsletter, now: datetime
) -> None:
    response = client.get(page_of(ask(ADDRESS, morning, now=now)))
    page = words(response)
    assert "Morning Briefing" in page
    assert "r•••@e•••.org" in page
    assert ADDRESS not in page
    assert page.count("<button") == 1


def test_the_link_is_kept_from_everybody_else(
    client: Client, morning: Newsletter, now: datetime
) -> None:
    for response in [
        client.get(page_of(ask(ADDRESS, morning, now=now))),
        client.get("/confirm/forged/"),
        client.options("/confirm/forged/"),
    ]:
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert not response.cookies


def test_the_button_makes_a_reader(client: Client, morning: Newsletter, now: datetime) -> None:
    sign_up = ask(ADDRESS, morning, now=now)
    response = client.post(page_of(sign_up), REMOTE_ADDR="203.0.113.9")
    assert response.status_code == 200
    assert "Thank you" in words(response)
    assert Subscription.objects.get().state == SubscriptionState.ACTIVE
    assert Consent.objects.filter(action="confirmed", ip="203.0.113.9").exists()


def test_pressing_it_twice_is_as_good_as_once(
    client: Client, morning: Newsletter, now: datetime
) -> None:
    sign_up = ask(ADDRESS, morning, now=now)
    client.post(page_of(sign_up))
    for response in [client.post(page_of(sign_up)), client.get(page_of(sign_up))]:
        assert response.status_code == 200
        assert "Nothing more to do" in words(response)
        assert "<button" not in words(response)
    assert Consent.objects.filter(action="confirmed").count() == 1


def test_an_expired_link_offers_the_same_newsletters_again(
    client: Client, morning: Newsletter, now: datetime
) -> None:
    sign_up = ask(ADDRESS, morning, now=now - timedelta(hours=73))
    for response in [client.get(page_of(sign_up)), client.post(page_of(sign_up))]:
        assert response.status_code == 410
        assert "This link has expired" in words(response)
        assert 'href="/?newsletter=morning-briefing"' in words(response)
    assert Subscription.objects.get().state == SubscriptionState.PENDING


def test_a_replaced_link_points_to_the_newer_letter(
    client: Client, morning: Newsletter, now: datetime
) -> None:
    old = ask(ADDRESS, morning, now=now - timedelta(hours=1))
    ask(ADDRESS, morning, now=now)
    for response in [client.get(page_of(old)), client.post(page_of(old))]:
        assert response.status_code == 410
        assert "We have sent you a newer email" in words(response)
    assert Subscription.objects.get().state == SubscriptionState.PENDING


def test_a_closed_newsletter_is_said_to_be_so(
    client: Client, morning: Newsletter, now: datetime
) -> None:
    sign_up = ask(ADDRESS, morning, now=now)
    Newsletter.objects.update(state=NewsletterState.CLOSED)
    for response in [client.get(page_of(sign_up)), client.post(page_of(sign_up))]:
        assert response.status_code == 410
        assert "This newsletter has ended" in words(response)


def test_a_closed_newsletter_does_not_keep_from_the_others(
    client: Client, press: Press, morning: Newsletter, now: datetime
) -> None:
    good = press.newsletter("Good News")
    sign_up = ask(ADDRESS, morning, good, now=now)
    Newsletter.objects.filter(pk=good.pk).update(state=NewsletterState.CLOSED)
    assert "“Good News” is no longer published." in words(client.get(page_of(sign_up)))
    assert client.post(page_of(sign_up)).status_code == 200
    assert Subscription.objects.active().get().newsletter == morning


def test_who_left_since_is_told_and_may_ask_again(
    client: Client, morning: Newsletter, now: datetime
) -> None:
    sign_up = ask(ADDRESS, morning, now=now)
    opt_in.confirm(sign_up, EVIDENCE, now=now)
    leave(Subscription.objects.get(), EVIDENCE, now=now)
    response = client.post(page_of(sign_up))
    assert "This link has already been used" in words(response)
    assert Subscription.objects.get().state == SubscriptionState.LEFT


@pytest.mark.parametrize("token", ["forged", "%00", "é", "a" * 5000, "..", "<script>"])
@pytest.mark.parametrize("page", ["confirm", "unsubscribe"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_forged_link_is_answered_kindly(
    client: Client, press: Press, page: str, token: str, method: str
) -> None:
    response = getattr(client, method)(f"/{page}/{token}/")
    assert response.status_code == 404
    assert "<script>" not in words(response)
    if token != "..":  # which never was a token: the path ends before it
        assert "This link does not work" in words(response)


def test_a_link_of_another_page_does_not_confirm(
    client: Client, morning: Newsletter, now: datetime
) -> None:
    sign_up = ask(ADDRESS, morning, now=now)
    token = sign(Scope.LEAVE, sign_up.public_id, morning.public_id)
    assert client.post(f"/confirm/{token}/").status_code == 404
    assert Subscription.objects.get().state == SubscriptionState.PENDING
