"""How the Courier lays out its sign-up page: what stands under which heading, with which picture."""

from io import BytesIO
from typing import Any

from subscriptions.choices import NewsletterState
from subscriptions.illustrations import shrunk
from subscriptions.models import Newsletter, NewsletterGroup
from tools.demo.illustrations import paint

# Scene and palette of illustrations.py, by slug.
PICTURES = {
    "morning-briefing": ("harbour", "world"),
    "courier-alerts": ("skyline", "city"),
    "good-news": ("fields", "good-news"),
    "on-stage": ("theatre", "culture"),
}


def lay_out(daily: Newsletter, weekly: Newsletter) -> None:
    """Two shelves of two: the daily may be had as the weekly; the others go out now and then, by hand."""
    news = NewsletterGroup.objects.create(name="The news, as you like it", position=1)
    weekend = NewsletterGroup.objects.create(name="For slower hours", position=2)
    daily.group, daily.lighter, weekly.group = news, weekly, weekend
    alerts = _occasional(
        news,
        name="Courier Alerts",
        slug="courier-alerts",
        position=3,
        description="One short mail when something happens that you would want to be called for. "
        "Some weeks bring none.",
        frequency="Only when it matters",
        colour="#a3252b",
    )
    stage = _occasional(
        weekend,
        name="On Stage",
        slug="on-stage",
        position=4,
        description="What to see, hear and read in Port Aldwyn, chosen by people who went there first.",
        frequency="On the first Sunday of the month",
        colour="#6b3a5b",
    )
    for newsletter in (daily, weekly, alerts, stage):
        scene, palette = PICTURES[newsletter.slug]
        picture = shrunk(BytesIO(paint(newsletter.slug, scene, palette)), f"{newsletter.slug}.jpg")
        newsletter.illustration.save(str(picture.name), picture, save=False)
        newsletter.save()


def _occasional(group: NewsletterGroup, *, name: str, **words: Any) -> Newsletter:
    return Newsletter(
        group=group,
        state=NewsletterState.LIVE,
        name=name,
        sender_name=name,
        sender_address="newsletters@courier.example.org",
        **words,
    )
