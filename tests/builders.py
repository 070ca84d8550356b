"""Valid rows for tests: say what the case is about, the rest is filled in.

Some code is given its `now`, other code asks the database. Both must mean the same days whenever the tests run, so NOON
is counted from the real clock, which PostgreSQL follows, too. A test about a certain day (a clock change, a leap day)
names that day, and calls only code that is given its `now`.
"""

import os
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any

from digests import versions
from digests.choices import ApprovalRule, DigestState
from digests.delivery import freezing
from digests.models import (
    Article,
    Digest,
    Item,
    Schedule,
    Section,
    Source,
    Template,
    TemplateSection,
)
from subscriptions.choices import NewsletterState, SubscriptionState
from subscriptions.models import Newsletter, Publisher, Subscriber, Subscription

# Every process of one run means the same moments, also a process that starts after midnight.
_BEGAN = datetime.fromisoformat(
    os.environ.setdefault("NEWSROOM_TESTS_BEGAN", datetime.now(UTC).isoformat())
)
# Yesterday's: twelve hours ago at least, and thirty-six at most.
NOON = (_BEGAN - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
DAY = NOON.date()
# For what is about weekdays and dates, and is given its `now`: Press(noon=MONDAY_NOON).
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_number = count(1)


class Press:
    """Builds what a case needs around one publisher. Times are relative to `noon` unless given."""

    def __init__(self, noon: datetime = NOON) -> None:
        self.noon = noon
        self.publisher = Publisher.objects.current()
        self.publisher.privacy_url = "https://paper.example.org/privacy"
        self.publisher.save()

    def newsletter(self, name: str = "Morning Briefing", **fields: Any) -> Newsletter:
        values = {
            "slug": name.lower().replace(" ", "-"),
            "state": NewsletterState.LIVE,
            "sender_address": "briefing@example.org",
            "postal_address": "1 Quay Street, Port Aldwyn",
        }
        newsletter = Newsletter.objects.create(name=name, **(values | fields))
        template = Template.objects.create(newsletter=newsletter, minimum_stories=1)
        TemplateSection.objects.create(template=template, heading="Today", slots=5)
        return newsletter

    def schedule(self, newsletter: Newsletter, **fields: Any) -> Schedule:
        values = {
            "weekdays": list(range(7)),
            "local_time": time(6, 0),
            "zone": "Europe/Paris",
            "planned_until": self.noon,
        }
        return Schedule.objects.create(newsletter=newsletter, **(values | fields))

    def reader(self, newsletter: Newsletter | None = None, **fields: Any) -> Subscriber:
        """An active reader of the newsletter, if one is given."""
        number = next(_number)
        subscriber = Subscriber.objects.create(
            **({"address": f"reader{number}@example.org"} | fields)
        )
        if newsletter is not None:
            self.subscribe(subscriber, newsletter)
        return subscriber

    def readers(self, newsletter: Newsletter, number: int) -> list[Subscriber]:
        first = next(_number)
        subscribers = Subscriber.objects.bulk_create(
            Subscriber(address=f"reader{first}.{place}@example.org") for place in range(number)
        )
        Subscription.objects.bulk_create(
            Subscription(
                subscriber=subscriber,
                newsletter=newsletter,
                state=SubscriptionState.ACTIVE,
                confirmed_at=self.noon,
            )
            for subscriber in subscribers
        )
        return subscribers

    def subscribe(self, subscriber: Subscriber, newsletter: Newsletter) -> Subscription:
        return Subscription.objects.create(
            subscriber=subscriber,
            newsletter=newsletter,
            state=SubscriptionState.ACTIVE,
            confirmed_at=self.noon,
        )

    def source(self, **fields: Any) -> Source:
        number = next(_number)
        values = {"name": f"Wire {number}", "url": f"https://wire{number}.example.org/feed.xml"}
        return Source.objects.create(**(values | fields))

    def article(self, headline: str = "", **fields: Any) -> Article:
        number = next(_number)
        values = {
            "url": f"https://paper.example.org/stories/{number}",
            "headline": headline or f"Story {number}",
            "summary": "Two sentences of it. Here is the other.",
            "published_at": self.noon - timedelta(hours=1),
            "first_seen_at": self.noon - timedelta(hours=1),
        }
        return Article.objects.create(**(values | fields))

    def digest(self, newsletter: Newsletter, **fields: Any) -> Digest:
        due_at = fields.pop("due_at", self.noon)
        values = {
            "local_date": self.noon.date(),
            "zone": "Europe/Paris",
            "subject": "What happened in the night",
            "approval_rule": ApprovalRule.SEND_APPROVED,
            "assemble_at": due_at - timedelta(hours=12),
            "deadline_at": due_at - timedelta(minutes=15),
            "due_at": due_at,
            "miss_at": due_at + timedelta(hours=2),
            # Batches are due and expire by the database's own clock.
            "expires_at": max(due_at, datetime.now(UTC)) + timedelta(hours=8),
            "assembled_at": due_at - timedelta(hours=12),
        }
        return Digest.objects.create(newsletter=newsletter, **(values | fields))

    def carry(self, digest: Digest, *articles: Article) -> Section:
        section, _made = Section.objects.get_or_create(
            digest=digest, defaults={"heading": "Today", "slots": 50}
        )
        start = section.items.count()
        for place, article in enumerate(articles, start=start):
            Item.objects.create(section=section, article=article, position=place)
        return section

    def approved(self, newsletter: Newsletter, **fields: Any) -> Digest:
        """With one story, kept as version 1."""
        digest = self.digest(newsletter, **fields)
        self.carry(digest, self.article())
        digest.approved_version = versions.keep(digest, by=None, now=self.noon)
        digest.approved_at = self.noon
        digest.state = DigestState.APPROVED
        digest.save()
        return digest

    def frozen(self, newsletter: Newsletter, **fields: Any) -> Digest:
        digest = self.approved(newsletter, **fields)
        done = freezing.freeze(digest.pk, now=digest.due_at)
        assert done is freezing.Freeze.DONE, (done, Digest.objects.get(pk=digest.pk).state_reason)
        digest.refresh_from_db()
        return digest
