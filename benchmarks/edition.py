"""The digest that every way of sending is measured with: fifteen stories, rendered as for real readers."""

from datetime import datetime, timedelta
from itertools import islice

from django.db import connection

from digests.choices import ApprovalRule, BlockStyle
from digests.decisions import approval
from digests.models import Article, Digest, Image, Item, Section, Template
from subscriptions.models import Newsletter
from tools.demo.stories import Story, load_stories

# Heading, style, stories: fifteen in all, as a morning briefing has them.
SECTIONS = (
    ("", BlockStyle.LEAD, 1),
    ("Today", BlockStyle.STORIES, 5),
    ("City and country", BlockStyle.STORIES, 5),
    ("In brief", BlockStyle.BRIEFS, 4),
)
STORIES = sum(number for _heading, _style, number in SECTIONS)
PAPER = "https://courier.example.org"


def approved_digest(newsletter: Newsletter, *, now: datetime) -> Digest:
    """An approved digest that is due now. Everything of earlier runs is gone."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE digests_digest, digests_article, digests_image CASCADE")
    Template.objects.get_or_create(newsletter=newsletter)
    digest = Digest.objects.create(
        newsletter=newsletter,
        local_date=now.date(),
        zone="Europe/London",
        subject="The harbour ferries run again, and fourteen more stories",
        preheader="What happened overnight, what will matter today, and one thing worth a smile.",
        intro="Good morning from Port Aldwyn. Here is what the desk has chosen for you today.",
        outro="That is the morning. Reply to this mail if we missed something in your street.",
        approval_rule=ApprovalRule.SEND_APPROVED,
        assemble_at=now - timedelta(hours=12),
        deadline_at=now - timedelta(minutes=15),
        due_at=now,
        miss_at=now + timedelta(hours=6),
        expires_at=now + timedelta(hours=8),
        assembled_at=now - timedelta(hours=12),
    )
    stories = iter(load_stories())
    for position, (heading, style, number) in enumerate(SECTIONS):
        section = Section.objects.create(
            digest=digest, position=position, heading=heading, style=style, slots=number
        )
        for place, story in enumerate(islice(stories, number)):
            _carry(section, place, story, now)
    approval.approve(digest, by=None, now=now)
    digest.refresh_from_db()
    return digest


def _carry(section: Section, place: int, story: Story, now: datetime) -> None:
    published_at = story.published_at(now=now)
    article = Article.objects.create(
        url=f"{PAPER}/{published_at:%Y/%m/%d}/{story.section}/{story.slug}",
        headline=story.plain_headline,
        summary=story.standfirst,
        authors=list(story.authors),
        tags=list(story.tags),
        published_at=published_at,
        first_seen_at=now,
    )
    image = Image.objects.create(
        source_url=f"{PAPER}/pictures/{story.slug}.jpg",
        file=f"stories/{story.slug}-600.jpg",
        large_file=f"stories/{story.slug}-1200.jpg",
        width=600,
        height=400,
        large_width=1200,
        large_height=800,
    )
    Item.objects.create(
        section=section,
        article=article,
        position=place,
        kicker=story.section.replace("-", " ").title(),
        image=image,
        image_alt=f"A picture of {story.plain_headline.lower()}",
    )
