"""The site with a morning's work in it, served for real and photographed page by page."""

import os
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

import requests
from django.db import connections
from playwright.sync_api import Browser

from digests import tasks
from digests.assembly import copying, fetching
from digests.assembly.assembling import assemble
from digests.choices import MAIN_SLOT
from digests.decisions import approval, steering
from digests.delivery import freezing
from digests.models import Digest
from digests.plan import planning
from newsroom.processes import Processes, web
from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.models import SignUp
from subscriptions.sign_up import opt_in
from tools.demo.database import start_afresh
from tools.demo.newsdesk import Desk, furnish
from tools.demo.paper import Paper
from tools.demo.telling import wait_until
from tools.pictures.archived import furnish_archive
from tools.pictures.calendar import furnish_calendar
from tools.pictures.desk import take_desk_pictures
from tools.pictures.desk_rows import book_sponsors
from tools.pictures.embedded import take_embedded_pictures
from tools.pictures.readers import take_reader_pictures
from tools.pictures.served import Site

READERS = 240
EVIDENCE = Evidence("pictures")


def render_site_pictures(
    out: Path, port: int, parts: Collection[str], languages: Collection[str], *, browser: Browser
) -> list[Path]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread
    start_afresh()
    now = database_now()
    with Paper(now=now) as paper, Processes(out.parent / "log") as processes:
        desk = furnish(feed_url=paper.feed_url, paper_url=paper.url, is_own_feed=True, now=now)
        sent, draft = _morning(desk, paper, now)
        archived = furnish_archive(desk, sent, now=database_now())
        furnish_calendar(desk, draft, now=now)
        connections.close_all()
        processes.start(web(port))
        base = f"http://127.0.0.1:{port}"
        wait_until(
            lambda: _answers(base), seconds=60, problem=lambda: "The web server did not answer."
        )
        pictures: list[Path] = []
        if "readers" in parts:
            pictures += take_reader_pictures(
                base, desk, archived, out, languages=languages, browser=browser
            )
        if "embedded" in parts:
            pictures += take_embedded_pictures(base, paper, desk, out, browser=browser)
        if "desk" in parts:
            pictures += take_desk_pictures(Site(base, desk, sent, draft), out, browser=browser)
        return pictures


def _morning(desk: Desk, paper: Paper, now: datetime) -> tuple[Digest, Digest]:
    """A briefing that was sent to readers who signed up, and a weekly that waits for its editor."""
    allow = frozenset({paper.address})
    newsletters = [desk.briefing.slug, desk.good_news.slug]
    for number in range(READERS):
        opt_in.request(f"reader{number}@example.org", newsletters, EVIDENCE, now=now)
    for sign_up in SignUp.objects.all()[: READERS - 1]:
        opt_in.confirm(sign_up, EVIDENCE, now=now)
    fetching.fetch(desk.source.pk, now=now, allow=allow)
    friday = now.date() + timedelta(days=(4 - now.weekday()) % 7)
    digests = (
        planning.digest_for(desk.briefing, None, MAIN_SLOT, now=now),
        planning.digest_for(desk.good_news, friday, MAIN_SLOT, now=now),
    )
    for digest in digests:
        assemble(digest.pk, now=now, again=True)
    for item_id in copying.without_picture():
        copying.copy_picture(item_id, allow=allow)
    book_sponsors(desk, digests)
    sent = digests[0]
    approval.approve(sent, by=desk.editor, now=database_now())
    steering.send_now(sent, now=database_now())
    freezing.freeze(sent.pk, now=database_now())
    tasks.drain_now(30)
    return digests


def _answers(base: str) -> bool:
    try:
        return requests.get(f"{base}/readyz", timeout=2).ok
    except requests.RequestException:
        return False
