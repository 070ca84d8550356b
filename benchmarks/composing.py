"""What the composer's page is answered in, at a newsletter that has collected stories for years."""

import json
import time
from collections.abc import Callable
from datetime import datetime
from statistics import median, quantiles
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from benchmarks.audience import newsletter_with
from benchmarks.edition import approved_digest
from benchmarks.reports import Report, Say
from benchmarks.tables import markdown
from digests.models import Digest, Item, TemplateSection

ARTICLES = 50_000
AIM_MS = 150
TIMES = 30
# Headlines of some words each out of a few hundred, one story every ten minutes; a tenth were carried already.
STORIES = """
INSERT INTO digests_article (url, headline, summary, authors, tags, published_at, first_seen_at,
                              image_url, image_alt, image_error)
SELECT 'https://courier.example.org/older/' || n,
       (SELECT string_agg('word' || (n * 7919 + k * 104729) %% 400, ' ') FROM generate_series(1, 8) AS k)
           || CASE WHEN n %% 5000 = 0 THEN ' lighthouse' ELSE '' END,
       repeat('What it is about, in some words. ', 6), '{}', ARRAY['tag' || n %% 40],
       %s::timestamptz - n * interval '10 minutes', %s::timestamptz, '', '', ''
  FROM generate_series(1, %s) AS n
"""
CARRIED = """
INSERT INTO digests_item (section_id, article_id, position, kicker, headline, blurb, link_text, url, image_choice,
                          image_alt, is_locked, seen_headline, seen_summary)
SELECT %s, id, row_number() OVER (), '', '', '', '', '', 'story', '', false, '', ''
  FROM digests_article WHERE url LIKE '%%/older/%%' AND id %% 10 = 0
"""

Ask = Callable[[int], Any]


def composing(*, say: Say) -> Report:
    say(f"composer: {ARTICLES:,} stories are written")
    digest = _house(timezone.now())
    client = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0], HTTP_X_COMPOSER="1")
    client.force_login(User.objects.create_superuser(f"bench-{time.time_ns()}"))
    rows, figures, problems = [], {}, []
    for name, ask in _questions(client, digest).items():
        took = _timed(ask)
        middle, slow = median(took), quantiles(took, n=20)[-1]
        rows.append([name, f"{middle:.0f}", f"{slow:.0f}"])
        figures[name] = {"median_ms": round(middle, 1), "p95_ms": round(slow, 1)}
        if middle > AIM_MS:
            problems.append(f"composer: {name} takes {middle:.0f} ms; the aim is {AIM_MS}.")
    return Report(
        f"Composer: {ARTICLES:,} stories, a digest of 15, one request at a time, {TIMES} times each",
        markdown(["Request", "ms, median", "ms, 95th percentile"], rows),
        figures,
        problems,
    )


def _house(now: datetime) -> Digest:
    newsletter = newsletter_with(1_000)
    digest = approved_digest(newsletter, now=now)
    rule = TemplateSection.objects.create(template=newsletter.template, heading="Today", slots=7)
    today = digest.sections.get(heading="Today")
    today.made_from, today.slots = rule, 7
    today.save()
    old = Digest.objects.create(
        newsletter=newsletter,
        local_date=digest.local_date.replace(year=digest.local_date.year - 1, day=1),
        zone=digest.zone,
        approval_rule=digest.approval_rule,
        **dict.fromkeys(("assemble_at", "deadline_at", "due_at", "miss_at", "expires_at"), now),
    )
    with connection.cursor() as cursor:
        cursor.execute(STORIES, [now, now, ARTICLES])
        cursor.execute(CARRIED, [old.sections.create(heading="Before").pk])
        cursor.execute("VACUUM (ANALYZE) digests_article, digests_item")
    cache.clear()
    return digest


def _questions(client: Client, digest: Digest) -> dict[str, Ask]:
    page = f"/admin/digests/digest/{digest.pk}/compose/"
    section = digest.sections.get(heading="Today").pk
    items = list(Item.objects.filter(section=section).values_list("pk", flat=True))

    def change(**fields: Any) -> Any:
        return client.post(f"{page}change/", fields)

    def get(part: str = "") -> Ask:
        return lambda _turn: client.get(page + part)

    return {
        "the whole page": get(),
        "move a story": lambda turn: change(
            do="move", item=items[turn % len(items)], section=section, place=turn % 2
        ),
        "save a subject": lambda turn: change(do="words", subject=f"Subject {turn}"),
        "rewrite a headline": lambda turn: change(
            do="reword", item=items[0], headline=f"No. {turn}"
        ),
        "undo": lambda _turn: change(do="undo"),
        "look who is here": lambda _turn: client.post(f"{page}poll/", {"seen": "0"}),
        "newest stories": get("candidates/"),
        "search: a frequent word": get("candidates/?q=word17"),
        "search: a rare word": get("candidates/?q=lighthouse"),
        "search: two beginnings": get("candidates/?q=word1+word2"),
        "search: nothing found": get("candidates/?q=nowhere"),
        "search: a tag": get("candidates/?tag=tag7"),
        "twentieth page": get("candidates/?page=20"),
        "what would fill up": get("filling/"),
        "history": get("history/"),
        "weight and preflight": get("mail/"),
        "preview": lambda _turn: client.get(
            f"/admin/digests/digest/{digest.pk}/preview/mail.html?of=draft&theme=dark"
        ),
    }


def _timed(ask: Ask) -> list[float]:
    """Milliseconds of each time; the first goes unmeasured, as whoever comes first pays for what is then kept."""
    took = []
    for turn in range(TIMES + 1):
        started = time.perf_counter()
        response = ask(turn)
        elapsed = (time.perf_counter() - started) * 1000
        if response.status_code != 200:
            raise RuntimeError(f"{response.status_code}: {_said(response.content)}")
        if turn:
            took.append(elapsed)
    return took


def _said(content: bytes) -> str:
    try:
        return str(json.loads(content).get("refused", ""))
    except ValueError:
        return content[:200].decode(errors="replace")
