"""All of the settings, behind the link that came by e-mail and lasts half an hour."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from subscriptions.choices import SuppressionReason
from subscriptions.clock import database_now
from subscriptions.letter_kinds import letterhead
from subscriptions.links import Scope, sign
from subscriptions.mailing.letters import WRITERS
from subscriptions.mailing.suppression import is_suppressed, suppress
from subscriptions.models import (
    AddressChange,
    Consent,
    Letter,
    ManageLink,
    Newsletter,
    Publisher,
    Subscriber,
)
from subscriptions.readers import manage_links
from tests.builders import Press

ADDRESS = "renata.solano@example.org"


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def briefing(press: Press) -> Newsletter:
    return press.newsletter("Morning Briefing")


@pytest.fixture
def reader(press: Press, briefing: Newsletter) -> Subscriber:
    return press.reader(briefing, address=ADDRESS)


def path_of(reader: Subscriber) -> str:
    now = database_now()
    link = ManageLink.objects.create(
        subscriber=reader, requested_at=now, expires_at=now + manage_links.VALID_FOR
    )
    return f"/preferences/manage/{sign(Scope.MANAGE, link.public_id)}/"


def words(response: Any) -> str:
    """Without the nonce, which is new for each answer."""
    return re.sub(r'nonce="[^"]*"', "", unescape(response.content.decode()))


def states(reader: Subscriber) -> dict[str, str]:
    return dict(reader.subscriptions.values_list("newsletter__slug", "state"))


def test_every_address_gets_the_same_answer_and_only_a_reader_a_letter(
    client: Client, reader: Subscriber, press: Press
) -> None:
    banned = press.reader(address="banned@example.org")
    suppress(banned.address, SuppressionReason.COMPLAINT, now=database_now())
    answers = {
        words(client.post("/preferences/", {"address": address}))
        for address in (
            ADDRESS.upper().replace("EXAMPLE.ORG", "example.org"),
            "nobody@example.org",
            "banned@example.org",
        )
    }
    assert len(answers) == 1
    assert [letter.address for letter in Letter.objects.all()] == [ADDRESS]


def test_a_hundred_questions_bring_one_letter(client: Client, reader: Subscriber) -> None:
    now = database_now()
    written = [manage_links.ask(ADDRESS, now=now + timedelta(seconds=at)) for at in range(100)]
    assert len([letter for letter in written if letter]) == 1
    for hour in range(1, 24):
        manage_links.ask(ADDRESS, now=now + timedelta(hours=hour))
    assert Letter.objects.count() == manage_links.LETTERS_A_DAY


def test_what_is_no_address_is_said_so(client: Client, db: None) -> None:
    response = client.post("/preferences/", {"address": "x" * 300 + "\r\nBcc: a@example.org"})
    assert response.status_code == 422
    assert "too long" in words(response)


def test_the_letter_holds_the_link_and_its_end(reader: Subscriber) -> None:
    manage_links.ask(ADDRESS, now=database_now())
    letter = Letter.objects.get()
    mail = WRITERS[letter.kind](letter, database_now())
    assert (
        f"/preferences/manage/{sign(Scope.MANAGE, ManageLink.objects.get().public_id)}/"
        in mail.text
    )
    assert "30 minutes" in mail.text
    assert letterhead(Publisher.objects.current())["publisher"] in mail.text


@pytest.mark.parametrize("page", ["", "address/", "zone/", "data/", "erase/", "done/"])
def test_expired_forged_ended_and_borrowed_links_open_nothing(
    client: Client, reader: Subscriber, briefing: Newsletter, page: str
) -> None:
    good = path_of(reader)
    forged = good[:-4] + ("AAA/" if not good.endswith("AAA/") else "BBB/")
    leave = sign(Scope.LEAVE, reader.public_id, briefing.public_id)
    confirm = sign(Scope.CONFIRM, ManageLink.objects.get().public_id)
    for path in (forged, f"/preferences/manage/{leave}/", f"/preferences/manage/{confirm}/"):
        assert client.post(path + page, {"sure": "yes"}).status_code == 404
    ManageLink.objects.update(expires_at=database_now())
    answers = [client.get(good + page), client.post(good + page, {"sure": "yes"})]
    assert [answer.status_code for answer in answers] == [410, 410]
    assert ADDRESS not in words(answers[0])
    assert states(reader) == {"morning-briefing": "active"}


def test_a_link_that_was_ended_is_not_replayed(client: Client, reader: Subscriber) -> None:
    path = path_of(reader)
    client.post(path + "done/")
    assert client.get(path).status_code == 410


def test_choosing_joins_and_leaves_with_proof_and_keeps_what_is_not_offered(
    client: Client, press: Press, reader: Subscriber
) -> None:
    press.newsletter("Good News")
    pending = press.newsletter("Not Yet", state="pending")
    response = client.post(
        path_of(reader), {"do": "newsletters", "newsletters": ["good-news", "not-yet", "nothing"]}
    )
    assert response.status_code == 303
    assert states(reader) == {"morning-briefing": "left", "good-news": "active"}
    assert not pending.subscriptions.exists()
    said = list(Consent.objects.order_by("action").values_list("action", "form"))
    assert said == [("confirmed", "preference centre"), ("left", "preference centre")]


def test_what_was_left_is_taken_back_and_only_that(
    client: Client, press: Press, reader: Subscriber
) -> None:
    press.newsletter("Good News")
    path = path_of(reader)
    saved = client.post(path, {"do": "newsletters", "newsletters": ["good-news"]})["Location"]
    page = client.get(saved).text
    assert "Saved." in page
    assert re.findall(r'name="undo" value="([^"]+)"', page) == ["morning-briefing"]
    # An address that somebody made up offers nothing.
    assert 'name="undo"' not in client.get(path, {"saved": "newsletters", "left": "good-news"}).text
    client.post(path, {"do": "undo", "undo": ["morning-briefing"]})
    assert states(reader) == {"morning-briefing": "active", "good-news": "active"}
    assert Consent.objects.filter(action="returned", form="preference centre").count() == 1


def test_one_readers_link_touches_no_other_reader(
    client: Client, press: Press, reader: Subscriber, briefing: Newsletter
) -> None:
    other = press.reader(briefing, zone="Europe/Paris")
    path = path_of(reader)
    for name in ("subscriber", "reader", "id", "address", "public_id"):
        for value in (other.pk, other.public_id, other.address):
            client.post(path, {"do": "newsletters", name: value})
            client.post(path + "zone/", {"zone": "", name: value})
            client.post(path + "erase/", {"sure": "no", name: value})
    other.refresh_from_db()
    assert states(other) == {"morning-briefing": "active"}
    assert other.zone == "Europe/Paris"


def test_place_and_measuring_are_kept_and_said_once(client: Client, reader: Subscriber) -> None:
    path = path_of(reader)
    sent = {"do": "settings", "language": "en", "tracking": "reader"}
    assert client.post(path + "zone/", {"zone": "Asia/Tokyo"}).status_code == 303
    for _again in range(2):
        client.post(path, sent)
    client.post(path, sent | {"tracking": "none"})
    reader.refresh_from_db()
    assert (reader.zone, reader.language, reader.tracking) == ("Asia/Tokyo", "en", "none")
    said = Consent.objects.filter(newsletter=None).order_by("pk")
    assert list(said.values_list("action", flat=True)) == ["tracked", "uncounted"]


def test_the_language_that_was_chosen_stays_on_every_way_through_the_settings(
    client: Client, reader: Subscriber
) -> None:
    path = path_of(reader)
    shown = words(client.get(path + "?lang=ar"))
    ways = re.findall(rf'(?:href|action)="({re.escape(path)}[^"]+)"', shown)
    assert len(ways) == 5
    assert all(way.endswith("?lang=ar") for way in ways)
    for way, do in [(path, "settings"), (path + "zone/", "")]:
        saved = client.post(way + "?lang=ar", {"do": do, "language": "", "zone": ""})
        assert saved["Location"] == f"{path}?lang=ar&saved=settings"
        assert "تم الحفظ." in words(client.get(saved["Location"]))
    assert client.get(path + "done/?lang=ar")["Location"] == path + "?lang=ar"


def test_an_unknown_zone_or_language_changes_nothing(client: Client, reader: Subscriber) -> None:
    path = path_of(reader)
    answers = [
        client.post(path + "zone/", {"zone": "Mars/Olympus"}),
        client.post(path, {"do": "settings", "language": "xx", "tracking": "none"}),
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    reader.refresh_from_db()
    assert (reader.zone, reader.tracking) == ("", "")


def test_the_download_is_json_of_this_reader_alone(
    client: Client, press: Press, reader: Subscriber, briefing: Newsletter
) -> None:
    press.reader(briefing, address="other@example.org")
    path = path_of(reader)
    client.post(path, {"do": "settings", "tracking": "none"})
    assert client.get(path + "data/").status_code == 302
    response = client.post(path + "data/")
    data = json.loads(b"".join(response.streaming_content))  # type: ignore[attr-defined]
    assert response["Cache-Control"] == "no-store"
    assert data["address"] == ADDRESS
    assert data["newsletters"][0]["name"] == "Morning Briefing"
    assert data["consents"][0]["action"] == "uncounted"
    assert {"digests", "events", "letters", "bounces"} <= data.keys()
    assert "other@example.org" not in json.dumps(data)


def test_erasing_asks_first_and_then_leaves_nothing(client: Client, reader: Subscriber) -> None:
    path = path_of(reader)
    assert client.post(path + "erase/").status_code == 422
    assert Subscriber.objects.exists()
    response = client.post(path + "erase/", {"sure": "yes"})
    assert "Your data has been deleted" in words(response)
    assert not Subscriber.objects.exists()
    assert not Consent.objects.exists()
    assert not is_suppressed(ADDRESS)
    assert client.get(path).status_code == 410


def test_a_new_address_is_told_the_same_whatever_it_is_to_us(
    client: Client, press: Press, reader: Subscriber
) -> None:
    press.reader(address="known@example.org")
    suppress("banned@example.org", SuppressionReason.BOUNCE, now=database_now())
    pages = set()
    for name in ("known", "banned", "fresh"):
        page = client.post(path_of(reader) + "address/", {"address": f"{name}@example.org"})
        body = words(page).replace(name, "NAME")
        pages.add(body[: body.index("Until then")])
    assert len(pages) == 1
    written = set(Letter.objects.values_list("address", flat=True))
    assert written == {ADDRESS, "known@example.org", "fresh@example.org"}
    assert AddressChange.objects.count() == 1


def test_the_same_address_and_no_address_are_refused_in_words(
    client: Client, reader: Subscriber
) -> None:
    path = path_of(reader) + "address/"
    assert "already" in words(client.post(path, {"address": ADDRESS.replace("renata", "Renata")}))
    assert client.post(path, {"address": "no address"}).status_code == 422
    assert not AddressChange.objects.exists()


def test_every_page_is_kept_by_nobody_and_light(client: Client, reader: Subscriber) -> None:
    path = path_of(reader)
    for page in ("", "address/", "zone/", "erase/"):
        response = client.get(path + page)
        assert len(response.content) < 30_000
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert not response.cookies
