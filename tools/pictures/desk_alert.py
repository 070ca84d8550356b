"""A news alert from its story to its page in the archive."""

from dataclasses import replace

from playwright.sync_api import Page

from digests import tasks
from digests.archive import reading
from digests.decisions import approval, news_alerts
from digests.delivery import freezing
from digests.models import Article
from subscriptions.choices import SubscriptionState
from subscriptions.clock import database_now
from subscriptions.models import Subscriber, Subscription
from tools.demo.newsdesk import Desk
from tools.pictures.camera import Camera
from tools.pictures.served import Site

READERS = 64


def take_alert_pictures(camera: Camera, site: Site) -> None:
    """Take the pictures of a news alert.

    Its story led the briefing that was sent. Some readers of the weekly do not have the story yet.
    """
    _more_readers(site.desk)
    weekly = site.desk.good_news
    story = Article.objects.filter(
        items__section__digest=site.sent, items__image__isnull=False
    ).first()
    assert story is not None  # noqa: S101 - the paper has pictures
    words = replace(
        news_alerts.proposal(story),
        kicker="Just in",
        intro="The mayor speaks at nine. We are there.",
    )
    begun = "/admin/digests/digest/alert/"
    camera.take("desk-alert-story", f"{begun}?q={story.headline.split()[0]}")
    camera.take("desk-alert-no-story", f"{begun}?q=xylophone")
    camera.take("desk-alert-words", f"{begun}?story={story.pk}")
    alert = news_alerts.draft(weekly.pk, story.pk, words, now=database_now())
    camera.take("desk-alert-release", f"/admin/digests/digest/{alert.pk}/alert/", _mail_is_there)
    camera.take("desk-alert", f"/admin/digests/digest/{alert.pk}/change/")
    approval.approve(alert, by=None, now=database_now())  # the weekly wants two people
    freezing.freeze(alert.pk, now=database_now())
    tasks.drain_now(30)
    camera.take("desk-alert-sent", f"/admin/digests/digest/{alert.pk}/change/")
    camera.take("archived-alert", reading.page_path(alert))
    camera.take("archive-with-alert", f"/archive/{weekly.slug}/")


def _mail_is_there(page: Page) -> None:
    page.wait_for_timeout(500)


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
