"""Visits to servers that behave, and to those that do not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event

import pytest
from pytest_django import Settings

from digests.assembly import fetching, source_keys
from digests.assembly.fetching import LONGEST_INTERVAL, VISIT, Visit
from digests.assembly.keeping import published_moment
from digests.assembly.selecting import candidates
from digests.models import Article, Source, TemplateSection
from subscriptions.models import Letter, Publisher
from tests.at_once import at_once
from tests.builders import NOON, Press
from tests.fakes import Answer, FeedServer, Request, redirect, tagged
from tests.feeds import item, rss

STORY = "https://paper.example.org/stories/1"
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({"/feed": rss(item("The ferry is back", STORY))}) as running:
        yield running


def source_at(press: Press, server: FeedServer, path: str = "/feed", **fields: object) -> Source:
    return press.source(url=server.url(path), **fields)


def visit(source: Source, server: FeedServer, *, now: datetime = NOON) -> Visit:
    done = fetching.fetch(source.pk, now=now, allow=frozenset({server.place}), even_if_not_due=True)
    assert done is not None
    return done


def known(source: Source) -> Source:
    return Source.objects.get(pk=source.pk)


def test_a_visit_brings_stories_and_notes_that_it_worked(press: Press, server: FeedServer) -> None:
    source = source_at(press, server)
    assert visit(source, server) == Visit(source, stories=1)
    article = Article.objects.get()
    assert (article.url, article.headline, article.source) == (STORY, "The ferry is back", source)
    assert (known(source).worked_at, known(source).next_fetch_at) == (NOON, NOON + TEN_MINUTES)


def test_an_unchanged_feed_is_asked_for_once_and_not_read_again(
    press: Press, server: FeedServer
) -> None:
    server.routes["/feed"] = tagged(rss(item("Once", STORY)), '"v1"')
    source = source_at(press, server)
    visit(source, server)
    Article.objects.update(headline="As it was kept")

    assert visit(source, server, now=NOON + TEN_MINUTES).is_unchanged

    assert Article.objects.get().headline == "As it was kept"
    assert known(source).etag == '"v1"'
    assert known(source).worked_at == NOON + TEN_MINUTES


def test_every_two_hours_a_feed_is_asked_in_full(press: Press, server: FeedServer) -> None:
    server.routes["/feed"] = tagged(rss(item("Once", STORY)), '"v1"')
    source = source_at(press, server)
    for hours in (0, 1, 2, 3, 4):
        visit(source, server, now=NOON + timedelta(hours=hours))
    asked = [request.headers.get("if-none-match") for request in server.requests]
    assert asked == [None, '"v1"', None, '"v1"', None]


def test_what_was_left_out_stands_with_the_source_until_it_is_mended(
    press: Press, server: FeedServer
) -> None:
    source = source_at(press, server)
    server.routes["/feed"] = rss(item("Fine", STORY), "<item><title>No link</title></item>")
    visit(source, server)
    assert known(source).warnings == ["1 story was left out: it has no link."]
    server.routes["/feed"] = rss(item("Fine", STORY))
    visit(source, server)
    assert known(source).warnings == []


def test_the_date_of_the_last_answer_is_sent_back(press: Press, server: FeedServer) -> None:
    date = "Mon, 23 Nov 2026 05:00:00 GMT"
    server.routes["/feed"] = Answer(rss(), headers={"Last-Modified": date})
    source = source_at(press, server)
    visit(source, server)
    visit(source, server)
    assert [request.headers.get("if-modified-since") for request in server.requests] == [None, date]


# --- Failures ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=503), "The server answered 503 (Service Unavailable)."),
        (b"<!doctype html><title>Home</title>", "This is a web page, not a feed."),
        (b"", "The feed is empty."),
        (b"\x89PNG\r\n\x1a\n", ""),
        (Answer(rss(item("Half", STORY)), is_whole=False), "The server ended the connection"),
        (redirect("http://169.254.169.254/latest/meta-data/"), "private network"),
        (redirect("http://localhost/"), "private network"),
        (redirect("file:///etc/passwd"), ""),
    ],
)
def test_a_visit_that_fails_says_why_and_keeps_what_was_there(
    press: Press, server: FeedServer, answer: Answer | bytes, words: str
) -> None:
    source = source_at(press, server)
    visit(source, server)
    server.routes["/feed"] = answer

    failed = visit(source, server, now=NOON + TEN_MINUTES)

    assert failed.error
    assert words in failed.error
    assert known(source).last_error == failed.error
    assert (known(source).worked_at, known(source).fetched_at) == (NOON, NOON + TEN_MINUTES)
    assert Article.objects.count() == 1


def test_a_place_that_is_not_public_is_not_visited_unless_it_is_allowed(
    press: Press, server: FeedServer
) -> None:
    source = source_at(press, server)
    done = fetching.fetch(source.pk, now=NOON, allow=frozenset())
    assert done is not None
    assert done.error
    assert server.requests == []


def test_a_failing_source_is_visited_less_and_less_often(press: Press, server: FeedServer) -> None:
    source = source_at(press, server, "/gone")
    waits = []
    for _visit in range(7):
        visit(source, server)
        waits.append((known(source).next_fetch_at or NOON) - NOON)
    assert waits[:3] == [2 * TEN_MINUTES, 4 * TEN_MINUTES, 8 * TEN_MINUTES]
    assert waits[-1] == LONGEST_INTERVAL
    server.routes["/gone"] = rss(item("Back", STORY))
    visit(source, server)
    assert (known(source).failures, known(source).last_error) == (0, "")
    assert known(source).next_fetch_at == NOON + TEN_MINUTES


def test_a_source_visited_once_a_day_is_not_visited_more_often_when_it_fails(
    press: Press, server: FeedServer
) -> None:
    source = source_at(press, server, "/gone", interval_minutes=24 * 60)
    visit(source, server)
    assert known(source).next_fetch_at == NOON + timedelta(days=1)


def test_a_busy_server_is_left_alone_as_long_as_it_asks(press: Press, server: FeedServer) -> None:
    server.routes["/feed"] = Answer(status=429, headers={"Retry-After": "7200"})
    source = source_at(press, server)
    visit(source, server)
    assert known(source).next_fetch_at == NOON + timedelta(hours=2)


def test_one_bad_feed_stops_no_other(press: Press, server: FeedServer) -> None:
    server.routes["/bomb"] = b'<!DOCTYPE a [<!ENTITY b "boom"><!ENTITY c "&b;&b;">]><rss>&c;</rss>'
    bad, good = source_at(press, server, "/bomb"), source_at(press, server)
    for source_id in fetching.due_ids(now=NOON):
        fetching.fetch(source_id, now=NOON, allow=frozenset({server.place}))
    assert known(bad).fetched_at == known(good).fetched_at == NOON
    assert Article.objects.get().headline == "The ferry is back"


# --- What is kept ----------------------------------------------------------------------------------------


def test_a_story_seen_again_is_refreshed_and_keeps_its_first_time(
    press: Press, server: FeedServer
) -> None:
    source = source_at(press, server)
    visit(source, server)
    server.routes["/feed"] = rss(item("The ferry is back, corrected", STORY, tags=["Sea"]))
    visit(source, server, now=NOON + TEN_MINUTES)
    article = Article.objects.get()
    assert (article.headline, article.tags) == ("The ferry is back, corrected", ["sea"])
    assert (article.first_seen_at, article.published_at) == (NOON, None)


@pytest.mark.parametrize("date", ["99999-01-01", "soon", "30 พฤศจิกายน 2569", "03/06/2026 08:00"])
def test_a_date_that_cannot_be_read_is_unknown_and_said_to_be(
    press: Press, server: FeedServer, date: str
) -> None:
    story = item("Odd", STORY).replace("</item>", f"<pubDate>{date}</pubDate></item>")
    server.routes["/feed"] = rss(story)
    done = visit(source_at(press, server), server)
    assert Article.objects.get().published_at is None
    assert date in done.error


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("known", "told", "kept"),
    [
        (None, None, None),
        (None, -HOUR, -HOUR),
        (-HOUR, None, -HOUR),
        (-2 * HOUR, -HOUR, -2 * HOUR),  # an update makes no news of it
        (-2 * HOUR, -9 * HOUR, -9 * HOUR),
        (-2 * HOUR, HOUR, HOUR),  # held back after all
        (3 * HOUR, HOUR, HOUR),  # an embargo that ends earlier,
        (3 * HOUR, -HOUR, -HOUR),  # or is over
    ],
)
def test_when_a_story_was_published_follows_its_feed(
    known: timedelta | None, told: timedelta | None, kept: timedelta | None
) -> None:
    def at(span: timedelta | None) -> datetime | None:
        return None if span is None else NOON + span

    assert published_moment(at(known), at(told), NOON) == at(kept)


def test_a_story_under_embargo_waits_until_it_ends(press: Press, server: FeedServer) -> None:
    rule = TemplateSection.objects.get(template__newsletter=press.newsletter())
    source = source_at(press, server)
    found = []
    for ends_at in (NOON + 2 * HOUR, NOON + HOUR):
        server.routes["/feed"] = rss(item("The prize", STORY, published_at=ends_at))
        visit(source, server)
    for hours in (0, 1):
        chosen = candidates(rule, as_of=NOON + hours * HOUR, without=(), limit=5)
        found.append([article.headline for article in chosen])
    assert found == [[], ["The prize"]]


def test_stories_without_dates_come_in_the_feeds_order_after_those_with_one(
    press: Press, server: FeedServer
) -> None:
    rule = TemplateSection.objects.get(template__newsletter=press.newsletter())
    paths = ["politics/falls", "news/storm", "business/rates", "zodiac/today"]
    front = [
        item(f"{n} {path}", f"https://paper.example.org/{path}") for n, path in enumerate(paths)
    ]
    server.routes["/feed"] = rss(*front)
    dated = item("Dated", f"{STORY}?dated", published_at=NOON - HOUR)
    server.routes["/dated"] = rss(dated)
    source = source_at(press, server)
    visit(source, server, now=NOON - HOUR)
    server.routes["/feed"] = rss(front[2], front[0], front[1])
    visit(source, server)
    visit(source_at(press, server, "/dated"), server)
    chosen = candidates(rule, as_of=NOON, without=(), limit=9)
    # What the front page no longer shows comes last.
    assert [article.headline[:1] for article in chosen] == ["D", "2", "0", "1", "3"]


def test_dates_without_a_zone_count_by_the_sources_clock_or_the_publishers(
    press: Press, server: FeedServer
) -> None:
    story = item("Local", STORY).replace("</item>", "<pubDate>2026-06-03 08:00</pubDate></item>")
    server.routes["/feed"] = rss(story)
    press.publisher.zone = "Europe/Paris"
    press.publisher.save()
    source = source_at(press, server)
    for zone, hour in (("Asia/Tokyo", 23), ("", 6)):
        Article.objects.all().delete()
        Source.objects.update(zone=zone)
        visit(source, server)
        published = Article.objects.get().published_at
        assert published is not None
        assert published.hour == hour


def test_two_feeds_with_one_story_do_not_change_it_to_and_fro(
    press: Press, server: FeedServer
) -> None:
    server.routes["/sport"] = rss(item("The match", STORY, tags=["Sport"]))
    server.routes["/all"] = rss(item("The match (all)", STORY))
    sport, everything = source_at(press, server, "/sport"), source_at(press, server, "/all")
    for source in (sport, everything, sport, everything):
        visit(source, server)
    article = Article.objects.get()
    assert (article.source, article.headline, article.tags) == (sport, "The match", ["sport"])

    Source.objects.filter(pk=sport.pk).update(is_active=False)
    visit(everything, server)
    assert Article.objects.get().headline == "The match (all)"


@pytest.mark.django_db(transaction=True)
def test_two_feeds_with_the_same_stories_fetched_at_once_make_one_row_each(
    press: Press, server: FeedServer
) -> None:
    items = [item(f"Story {n}", f"https://paper.example.org/{n}") for n in range(60)]
    server.routes["/up"], server.routes["/down"] = rss(*items), rss(*reversed(items))
    sources = [source_at(press, server, path) for path in ("/up", "/down")]
    done = at_once(*[lambda source=source: visit(source, server) for source in sources])
    assert [each.error for each in done] == ["", ""]
    assert Article.objects.count() == 60


def test_a_new_picture_of_a_story_is_tried_although_the_old_one_was_broken(
    press: Press, server: FeedServer
) -> None:
    source = source_at(press, server)
    for picture, error in (("a", ""), ("a", "broken"), ("b", "")):
        url = f"https://paper.example.org/{picture}.jpg"
        server.routes["/feed"] = rss(item("With a picture", STORY, picture=url))
        visit(source, server)
        assert Article.objects.get().image_error == error
        Article.objects.update(image_error="broken")


# --- Addresses and other hands ---------------------------------------------------------------------------


def test_a_feed_that_moved_for_good_is_visited_there_from_now_on(
    press: Press, server: FeedServer
) -> None:
    server.routes["/old"] = redirect(server.url("/feed"), status=301)
    source = source_at(press, server, "/old")
    visit(source, server)
    assert known(source).url == server.url("/feed")


def test_a_feed_that_moved_for_a_while_is_still_asked_at_its_own_address(
    press: Press, server: FeedServer
) -> None:
    server.routes["/old"] = redirect(server.url("/feed"), status=302)
    source = source_at(press, server, "/old")
    visit(source, server)
    assert known(source).url == server.url("/old")


def test_a_feed_that_moved_to_where_another_source_is_stays_where_it_was(
    press: Press, server: FeedServer
) -> None:
    server.routes["/old"] = redirect(server.url("/feed"), status=301)
    source_at(press, server)
    source = source_at(press, server, "/old")
    assert visit(source, server).stories == 1
    assert known(source).url == server.url("/old")


def test_a_feed_that_moved_to_an_address_too_long_to_keep_stays_where_it_was(
    press: Press, server: FeedServer
) -> None:
    server.routes["/old"] = redirect(server.url("/feed?" + "x" * 2100), status=301)
    source = source_at(press, server, "/old")
    visit(source, server)
    assert known(source).url == server.url("/old")
    assert known(source).last_error


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answer", [Answer(rss(item("Slow", STORY))), Answer(status=503)])
def test_an_edit_during_the_visit_is_not_undone(
    press: Press, server: FeedServer, answer: Answer
) -> None:
    source = source_at(press, server)
    asked, edited = Event(), Event()

    def slowly(_request: Request) -> Answer:
        asked.set()
        edited.wait(10)
        return answer

    def edit() -> None:
        asked.wait(10)
        Source.objects.filter(pk=source.pk).update(name="Renamed", is_active=False)
        edited.set()

    server.routes["/feed"] = slowly
    at_once(lambda: visit(source, server), edit)
    assert (known(source).name, known(source).is_active) == ("Renamed", False)
    assert known(source).fetched_at == NOON


def test_a_source_that_a_worker_is_visiting_is_left_to_it(press: Press, server: FeedServer) -> None:
    source = source_at(press, server, next_fetch_at=NOON + VISIT)
    allow = frozenset({server.place})
    assert fetching.due_ids(now=NOON) == []
    assert fetching.fetch(source.pk, now=NOON, allow=allow) is None
    # That worker died: after the visit's time another one goes.
    assert fetching.due_ids(now=NOON + VISIT) == [source.pk]
    assert fetching.fetch(source.pk, now=NOON + VISIT, allow=allow) is not None


# --- What staff hear of a source -------------------------------------------------------------------------


def told(kind: str = "service_alert") -> list[str]:
    letters = Letter.objects.filter(kind=kind).order_by("pk")
    return [f"{letter.context['title']} | {letter.context['text']}" for letter in letters]


def test_a_source_that_is_gone_is_visited_no_more_and_staff_are_told_once(
    press: Press, server: FeedServer
) -> None:
    Publisher.objects.update(alert_address="desk@example.org")
    source = source_at(press, server, name="Wire")
    visit(source, server)
    server.routes["/feed"] = Answer(status=410)
    for minutes in (10, 20):
        visit(source, server, now=NOON + timedelta(minutes=minutes))

    assert not known(source).is_active
    assert fetching.due_ids(now=NOON + timedelta(days=9)) == []
    assert told() == [
        (
            "A source is gone: Wire | The server answered 410 (Gone). It is not visited any more until you "
            "make it active again."
        )
    ]
    assert Article.objects.count() == 1
    url = Letter.objects.get(kind="service_alert").context["url"]
    assert url.endswith(f"/admin/digests/source/{source.pk}/change/")


def test_a_source_that_goes_on_failing_is_told_once_until_it_works_again(
    press: Press, server: FeedServer
) -> None:
    Publisher.objects.update(alert_address="desk@example.org")
    source = source_at(press, server, name="Wire")
    fine, broken = server.routes["/feed"], Answer(status=503)
    for place, answer in enumerate([broken] * 2 + [fine] + [broken] * 4 + [fine] + [broken] * 3):
        server.routes["/feed"] = answer
        visit(source, server, now=NOON + place * TEN_MINUTES)
    assert len(told()) == 2
    text = "A source fails: Wire | 3 visits in a row have failed. The server answered 503 (Service Unavailable)."
    assert told()[0] == text


def test_a_source_that_answers_and_has_nothing_new_is_told(
    press: Press, server: FeedServer
) -> None:
    Publisher.objects.update(alert_address="desk@example.org")
    source = source_at(press, server, name="Wire", silent_hours=72)
    for hours in (0, 71, 72, 80):
        visit(source, server, now=NOON + timedelta(hours=hours))
    text = "A source brings nothing new: Wire | It answers, and has had no new story for 3 days."
    assert told() == [text]

    server.routes["/feed"] = rss(item("New", f"{STORY}0"))
    visit(source, server, now=NOON + timedelta(hours=81))
    assert known(source).told_of == ""
    Source.objects.update(silent_hours=0)
    visit(source, server, now=NOON + timedelta(hours=900))
    assert told() == [text]


def test_a_section_feed_whose_stories_came_by_another_first_is_not_silent(
    press: Press, server: FeedServer
) -> None:
    one, other = source_at(press, server), source_at(press, server, path="/feed?of=sport")
    visit(one, server)
    visit(other, server, now=NOON + TEN_MINUTES)
    assert known(other).brought_at == NOON + TEN_MINUTES


def test_what_a_feed_listed_and_what_was_taken_stand_with_the_source(
    press: Press, server: FeedServer
) -> None:
    server.routes["/feed"] = rss(
        item("One", STORY), item("Two", f"{STORY}2"), item("", f"{STORY}3")
    )
    source = source_at(press, server)
    visit(source, server)
    assert (known(source).found, known(source).taken) == (3, 2)
    assert known(source).warnings == ["1 story was left out: it has no headline."]


def test_a_feed_of_nothing_but_new_stories_may_have_lost_some(
    press: Press, server: FeedServer
) -> None:
    source = source_at(press, server)
    for place in range(3):
        links = [f"{STORY}{place}{number}" for number in range(3)]
        server.routes["/feed"] = rss(*(item(link, link) for link in links))
        visit(source, server, now=NOON + place * TEN_MINUTES)
        lost = any("come and gone in between" in text for text in known(source).warnings)
        assert lost is (place > 0)


# --- What a source is asked with, and what it gives to each story ------------------------------------------


@pytest.mark.parametrize(
    ("fields", "secret", "header", "value"),
    [
        ({"username": "desk"}, "pä:ss", "authorization", "Basic ZGVzazpww6Q6c3M="),
        ({"key_header": "X-API-Key"}, "key", "x-api-key", "key"),
        ({"key_header": "Authorization"}, "Bearer key", "authorization", "Bearer key"),
        ({}, "", "authorization", None),
    ],
)
def test_a_source_is_asked_with_its_password_or_key(
    press: Press,
    server: FeedServer,
    fields: dict[str, str],
    secret: str,
    header: str,
    value: str | None,
) -> None:
    kept = source_keys.sealed(secret) if secret else ""
    assert not secret or secret not in kept
    source = source_at(press, server, sealed_secret=kept, **fields)
    assert not visit(source, server).error
    assert server.requests[0].headers.get(header) == value


def test_a_key_that_no_longer_opens_is_said_and_asks_nobody(
    press: Press, server: FeedServer, settings: Settings
) -> None:
    source = source_at(press, server, sealed_secret=source_keys.sealed("key"), username="desk")
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 9
    assert "Enter it again" in visit(source, server).error
    assert server.requests == []
    settings.SECRET_KEY_FALLBACKS = [before]
    assert not visit(source, server).error
    Source.objects.update(sealed_secret="nonsense")
    assert "Enter it again" in visit(source, server).error


def test_a_key_that_has_expired_is_told_in_the_servers_words(
    press: Press, server: FeedServer
) -> None:
    source = source_at(press, server, sealed_secret=source_keys.sealed("old"), key_header="X-Key")
    server.routes["/feed"] = Answer(status=401)
    error = visit(source, server).error
    assert (
        error
        == "The server answered 401 (Unauthorized). Its password or key is refused: enter a new one."
    )
    Source.objects.update(sealed_secret="")
    assert (
        visit(source, server).error
        == "The server answered 401 (Unauthorized). It asks for a password or a key."
    )


def test_a_source_gives_its_tags_to_each_story(press: Press, server: FeedServer) -> None:
    server.routes["/feed"] = rss(item("One", STORY, tags=["Politics"]))
    visit(source_at(press, server, tags=["Wire ", "politics"]), server)
    assert Article.objects.get().tags == ["politics", "wire"]
