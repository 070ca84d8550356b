"""The site with a morning's work in it, served for real and photographed page by page."""

import os
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

import requests
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser

from digests import tasks
from digests.assembly import copying, fetching
from digests.assembly.assembling import assemble
from digests.choices import MAIN_SLOT
from digests.decisions import approval, steering
from digests.delivery import freezing
from digests.delivery.warmup import plans
from digests.models import Digest, WarmUp
from digests.plan import planning
from newsroom.demo.database import start_afresh
from newsroom.demo.newsdesk import Desk, furnish
from newsroom.demo.paper import Paper
from newsroom.demo.telling import wait_until
from newsroom.pictures.archived import furnish_archive
from newsroom.pictures.calendar import furnish_calendar, planned_page
from newsroom.pictures.desk import book_sponsors, take_desk_pictures
from newsroom.pictures.embedded import take_embedded_pictures
from newsroom.pictures.news_alert import take_alert_pictures
from newsroom.pictures.pages import take_pictures
from newsroom.pictures.readers import take_reader_pictures
from newsroom.pictures.templates import take_template_pictures
from newsroom.processes import Processes, web
from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.mailing import transports
from subscriptions.models import SignUp
from subscriptions.sign_up import opt_in

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
            pictures += _desk_pages(base, desk, [sent, draft], out, browser)
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


def _desk_pages(
    base: str, desk: Desk, digests: list[Digest], out: Path, browser: Browser
) -> list[Path]:
    page = browser.new_page()
    page.goto(f"{base}/admin/login/?next=/admin/")
    pictures = take_pictures(page, "desk-login", out)
    page.get_by_label("username").fill(desk.editor.username)
    page.locator("input[type=password]").fill(desk.password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/admin/", timeout=15_000)
    sent, draft = digests
    paths = {
        "desk": "/admin/",
        "desk-digests": "/admin/digests/digest/",
        "desk-digest-draft": f"/admin/digests/digest/{draft.pk}/change/",
        "desk-compose": f"/admin/digests/digest/{draft.pk}/compose/",
        "desk-preview": f"/admin/digests/digest/{draft.pk}/preview/",
        "desk-approve": f"/admin/digests/digest/{draft.pk}/approve/",
        "desk-preflight": f"/admin/digests/digest/{draft.pk}/preflight/",
        "desk-calendar": "/admin/digests/digest/calendar/",
        "desk-calendar-week": "/admin/digests/digest/calendar/?view=week",
        "desk-calendar-planned": planned_page(desk.good_news, draft.local_date + timedelta(days=7)),
        "desk-publisher": "/admin/subscriptions/publisher/1/change/",
        "desk-digest-sent": f"/admin/digests/digest/{sent.pk}/change/",
        "desk-live": f"/admin/digests/digest/{sent.pk}/live/",
        "desk-newsletter": f"/admin/subscriptions/newsletter/{desk.briefing.pk}/change/",
        "desk-articles": "/admin/digests/article/",
        "desk-sources": "/admin/digests/source/",
        "desk-embedded-forms": "/admin/subscriptions/embeddedform/",
        "desk-embedded-form": f"/admin/subscriptions/embeddedform/{desk.box.pk}/change/",
        "desk-growth": "/admin/subscriptions/embeddedform/by-page-list/",
        "desk-subscribers": "/admin/subscriptions/subscriber/",
    }
    for name, path in paths.items():
        page.goto(base + path)
        pictures += take_pictures(page, name, out, reload=True)
    pictures += take_desk_pictures(base, (sent, draft), page, out)
    pictures += take_template_pictures(base, desk, page, out)
    pictures += take_alert_pictures(page, base, desk, sent, out)
    page.goto(f"{base}/admin/digests/warmup/{_warm_up()}/change/")
    pictures += take_pictures(page, "desk-warm-up", out, reload=True)
    page.goto(f"{base}/admin/digests/digest/{draft.pk}/approve/")
    pictures += take_pictures(page, "desk-approve-warming-up", out, reload=True)
    _let_the_way_out_fail()
    page.goto(f"{base}/admin/")
    pictures += take_pictures(page, "desk-way-out-down", out, reload=True)
    page.close()
    return pictures


def _warm_up() -> int:
    """A plan on its third day, too small for this house's readers."""
    today = plans.today(database_now())
    plan = WarmUp.objects.create(starts_on=today - timedelta(days=2), first_day=60)
    for days, (ceiling, used) in enumerate(((135, 80), (90, 90), (60, 60))):
        day = today - timedelta(days=days)
        for provider in ("Gmail", "example.org"):
            plan.days.create(provider=provider, day=day, ceiling=ceiling, used=used)
    return plan.pk


def _let_the_way_out_fail() -> None:
    """As if its server had closed again and again."""
    name, now = settings.MAIL_ROUTES["digests"].name, database_now()
    for _time in range(transports.MOST_FAILURES):
        why = "mail.example.org:587 cannot be reached: Connection refused"
        transports.note_trouble(name, why, rest_seconds=10, now=now)
        transports.end_rest(name, now=now)
    transports.note_trouble(name, why, rest_seconds=10, now=now)
