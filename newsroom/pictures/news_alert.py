"""A news alert from its story to its page in the archive."""

from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page

from digests import tasks
from digests.archive import reading
from digests.decisions import approval, news_alerts
from digests.delivery import freezing
from digests.models import Article, Digest
from newsroom.demo.newsdesk import Desk
from newsroom.pictures.pages import take_pictures
from subscriptions.choices import SubscriptionState
from subscriptions.clock import database_now
from subscriptions.models import Subscriber, Subscription

READERS = 64


def take_alert_pictures(page: Page, base: str, desk: Desk, sent: Digest, out: Path) -> list[Path]:
    """Of the story that led the briefing which was sent: some who read the weekly do not have it yet."""
    _more_readers(desk)
    story = Article.objects.filter(items__section__digest=sent, items__image__isnull=False).first()
    assert story is not None  # noqa: S101 - the paper has pictures
    words = replace(
        news_alerts.proposal(story),
        kicker="Just in",
        intro="The mayor speaks at nine. We are there.",
    )
    begun = f"{base}/admin/digests/digest/alert/"
    page.goto(f"{begun}?q={story.headline.split()[0]}")
    pictures = take_pictures(page, "desk-alert-story", out, reload=True)
    page.goto(f"{begun}?story={story.pk}")
    pictures += take_pictures(page, "desk-alert-words", out, reload=True)
    alert = news_alerts.draft(desk.good_news.pk, story.pk, words, now=database_now())
    page.goto(f"{base}/admin/digests/digest/{alert.pk}/alert/")
    page.wait_for_timeout(500)  # for the mail in its frames
    pictures += take_pictures(page, "desk-alert-release", out, reload=True)
    page.goto(f"{base}/admin/digests/digest/{alert.pk}/change/")
    pictures += take_pictures(page, "desk-alert", out, reload=True)
    approval.approve(alert, by=None, now=database_now())  # the weekly wants two people
    freezing.freeze(alert.pk, now=database_now())
    tasks.drain_now(30)
    page.goto(base + reading.page_path(alert))
    pictures += take_pictures(page, "archived-alert", out)
    page.goto(f"{base}/archive/{desk.good_news.slug}/")
    return pictures + take_pictures(page, "archive-with-alert", out)


def _more_readers(desk: Desk) -> None:
    readers = Subscriber.objects.bulk_create(
        Subscriber(address=f"weekly{number}@example.org") for number in range(READERS)
    )
    Subscription.objects.bulk_create(
        Subscription(
            subscriber=reader,
            newsletter=desk.good_news,
            state=SubscriptionState.ACTIVE,
            confirmed_at=database_now(),
        )
        for reader in readers
    )
