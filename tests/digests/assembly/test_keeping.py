"""One story, one row: whatever becomes of its address, its words and the feeds that it is in."""

from datetime import timedelta
from itertools import permutations
from urllib.parse import urlsplit

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from digests.assembly.feeds import Feed, parse_feed
from digests.assembly.identity import LONGEST_KEY, guid_key, story_key
from digests.assembly.keeping import keep
from digests.assembly.selecting import candidates, carried
from digests.models import Article, Sighting, Source, StoryAddress, TemplateSection
from digests.outside.canonical import canonical_url
from tests.builders import NOON, Press

SITE = "https://paper.example.org"


def item(link: str, guid: str = "", headline: str = "Council votes", tags: str = "") -> str:
    identity = f'<guid isPermaLink="false">{guid}</guid>' if guid else ""
    categories = "".join(f"<category>{tag}</category>" for tag in tags.split())
    link = link if urlsplit(link).scheme else SITE + link
    return f"<item><title>{headline}</title><link>{link}</link>{identity}{categories}</item>"


def feed(*items: str) -> Feed:
    body = f'<rss version="2.0"><channel><title>The Post</title>{"".join(items)}</channel></rss>'
    return parse_feed(body.replace("&", "&amp;").encode(), content_type=None, url=f"{SITE}/rss")


def bring(source: Source, *items: str) -> None:
    keep(feed(*items).stories, source, now=NOON)


@pytest.mark.parametrize(
    "variants",
    [
        ["/a?feedType=RSS&feedName=worldNews", "/a?feedType=RSS&feedName=topNews", "/a"],
        ["/a?wt_mc=rss.red.ho", "/a?partner=rss&emc=rss", "/a?ref=rss", "/a?source=rss-ab12", "/a?partner=rssnyt"],
        ["http://paper.example.org/a", "https://www.paper.example.org/a", "/a/", "/a/amp", "/a/amp/"],
        ["/a?amp=1", "/a?outputType=amp", "/a"],
        ["/a?utm_source=x&at_medium=RSS&ns_campaign=1&pk_kwd=2&mc_cid=3", "/a"],
    ],
)  # fmt: skip
def test_all_spellings_of_an_address_have_one_key(variants: list[str]) -> None:
    assert len({story_key(canonical_url(link, SITE)) for link in variants}) == 1


@pytest.mark.parametrize(
    "others",
    [
        ["/p?at_id=7", "/p?at_id=8", "/p?ns_id=7", "/p?pk_article=7", "/p"],
        ["/p?ref=politics", "/p?source=agency", "/p?from=2"],
        ["/camp", "/c", "/champs/amplifier"],
        ["/p?page=2", "/p?page=3"],
    ],
)
def test_what_names_a_story_is_kept(others: list[str]) -> None:
    assert len({story_key(canonical_url(link, SITE)) for link in others}) == len(others)


def test_keys_are_bounded_and_ids_that_are_addresses_have_one_spelling() -> None:
    long = story_key(f"{SITE}/{'x' * 1900}")
    assert len(long) == LONGEST_KEY
    assert long != story_key(f"{SITE}/{'x' * 1901}")
    assert guid_key("http://www.paper.example.org/?p=5") == guid_key(f"{SITE}/?p=5")
    assert guid_key("post-5") == "post-5"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("/council-votes", "p1", "Council votes"), ("/council-passes", "p1", "Council passes")),
        (("http://paper.example.org/a", "p1"), (f"{SITE}/a", "p1")),
        (("http://paper.example.org/a", ""), ("https://www.paper.example.org/a/", "")),
        (("/2026/10/a", f"{SITE}/?p=5"), ("/2026/11/a", "http://www.paper.example.org/?p=5")),
        (("/a", "p1"), ("/a", "p2")),
        (("/a", ""), ("/a", "p1")),
        (("/a", "p1"), ("/a", "")),
    ],
)
def test_a_story_stays_one_row_and_is_not_carried_again(
    press: Press, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    newsletter, source = press.newsletter(), press.source()
    bring(source, item(*before))
    story = Article.objects.get()
    yesterday = press.digest(newsletter, local_date=NOON.date() - timedelta(days=1))
    press.carry(yesterday, story)

    bring(source, item(*after))

    assert Article.objects.get().pk == story.pk
    link = after[0] if urlsplit(after[0]).scheme else SITE + after[0]
    assert Article.objects.get().url == link
    today = press.digest(newsletter)
    rule = TemplateSection.objects.get(template__newsletter=newsletter)
    used = carried(today, newsletter.template)
    assert candidates(rule, as_of=NOON, without=used, limit=5) == []


@pytest.mark.parametrize("order", list(permutations(["main", "politics"])))
def test_a_story_of_two_feeds_has_the_tags_of_both_and_fits_the_rules_of_both(
    press: Press, order: tuple[str, ...]
) -> None:
    items = {
        "main": [item("/budget", "p1", tags="front"), item("/cup", "s1", "Rovers win")],
        "politics": [item("/budget?ref=rss", "p1", tags="politics")],
    }
    sources = {name: press.source(name=name) for name in items}
    for name in (*order, *order):
        bring(sources[name], *items[name])
    budget = Article.objects.get(headline="Council votes")
    assert sorted(budget.tags) == ["front", "politics"]
    assert Article.objects.count() == 2
    for name, found in (("main", 2), ("politics", 1)):
        newsletter = press.newsletter(f"Of {name}")
        rule = TemplateSection.objects.get(template__newsletter=newsletter)
        rule.sources.add(sources[name])
        assert len(candidates(rule, as_of=NOON, without=(), limit=5)) == found
    bring(sources["politics"])  # it has left the section's front
    bring(sources["main"], item("/budget", "p1"))
    budget.refresh_from_db()
    assert budget.tags == ["politics"]


def test_only_an_id_tells_stories_of_one_address_apart_and_others_are_told_of() -> None:
    notices = [item("/news", f"n{number}", f"Notice {number}") for number in range(5)]
    found = feed(*notices)
    assert [story.headline for story in found.stories] == [
        f"Notice {number}" for number in range(5)
    ]
    assert found.warnings == ()
    live = [item(f"/live#u{number}", f"l{number}", f"Update {number}") for number in range(3)]
    assert [urlsplit(story.url).fragment for story in feed(*live).stories] == ["", "u1", "u2"]
    without_ids = feed(*(item(f"/live#u{number}", "", f"Update {number}") for number in range(3)))
    assert len(without_ids.stories) == 1
    told = "2 stories were left out: another has the same address, and no id tells them apart."
    assert without_ids.warnings == (told,)
    twice = feed(
        item("/a?wt_mc=rss", "1", "World"), item("/a", "1", "World"), item("/a", "2", "World")
    )
    assert (len(twice.stories), twice.warnings) == (1, ())


def test_stories_of_one_address_stay_apart_from_visit_to_visit(press: Press) -> None:
    source = press.source()
    notices = [item("/news", f"n{number}", f"Notice {number}") for number in range(3)]
    bring(source, notices[0])
    bring(source, *notices)
    bring(source, *reversed(notices))
    bring(source, notices[2])
    kept = Article.objects.order_by("headline").values_list("headline", flat=True)
    assert list(kept) == ["Notice 0", "Notice 1", "Notice 2"]


def test_an_id_that_all_stories_share_is_none(press: Press) -> None:
    source = press.source()
    bring(source, item("/a", "0", "A"), item("/b", "0", "B"))
    bring(source, item("/a", "0", "A"), item("/b", "0", "B"))
    assert Article.objects.count() == 2
    assert set(Sighting.objects.values_list("guid", flat=True)) == {""}


def test_ids_of_other_papers_mean_other_stories(press: Press) -> None:
    bring(press.source(), item("https://a.example.org/1", "1", "Of A"))
    bring(press.source(), item("https://b.example.org/1", "1", "Of B"))
    assert Article.objects.count() == 2
    # But an id that the whole web shares is the same story.
    shared = "tag:agency.example.org,2026:99"
    bring(press.source(), item("https://a.example.org/2", shared, "Of the agency"))
    bring(press.source(), item("https://b.example.org/2", shared, "Of the agency"))
    assert Article.objects.count() == 3


def test_a_summary_that_is_no_longer_public_stays_as_it_was(press: Press) -> None:
    source, words = (
        press.source(),
        "<description>Half of Mill Lane stood under water.</description>",
    )
    bring(source, item("/map", "m").replace("</item>", f"{words}</item>"))
    bring(source, item("/map", "m", "Map, corrected"))
    story = Article.objects.get()
    assert (story.headline, story.summary) == (
        "Map, corrected",
        "Half of Mill Lane stood under water.",
    )


def test_the_queries_do_not_grow_with_the_stories(press: Press) -> None:
    counts = []
    for number in (2, 40):
        source = press.source()
        items = [item(f"/{source.pk}/{n}", f"g{n}", f"Story {n}", tags="a") for n in range(number)]
        bring(source, *items)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            bring(source, *items)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_database_keeps_one_address_and_one_id_for_one_story(press: Press) -> None:
    source = press.source()
    bring(source, item("/a", "p1"))
    other = press.article()
    with pytest.raises(IntegrityError), transaction.atomic():
        StoryAddress.objects.create(key="paper.example.org/a", article=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sighting.objects.create(article=other, source=source, guid="p1", seen_at=NOON)
