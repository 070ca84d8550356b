"""The Harbour Courier as a customer: its publisher, its newsletters, its feed and its editor."""

import secrets
from dataclasses import dataclass
from datetime import datetime, time

from django.contrib.auth.models import User

from digests.choices import ApprovalRule, BlockStyle, Design, Weekday
from digests.models import Schedule, Source, Template, TemplateSection
from newsroom.roles import make_roles
from subscriptions.choices import NewsletterState
from subscriptions.models import EmbeddedForm, EmbeddedFormNewsletter, Newsletter, Publisher
from tools.demo.newsstand import lay_out

ZONE = "Europe/London"
EDITOR = "editor"


@dataclass(frozen=True, slots=True)
class Desk:
    editor: User
    password: str
    briefing: Newsletter
    good_news: Newsletter
    source: Source
    box: EmbeddedForm  # below every story of the paper


def furnish(*, feed_url: str, paper_url: str, is_own_feed: bool, now: datetime) -> Desk:
    """Make everything that a publisher makes in admin before the first digest.

    Somebody else's feed has other tags than ours, so its stories are taken whatever they are tagged with.
    """
    make_roles()
    _publisher(paper_url)
    briefing = _briefing(is_own_feed)
    good_news = _good_news(is_own_feed)
    lay_out(briefing, good_news)
    for newsletter, weekdays, at in (
        (briefing, list(Weekday), time(6, 0)),
        (good_news, [Weekday.FRIDAY], time(16, 0)),
    ):
        Schedule.objects.create(
            newsletter=newsletter,
            weekdays=weekdays,
            local_time=at,
            zone=ZONE,
            approval_rule=ApprovalRule.HOLD,
            planned_until=now,
        )
    name = "The Harbour Courier" if is_own_feed else "The feed you gave"
    source = Source.objects.create(name=name, url=feed_url)
    password = secrets.token_urlsafe(9)
    editor = User.objects.create_superuser(EDITOR, "editor@courier.example.org", password)
    box = _box(paper_url, briefing, good_news)
    return Desk(editor, password, briefing, good_news, source, box)


def _publisher(paper_url: str) -> None:
    publisher = Publisher.objects.current()
    publisher.name = "The Harbour Courier"
    publisher.colour = "#12344d"
    publisher.postal_address = "4 Tannery Quay, Port Aldwyn"
    publisher.privacy_url = f"{paper_url}/"
    publisher.sender_name = "The Harbour Courier"
    publisher.sender_address = "newsletters@courier.example.org"
    publisher.alert_address = "desk@courier.example.org"
    publisher.zone = ZONE
    publisher.save()


def _briefing(is_own_feed: bool) -> Newsletter:
    newsletter = Newsletter.objects.create(
        name="Morning Briefing",
        slug="morning-briefing",
        state=NewsletterState.LIVE,
        position=1,
        sign_up_headline="The morning’s news before your first coffee",
        description="What happened overnight, what will matter today, and one thing worth a smile. "
        "Five minutes, and you are up to date.",
        frequency="Every day at 6 am",
        colour="#12344d",
        sender_name="Morning Briefing",
        sender_address="briefing@courier.example.org",
        reply_to="desk@courier.example.org",
    )
    template = Template.objects.create(
        newsletter=newsletter,
        design=Design.BRIEFING,
        subject="{lead}",
        intro="Good morning from Port Aldwyn. Here is what the desk has chosen for you today.",
        outro="That is the morning. Reply to this mail if we missed something in your street.",
    )
    _sections(
        template,
        [
            ("", BlockStyle.LEAD, 1, [], True),
            ("Today", BlockStyle.STORIES, 4, [], True),
            (
                "City and country",
                BlockStyle.STORIES,
                3,
                _tags(is_own_feed, "city", "politics"),
                False,
            ),
            ("In brief", BlockStyle.BRIEFS, 6, [], False),
        ],
        max_age_hours=36,
    )
    return newsletter


def _good_news(is_own_feed: bool) -> Newsletter:
    newsletter = Newsletter.objects.create(
        name="Good News",
        slug="good-news",
        state=NewsletterState.LIVE,
        position=2,
        sign_up_headline="One mail a week that leaves you lighter",
        description="People who mended something, ideas that worked, and the odd heron. "
        "Every Friday, for the way home.",
        frequency="Every Friday at 4 pm",
        colour="#2f6b3c",
        sender_name="Good News",
        sender_address="goodnews@courier.example.org",
    )
    template = Template.objects.create(
        newsletter=newsletter,
        design=Design.WEEKLY,
        subject="Good News: {lead}",
        intro="The week had these in it, too.",
        expires_after_hours=48,
    )
    tags = _tags(is_own_feed, "good news")
    _sections(
        template,
        [
            ("", BlockStyle.LEAD, 1, tags, True),
            ("Also this week", BlockStyle.STORIES, 5, tags, False),
        ],
        max_age_hours=24 * 7,
    )
    return newsletter


def _box(paper_url: str, *newsletters: Newsletter) -> EmbeddedForm:
    box = EmbeddedForm.objects.create(
        placement="Below every story",
        allowed_origins=[paper_url],
        headline="The Courier, in your inbox",
        copy="From the morning’s briefing to the week’s good news: written in Port Aldwyn, free, "
        "and easy to leave.",
        success_text="Thank you for reading the Courier.",
    )
    for position, newsletter in enumerate(newsletters):
        EmbeddedFormNewsletter.objects.create(form=box, newsletter=newsletter, position=position)
    return box


def _tags(is_own_feed: bool, *tags: str) -> list[str]:
    return list(tags) if is_own_feed else []


def _sections(
    template: Template,
    rows: list[tuple[str, str, int, list[str], bool]],
    *,
    max_age_hours: int,
) -> None:
    for position, (heading, style, slots, tags, needs_picture) in enumerate(rows):
        TemplateSection.objects.create(
            template=template,
            position=position,
            heading=heading,
            style=style,
            slots=slots,
            tags=tags,
            needs_picture=needs_picture,
            max_age_hours=max_age_hours,
        )
