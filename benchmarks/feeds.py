"""What it costs to read a feed of 500 stories and keep it, and to tell near-duplicates apart at an assembly."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from statistics import median
from typing import Any

from django.db import transaction
from django.utils import timezone

from benchmarks.reports import Report, Say
from benchmarks.tables import markdown, spread
from digests.assembly.alike import traits_of, without_alike
from digests.assembly.feeds import parse_feed
from digests.assembly.keeping import keep
from digests.models import Article, Source

STORIES = 500
CANDIDATES = 120  # of a digest: what the rules of a large newsletter ask for
TIMES = 7
READ_AIM = 1.0  # seconds of processor
KEEP_AIM = 1.5  # with what it costs us to keep them; PostgreSQL's part is not in it
ALIKE_AIM = 0.05
WORDS = (
    *("harbour", "council", "budget", "ferry", "bridge", "mayor", "storm", "market", "school"),
    *("hospital", "vote", "court", "rain", "river", "trade"),
)


def feeds(*, say: Say) -> Report:
    say(f"feeds: one of {STORIES} stories is read and kept {TIMES} times")
    body = feed_of(STORIES).encode()
    source = Source.objects.create(
        name="Benchmark", url=f"https://wire.example.org/{time.time_ns()}"
    )

    def read() -> Any:
        return parse_feed(body, content_type="application/rss+xml", url=source.url)

    def kept() -> None:
        with transaction.atomic():
            keep(read().stories, source, now=timezone.now())

    found = {
        "read": _timed(read),
        "read and keep, all known": _timed(kept),
        f"tell {CANDIDATES} candidates apart": _timed(lambda: _apart(source)),
    }
    aims = (READ_AIM, KEEP_AIM, ALIKE_AIM)
    problems = [
        f"feeds: {name} takes {median(took):.3f} s; the aim is {aim:g} s."
        for (name, took), aim in zip(found.items(), aims, strict=True)
        if median(took) > aim
    ]
    return Report(
        f"Feeds: {STORIES} stories, {len(body) // 1000:,} KB of RSS",
        markdown(
            ["", "ms of processor"],
            [[name, spread([1000 * one for one in took], 1)] for name, took in found.items()],
        ),
        {name: round(median(took), 4) for name, took in found.items()},
        problems,
    )


def feed_of(number: int) -> str:
    """Stories with a standfirst, a text of three paragraphs, two tags and a picture."""
    items = "".join(_item(place) for place in range(number))
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Wire</title>{items}</channel></rss>'
    )


def _item(place: int) -> str:
    words = [WORDS[(place * 7 + step * step) % len(WORDS)] for step in range(60)]
    published = datetime(2026, 11, 30, tzinfo=UTC) - timedelta(minutes=place)
    text = "".join(f"<p>{' '.join(words[start:])}.</p>" for start in (0, 10, 20))
    return (
        f"<item><title>{' '.join(words[:8])} {place}</title><link>https://wire.example.org/{place}</link>"
        f'<guid isPermaLink="false">wire-{place}</guid><pubDate>{format_datetime(published)}</pubDate>'
        f"<description>{' '.join(words[:30])}.</description><category>{words[1]}</category>"
        f'<media:content url="https://wire.example.org/{place}.jpg" medium="image" width="1200"/>'
        f"<content:encoded><![CDATA[{text}]]></content:encoded></item>"
    )


def _apart(source: Source) -> None:
    articles = list(Article.objects.filter(source=source)[:CANDIDATES])
    without_alike(articles, [traits_of(article) for article in articles[:20]], CANDIDATES)


def _timed(work: Callable[[], Any]) -> list[float]:
    """Seconds of processor; the first time warms up."""
    work()
    took = []
    for _turn in range(TIMES):
        begun = time.process_time()
        work()
        took.append(time.process_time() - begun)
    return took
