"""The page of all newsletters, and what becomes of its form."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta
from html import unescape
from statistics import quantiles
from time import perf_counter
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from digests.choices import DigestState
from digests.models import Digest
from subscriptions.choices import NewsletterState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.mailing.suppression import suppress
from subscriptions.models import (
    Consent,
    Letter,
    Newsletter,
    NewsletterGroup,
    Publisher,
    SignUp,
    Subscriber,
)
from subscriptions.sign_up.form_times import stamp
from subscriptions.sign_up.intake import Answer, Verdict
from subscriptions.sign_up.rate_limits import parse_limit
from subscriptions.sign_up.sealed_request import SealedRequest, seal, unseal
from tests.builders import DAY, NOON, Press
from tests.subscriptions.conftest import Bell, ask
from tests.subscriptions.proving import proof_of

ADDRESS = "reader@example.org"
LARGEST_PAGE = 30_000  # bytes


@pytest.fixture(autouse=True)
def newsletters(press: Press, no_counts: None) -> None:
    press.newsletter("Morning Briefing", position=1, description="Ten stories & five minutes.")
    press.newsletter("Good News", position=2, example_url="https://paper.example.org/good")


@pytest.fixture
def client() -> Client:
    """A browser without cookies, which Django would otherwise excuse from CSRF."""
    return Client(enforce_csrf_checks=True)


def filled(*slugs: str, **changes: Any) -> dict[str, Any]:
    shown = stamp(database_now() - timedelta(seconds=20))
    return {"address": ADDRESS, "newsletters": slugs, "shown": shown} | changes


def next_page(response: Any) -> str:
    """Without what the page was sealed with."""
    return str(response["Location"]).partition("?asked=")[0]


def words(response: Any) -> str:
    return unescape(response.content.decode())


def test_every_live_newsletter_is_offered_in_its_order(client: Client, press: Press) -> None:
    for state in set(NewsletterState) - {NewsletterState.LIVE}:
        press.newsletter(f"The {state.value} one", state=state)
    page = words(client.get("/"))
    assert page.index("Morning Briefing") < page.index("Good News")
    assert "Ten stories & five minutes." in page
    assert "https://paper.example.org/good" in page
    assert "The paused one" not in page
    assert "The closed one" not in page


def test_the_page_sets_no_cookie_and_varies_with_none(client: Client) -> None:
    response = client.get("/")
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_the_page_is_light_and_holds_nothing_of_others(client: Client, press: Press) -> None:
    for number in range(10):
        press.newsletter(f"Letter {number}", description="What the week brought. " * 5)
    response = client.get("/")
    assert len(response.content) < LARGEST_PAGE
    assert b"<script" not in response.content
    assert b"style=" not in response.content


def test_the_style_of_the_page_carries_the_nonce_of_its_policy(client: Client) -> None:
    response = client.get("/")
    nonce = words(response).split('<style nonce="')[1].split('"')[0]
    assert f"'nonce-{nonce}'" in response["Content-Security-Policy"]


def test_a_link_may_choose_newsletters_beforehand(client: Client) -> None:
    page = words(client.get("/?newsletter=good-news&newsletter=nothing%00"))
    assert page.count(" checked") == 1
    assert page.index('value="good-news"') < page.index(" checked")


def test_a_publisher_without_newsletters_says_so_kindly(client: Client) -> None:
    Newsletter.objects.update(state=NewsletterState.PAUSED)
    response = client.get("/")
    assert response.status_code == 200
    assert "No newsletters yet" in words(response)
    assert "<form" not in words(response)


def test_the_only_newsletter_needs_no_choosing(client: Client) -> None:
    Newsletter.objects.filter(slug="good-news").update(state=NewsletterState.CLOSED)
    page = words(client.get("/"))
    assert "checkbox" not in page
    assert '<input type="hidden" name="newsletters" value="morning-briefing">' in page


def test_a_newsletter_in_another_language_says_so(client: Client, press: Press) -> None:
    press.newsletter("La lettre", language="fr")
    press.newsletter("Odd one", language="xx-unknown")
    page = words(client.get("/"))
    assert '<span class="language" lang="fr">Français</span>' in page
    assert "xx-unknown" in page
    assert page.count('class="language"') == 2


def test_a_sign_up_is_kept_with_its_proof_and_a_worker_is_called(
    client: Client, bell: Bell, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            "/subscribe/",
            filled("morning-briefing", "good-news"),
            headers={"Referer": "https://paper.example.org/story?id=7"},
            REMOTE_ADDR="203.0.113.9",
        )
    assert (response.status_code, next_page(response)) == (303, reverse("subscribed"))
    assert not response.cookies
    assert bell.letter_ids() == [Letter.objects.get().pk]
    assert SignUp.objects.get().newsletters.count() == 2
    proof = Consent.objects.first()
    assert proof is not None
    assert proof.source_url == "https://paper.example.org/story"
    assert (proof.ip, proof.form) == ("203.0.113.9", "page")


@pytest.mark.django_db(transaction=True)  # a commit is part of the time
def test_every_address_gets_the_same_answer_in_about_the_same_time(
    client: Client, press: Press, settings: Settings
) -> None:
    # Beyond its limit no address is looked up: quicker, and equally so for every address.
    endless = {name: parse_limit(name, "10000/hour") for name in settings.SIGN_UP_LIMITS}
    settings.SIGN_UP_LIMITS = endless
    press.reader(Newsletter.objects.get(slug="good-news"), address="known@example.org")
    suppress("suppressed@example.org", SuppressionReason.COMPLAINT, now=NOON)
    kinds = ("new{}@example.org", "known@example.org", "suppressed@example.org")
    answers: set[tuple[int, bytes, str]] = set()
    for attempt in range(MOST_ATTEMPTS):
        numbers = range(attempt * ROUNDS, (attempt + 1) * ROUNDS)
        seconds = [timed_by_turns(client, kinds, number, answers) for number in numbers]
        assert len(answers) == 1
        assert Letter.objects.count() == numbers.stop
        by_kind = [quantiles(each) for each in zip(*seconds, strict=True)]
        middles = [middle for _lower, middle, _upper in by_kind]
        if max(middles) <= MOST_UNLIKE * min(middles):
            return
        # Where the times of one and the same kind are further apart than that, the machine was busy, and told nothing.
        if all(upper <= MOST_UNLIKE * lower for lower, _middle, upper in by_kind):
            break
    pytest.fail(f"The addresses can be told apart: {dict(zip(kinds, middles, strict=True))} s")


# Less than a round trip, a hash or a letter more would take: an answer that does half its work has half the time.
MOST_UNLIKE = 1.5
ROUNDS = 25
MOST_ATTEMPTS = 4


def timed_by_turns(
    client: Client, kinds: tuple[str, ...], number: int, answers: set[tuple[int, bytes, str]]
) -> list[float]:
    """Seconds for each kind; who comes first changes from round to round."""
    seconds = dict.fromkeys(kinds, 0.0)
    turn = number % len(kinds)
    for kind in kinds[turn:] + kinds[:turn]:
        sent = filled("good-news", address=kind.format(number))
        begun = perf_counter()
        response = client.post("/subscribe/", sent)
        seconds[kind] = perf_counter() - begun
        length = len(response["Location"])
        assert length == len(seal(SealedRequest(sent["address"], ["good-news"], NOON))) + 19
        # What is sealed in it is the address that was sent.
        response["Location"] = next_page(response)
        answers.add((response.status_code, response.content, str(sorted(response.items()))))
    return list(seconds.values())


def challenged(response: Any) -> Answer:
    found = words(response).split('data-challenge="')[1].split('"\n')[0]
    return Answer(Verdict.CHALLENGED, challenge=json.loads(found))


def test_a_slip_in_the_address_is_asked_about_and_taken_back_with_a_button(client: Client) -> None:
    slip = filled("good-news", address="reader@outlok.com")
    response = client.post("/subscribe/", slip)
    page = words(response)
    assert response.status_code == 422
    assert "Did you mean" in page
    assert '<button type="submit" name="meant" value="reader@outlook.com" autofocus>' in page
    assert page.count(" checked") == 1
    taken = slip | {"doubted": "reader@outlok.com", "meant": "reader@outlook.com"}
    assert client.post("/subscribe/", taken).status_code == 303
    assert Letter.objects.get().address == "reader@outlook.com"


def test_the_button_of_a_hint_does_not_replace_what_was_typed_since(client: Client) -> None:
    hint = {"doubted": "reader@outlok.com", "meant": "reader@outlook.com"}
    client.post("/subscribe/", filled("good-news") | hint)
    assert Letter.objects.get().address == ADDRESS


def test_who_is_sure_of_the_address_is_believed(client: Client) -> None:
    slip = filled("good-news", address="reader@outlok.com", sure="reader@outlok.com")
    assert client.post("/subscribe/", slip).status_code == 303
    assert Letter.objects.get().address == "reader@outlok.com"


def test_in_a_surge_the_form_comes_back_filled_in_and_a_proof_lets_it_through(
    client: Client, settings: Settings
) -> None:
    settings.SIGN_UP_LIMITS = settings.SIGN_UP_LIMITS | {"all": parse_limit("all", "0:9/minute")}
    sent = filled("good-news")
    response = client.post("/subscribe/", sent)
    page = words(response)
    assert response.status_code == 429
    assert "Please wait a minute or two" in page
    assert f'value="{ADDRESS}"' in page
    assert page.count(" checked") == 1
    assert '<script src="/static/web/proof.js" defer>' in page
    proven = client.post("/subscribe/", sent | {"proof": proof_of(challenged(response))})
    assert proven.status_code == 303
    assert Letter.objects.get().address == ADDRESS


def test_who_is_refused_is_told_when_to_come_back(client: Client, settings: Settings) -> None:
    limits = {"network": parse_limit("network", "0/hour")}
    settings.SIGN_UP_LIMITS = settings.SIGN_UP_LIMITS | limits
    response = client.post("/subscribe/", filled("good-news"), REMOTE_ADDR="203.0.113.9")
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    assert "try again in 60 minutes" in words(response)
    assert f'value="{ADDRESS}"' in words(response)


def test_many_sign_ups_of_one_address_make_one_letter(client: Client, bell: Bell) -> None:
    for _again in range(20):
        assert client.post("/subscribe/", filled("good-news")).status_code == 303
    assert Letter.objects.count() == 1


@pytest.mark.parametrize(
    "changes", [{"website": "https://buy.example.org"}, {"shown": "now"}], ids=["trap", "haste"]
)
def test_a_robot_gets_the_same_answer_and_leaves_no_trace(
    client: Client, changes: dict[str, str]
) -> None:
    if changes.get("shown"):
        changes = {"shown": stamp(database_now())}
    response = client.post("/subscribe/", filled("good-news", **changes))
    assert (response.status_code, next_page(response)) == (303, reverse("subscribed"))
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"address": "reader"}, "An email address has an @"),
        ({"address": ""}, "Please enter your email address"),
        ({"address": "a" * 300 + "@example.org"}, "too long"),
        ({"address": "a@example.org\r\nBcc: b@example.org"}, "does not look like"),
        ({"address": "a\x00b@example.org"}, "does not look like"),
        ({"newsletters": []}, "choose at least one"),
        ({"newsletters": ["unknown"]}, "no longer available"),
        ({"newsletters": ["good-news", "closed"]}, "no longer available"),
        ({"newsletters": ["good\x00news"]}, "no longer available"),
        ({"shown": "forged"}, "Please try again"),
    ],
)
def test_an_error_is_explained_and_nothing_is_lost_or_kept(
    client: Client, press: Press, changes: dict[str, Any], word: str
) -> None:
    press.newsletter("Closed", state=NewsletterState.CLOSED)
    response = client.post("/subscribe/", filled("good-news", **changes))
    assert response.status_code == 422
    page = words(response)
    assert word in page
    assert page.split("<title>")[1].startswith("Please correct:")
    if "address" not in changes:
        assert f'value="{ADDRESS}"' in page
    if "good-news" in changes.get("newsletters", ["good-news"]):
        assert page.count(" checked") == 1
    assert not Subscriber.objects.exists()


def test_an_error_is_linked_from_the_summary_and_gets_the_focus(client: Client) -> None:
    page = words(client.post("/subscribe/", filled("good-news", address="reader")))
    assert 'href="#address"' in page
    assert page.count("autofocus") == 1
    assert page.index('id="address"') < page.index("autofocus")
    both = words(client.post("/subscribe/", filled(address="reader")))
    assert both.count("autofocus") == 1
    assert both.index("autofocus") < both.index('id="address"')
    assert "2 things need" in both


def test_a_quick_correction_is_not_taken_for_a_robots(client: Client) -> None:
    wrong = filled("good-news", address="reader")
    page = words(client.post("/subscribe/", wrong))
    assert f'name="shown" value="{wrong["shown"]}"' in page


def test_what_was_typed_is_shown_as_text(client: Client) -> None:
    typed = '"><script>alert(1)</script>@example.org x'
    response = client.post("/subscribe/", filled("good-news", address=typed))
    assert b"<script>" not in response.content


def test_the_address_of_the_form_leads_back_to_the_page(client: Client) -> None:
    response = client.get("/subscribe/")
    assert (response.status_code, response["Location"]) == (302, "/")


def test_more_fields_than_any_form_has_are_refused_in_words(client: Client) -> None:
    response = client.post("/subscribe/", {"newsletters": ["x"] * 1001})
    assert response.status_code == 400
    assert "That request did not work" in words(response)


def test_the_next_page_shows_the_address_to_who_sent_it_and_no_address_in_its_own(
    client: Client,
) -> None:
    response = client.post("/subscribe/", filled("good-news"))
    assert "reader" not in response["Location"]
    page = client.get(response["Location"])
    assert ADDRESS in words(page)
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert 'href="/?newsletter=good-news"' in words(page)


def sent_letter(client: Client, minutes: int) -> dict[str, str]:
    """Signed up so many minutes ago; what the button on the page after it sends."""
    then = database_now() - timedelta(minutes=minutes)
    ask(ADDRESS, Newsletter.objects.get(slug="good-news"), now=then)
    return {"again": seal(SealedRequest(ADDRESS, ["good-news"], then))}


def test_another_letter_is_sent_after_the_pause(client: Client) -> None:
    response = client.post("/subscribe/", sent_letter(client, minutes=16))
    assert response.status_code == 303
    assert Letter.objects.count() == 2


def test_before_the_pause_is_over_the_page_says_how_long(client: Client) -> None:
    response = client.post("/subscribe/", sent_letter(client, minutes=5))
    assert response.status_code == 200
    assert "ask for another in 10 minutes" in words(response)
    assert Letter.objects.count() == 1


@pytest.mark.parametrize("seal_", ["", "forged", "é", "\x00", "A" * 90_000])
def test_what_was_not_sealed_here_leads_back_to_the_form(client: Client, seal_: str) -> None:
    assert client.post("/subscribe/", {"again": seal_})["Location"] == "/"
    assert client.get("/subscribed/", {"asked": seal_[:1000]}).status_code == 200
    assert not Letter.objects.exists()


def test_a_seal_of_this_morning_is_not_opened_any_more() -> None:
    sealed = seal(SealedRequest(ADDRESS, ["good-news"], NOON))
    assert unseal(sealed, now=NOON) == SealedRequest(ADDRESS, ["good-news"], NOON)
    assert unseal(sealed, now=NOON + timedelta(hours=3)) is None


@pytest.mark.parametrize("place", [0, 20, -3])
def test_a_seal_that_was_changed_is_not_ours(place: int) -> None:
    letters = list(seal(SealedRequest(ADDRESS, ["good-news"], NOON)))
    letters[place] = "A" if letters[place] != "A" else "Q"
    assert unseal("".join(letters), now=NOON) is None


def test_nobody_reads_what_is_sealed_and_two_seals_differ() -> None:
    one, other = (seal(SealedRequest(ADDRESS, ["good-news"], NOON)) for _again in range(2))
    assert one != other
    assert b"reader" not in urlsafe_b64decode(one + "=" * (-len(one) % 4))


def test_newsletters_stand_under_their_headings(client: Client, press: Press) -> None:
    weekly = NewsletterGroup.objects.create(name="Every week", position=2)
    daily = NewsletterGroup.objects.create(name="Every day", position=1)
    Newsletter.objects.filter(slug="good-news").update(group=weekly)
    press.newsletter("Evening Letter", group=daily)
    page = words(client.get("/"))
    places = (
        "Every day",
        "Evening Letter",
        "Every week",
        "Good News",
        "More newsletters",
        "Morning",
    )
    assert sorted(places, key=page.index) == list(places)
    assert page.count(' id="newsletter-') == 3


def test_the_latest_digest_is_the_example_unless_the_publisher_gave_one(
    client: Client, press: Press
) -> None:
    for newsletter in Newsletter.objects.all():
        press.frozen(newsletter, subject=f"The latest of {newsletter.name}")
    Digest.objects.update(state=DigestState.SENT, sent_at=NOON)
    page = words(client.get("/"))
    assert f"/archive/morning-briefing/{DAY}/" in page
    assert "The latest of Morning Briefing" in page
    assert "https://paper.example.org/good" in page
    assert "The latest of Good News" not in page


def test_the_page_asks_as_often_for_many_newsletters_as_for_few(
    client: Client, press: Press, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        group = NewsletterGroup.objects.create(name=f"Group {number}")
        press.newsletter(f"Letter {number}", group=group)
    with django_assert_max_num_queries(4):
        client.get("/")


def test_the_next_page_says_what_happens_next(client: Client) -> None:
    Publisher.objects.update(name="The Courier", sender_address="letters@example.org")
    page = words(client.get("/subscribed/?address=victim@example.org"))
    assert "letters@example.org" in page
    assert "The link works for three days." in page
    assert "spam" in page
    assert "victim" not in page


def test_the_logo_stands_for_the_name(client: Client) -> None:
    Publisher.objects.update(name="The Courier", logo="publisher/logo.png")
    assert '<img src="/media/publisher/logo.png" alt="The Courier"' in words(client.get("/"))


def test_a_fault_of_ours_has_a_page_that_needs_nothing_to_work() -> None:
    assert "The error is ours" in render_to_string("500.html")


def test_an_unknown_page_is_said_to_be_so_below_the_publishers_name(client: Client) -> None:
    Publisher.objects.update_or_create(defaults={"name": "The Harbour Courier"})
    response = client.get("/nothing/", {"lang": "fr"})
    assert response.status_code == 404
    assert "Page introuvable" in words(response)
    assert "The Harbour Courier" in words(response)


def test_an_unknown_page_is_said_to_be_so_while_the_database_is_away(client: Client) -> None:
    def away(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(away):
        response = client.get("/nothing/")
    assert response.status_code == 404
    assert "Page not found" in words(response)
