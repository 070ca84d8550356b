"""The page behind the link in every mail: it shows little and can do no more than leave."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from subscriptions import leaving, links
from subscriptions.choices import ConsentAction, NewsletterState, SubscriptionState
from subscriptions.clock import database_now
from subscriptions.mailing.suppression import address_hash
from subscriptions.models import Consent, Letter, ManageLink, Newsletter, Subscriber
from subscriptions.sign_up import rate_limits
from subscriptions.sign_up.rate_limits import parse_limit
from tests.builders import Press


@pytest.fixture
def briefing(press: Press) -> Newsletter:
    return press.newsletter("Morning Briefing")


@pytest.fixture
def weekly(press: Press) -> Newsletter:
    return press.newsletter("Good News")


@pytest.fixture
def reader(press: Press, briefing: Newsletter, weekly: Newsletter) -> Subscriber:
    reader = press.reader(briefing, address="renata.solano@example.org")
    press.subscribe(reader, weekly)
    return reader


def address_of(reader: Subscriber, newsletter: Newsletter) -> str:
    token = links.sign(links.Scope.LEAVE, reader.public_id, newsletter.public_id)
    return reverse("preferences", args=[token])


def states(reader: Subscriber) -> dict[str, str]:
    return dict(reader.subscriptions.values_list("newsletter__name", "state"))


def test_it_shows_what_comes_but_not_to_whom(
    client: Client, reader: Subscriber, briefing: Newsletter
) -> None:
    page = client.get(address_of(reader, briefing)).content.decode()
    assert "Morning Briefing" in page
    assert "Good News" in page
    assert "renata" not in page
    assert "r•••@e•••.org" in page


def test_looking_changes_nothing(client: Client, reader: Subscriber, briefing: Newsletter) -> None:
    for _look in range(10):
        client.get(address_of(reader, briefing))
    assert set(states(reader).values()) == {SubscriptionState.ACTIVE}


def test_leaving_one_leaves_the_others(
    client: Client, reader: Subscriber, briefing: Newsletter, weekly: Newsletter
) -> None:
    answer = client.post(address_of(reader, briefing), {"leave": weekly.slug})
    assert "You have unsubscribed from “Good News”." in answer.content.decode()
    assert states(reader) == {
        "Morning Briefing": SubscriptionState.ACTIVE,
        "Good News": SubscriptionState.LEFT,
    }
    consent = Consent.objects.get(subscriber=reader, action=ConsentAction.LEFT)
    assert (consent.newsletter, consent.form) == (weekly, "preferences page")


def test_the_link_can_neither_join_nor_reach_another_reader(
    client: Client, press: Press, reader: Subscriber, briefing: Newsletter
) -> None:
    other = press.newsletter("Evening Post")
    stranger = press.reader(briefing)
    client.post(address_of(reader, briefing), {"leave": "no-such", "join": other.slug})
    assert "Evening Post" not in states(reader)
    assert states(stranger) == {"Morning Briefing": SubscriptionState.ACTIVE}


def test_a_forged_link_opens_nothing(
    client: Client, reader: Subscriber, briefing: Newsletter
) -> None:
    address = address_of(reader, briefing)
    forged = address[:-4] + ("AAA/" if not address.endswith("AAA/") else "BBB/")
    assert client.get(forged).status_code == 404


def test_an_erased_reader_is_told_kindly(
    client: Client, reader: Subscriber, briefing: Newsletter
) -> None:
    address = address_of(reader, briefing)
    reader.delete()
    answer = client.get(address)
    assert answer.status_code == 200
    assert "renata" not in answer.content.decode()


def test_leaving_all_is_a_choice_of_its_own(
    client: Client, reader: Subscriber, briefing: Newsletter
) -> None:
    answer = client.post(address_of(reader, briefing), {"leave_all": "1"})
    assert "You are not receiving any newsletters" in answer.content.decode()
    assert set(states(reader).values()) == {SubscriptionState.LEFT}


@pytest.mark.parametrize("how", ["leave", "leave_all"])
def test_leaving_is_taken_back_from_the_page_that_follows(
    client: Client, reader: Subscriber, briefing: Newsletter, weekly: Newsletter, how: str
) -> None:
    page = client.post(address_of(reader, briefing), {how: weekly.slug}).text
    offered = re.findall(r'name="undo" value="([^"]+)"', page)
    assert set(offered) == ({"good-news"} if how == "leave" else {"good-news", "morning-briefing"})
    assert "Sign up for Good News" not in page
    page = client.post(address_of(reader, briefing), {"undo": offered}).text
    assert "You still receive “Good News”." in page
    assert set(states(reader).values()) == {SubscriptionState.ACTIVE}
    consent = Consent.objects.get(newsletter=weekly, action=ConsentAction.RETURNED)
    assert (consent.subscriber, consent.form) == (reader, "preferences page")


def test_it_is_offered_for_a_day_also_to_who_comes_again(
    client: Client, reader: Subscriber, briefing: Newsletter, weekly: Newsletter
) -> None:
    client.post(address_of(reader, briefing), {"leave": weekly.slug})
    assert "Receive Good News again" in client.get(address_of(reader, briefing)).text
    reader.subscriptions.filter(newsletter=weekly).update(
        left_at=database_now() - leaving.UNDO_WITHIN
    )
    page = client.get(address_of(reader, briefing)).text
    assert "Receive Good News again" not in page
    assert "Sign up for Good News" in page
    page = client.post(address_of(reader, briefing), {"undo": weekly.slug}).text
    assert "You still receive" not in page
    assert states(reader)["Good News"] == SubscriptionState.LEFT


def test_taking_back_joins_nothing_that_was_never_received(
    client: Client, press: Press, reader: Subscriber, briefing: Newsletter
) -> None:
    never = press.newsletter("Evening Post")
    client.post(address_of(reader, briefing), {"undo": [never.slug, "no-such", briefing.slug]})
    assert "Evening Post" not in states(reader)
    assert not Consent.objects.exists()


def test_what_has_ended_is_left_without_a_way_back(
    client: Client, reader: Subscriber, briefing: Newsletter, weekly: Newsletter
) -> None:
    Newsletter.objects.filter(pk=weekly.pk).update(state=NewsletterState.CLOSED)
    page = client.post(address_of(reader, briefing), {"leave": weekly.slug}).text
    assert "You have unsubscribed from “Good News”." in page
    assert 'name="undo"' not in page


def test_who_takes_fewer_mails_back_has_the_many_again_and_not_both(
    client: Client, press: Press, briefing: Newsletter, weekly: Newsletter
) -> None:
    Newsletter.objects.filter(pk=briefing.pk).update(lighter=weekly)
    reader = press.reader(briefing)
    page = client.post(address_of(reader, briefing), {"lighter": briefing.slug}).text
    assert "You now receive “Good News” instead." in page
    assert 'name="undo" value="morning-briefing"' in page
    client.post(address_of(reader, briefing), {"undo": briefing.slug})
    assert states(reader) == {
        "Morning Briefing": SubscriptionState.ACTIVE,
        "Good News": SubscriptionState.LEFT,
    }
    actions = Consent.objects.order_by("pk").values_list("newsletter__name", "action")
    assert list(actions)[-2:] == [("Good News", "left"), ("Morning Briefing", "returned")]


def test_a_break_ends_on_a_day_of_the_readers_own_calendar(
    client: Client, reader: Subscriber, briefing: Newsletter
) -> None:
    Subscriber.objects.update(zone="Pacific/Auckland")
    day = database_now().date() + timedelta(days=10)
    page = client.post(address_of(reader, briefing), {"pause": day.isoformat()}).content.decode()
    reader.refresh_from_db()
    assert reader.paused_until is not None
    there = reader.paused_until.astimezone(ZoneInfo("Pacific/Auckland"))
    assert (there.date(), there.hour) == (day, 0)
    assert "In Auckland time." in page
    assert f"{day:%B} {day.day}, {day.year}" in page
    client.post(address_of(reader, briefing), {"resume": "1"})
    reader.refresh_from_db()
    assert reader.paused_until is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "until <strong>Thursday, December 3, 2076</strong>"),
        ("de", "bis <strong>Donnerstag, 3. Dezember 2076</strong>"),
        ("fr", "jusqu’au <strong>jeudi 3 décembre 2076</strong>"),
        ("es", "hasta el <strong>jueves, 3 de diciembre de 2076</strong>"),
        ("ar", "حتى يوم <strong>الخميس 3 ديسمبر 2076</strong>"),
    ],
)
def test_the_end_of_a_break_is_a_date_of_the_readers_language(
    client: Client, reader: Subscriber, briefing: Newsletter, language: str, words: str
) -> None:
    Subscriber.objects.update(paused_until=datetime(2076, 12, 3, tzinfo=UTC), zone="UTC")
    assert words in client.get(address_of(reader, briefing), {"lang": language}).text


@pytest.mark.parametrize("day", ["", "tomorrow", "2020-01-01", "9999-12-31", "2026-02-30", "\0"])
def test_a_break_until_no_day_to_come_is_refused_in_words(
    client: Client, reader: Subscriber, briefing: Newsletter, day: str
) -> None:
    page = client.post(address_of(reader, briefing), {"pause": day})
    assert page.status_code == 200
    assert 'id="pause-error"' in page.content.decode()
    reader.refresh_from_db()
    assert reader.paused_until is None


def test_the_link_to_the_rest_goes_to_the_reader_and_not_to_who_presses(
    client: Client, reader: Subscriber, briefing: Newsletter
) -> None:
    page = client.post(address_of(reader, briefing), {"letter": "1"}).content.decode()
    letter = Letter.objects.get()
    assert (letter.kind, letter.address) == ("preferences", "renata.solano@example.org")
    assert ManageLink.objects.get().public_id not in page
    assert "renata" not in page


def test_the_page_is_kept_by_nobody_and_sets_no_cookie(
    client: Client, reader: Subscriber, briefing: Newsletter
) -> None:
    page = client.post(address_of(reader, briefing), {"letter": "1"})
    assert not page.cookies
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["X-Robots-Tag"] == "noindex, nofollow"


def test_asking_for_the_link_takes_nothing_from_sign_ups(
    client: Client, reader: Subscriber, settings: Settings
) -> None:
    """A person who asks for links without end must not close the sign-up page for others, nor the reverse."""
    window = f"1/{3600 + secrets.randbelow(100_000)}seconds"  # no earlier run has counted in it
    settings.SIGN_UP_LIMITS = {name: parse_limit(name, window) for name in settings.SIGN_UP_LIMITS}
    asked = {"address": reader.address}
    assert client.post(reverse("ask_for_link"), asked).status_code == 200
    assert client.post(reverse("ask_for_link"), asked).status_code == 429
    of_reader = address_hash(reader.address).hex()
    sign_up = rate_limits.count(rate_limits.hits_of(of_reader, "127.0.0.0/24", "page"))
    of_others = rate_limits.count(rate_limits.hits_of("another", "192.0.2.0/24", "another"))
    assert not sign_up.is_refused
    assert not sign_up.is_address_full
    assert of_others.is_refused
