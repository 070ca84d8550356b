"""One dated instance of a newsletter, its sections and their items."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.choices import (
    EDITABLE_STATES,
    MAIN_SLOT,
    NEVER_SENT,
    OPEN_STATES,
    UNDER_WAY_STATES,
    ApprovalRule,
    BlockStyle,
    DigestState,
    ImageChoice,
    PastRule,
)
from digests.cohorts import SPREAD
from digests.models.article import URL_LENGTH, Article, Image
from digests.models.digest_queries import DigestQuerySet
from digests.models.plan import SLOT_PATTERN, Schedule, TemplateSection
from subscriptions.local_times import day_of
from subscriptions.models import Newsletter
from subscriptions.public_ids import PUBLIC_ID_LENGTH, new_public_id
from subscriptions.validators import validate_one_line, validate_zone


class Digest(models.Model):
    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id
    )
    newsletter = models.ForeignKey(Newsletter, on_delete=models.PROTECT, related_name="digests")
    schedule = models.ForeignKey(
        Schedule, on_delete=models.SET_NULL, null=True, blank=True, related_name="digests"
    )
    local_date = models.DateField(verbose_name=_("date"))
    slot = models.CharField(max_length=32, default=MAIN_SLOT)
    zone = models.CharField(max_length=64, validators=[validate_zone], verbose_name=_("time zone"))
    state = models.CharField(max_length=10, choices=DigestState, default=DigestState.DRAFT)
    state_reason = models.CharField(max_length=300, blank=True, editable=False)

    subject = models.CharField(max_length=200, blank=True, validators=[validate_one_line])
    preheader = models.CharField(max_length=200, blank=True, validators=[validate_one_line])
    intro = models.TextField(blank=True)
    outro = models.TextField(blank=True)

    # The plan of the day, copied from the schedule when the digest is made: a later change of the schedule moves
    # only digests that nobody has touched (digests/plan/planning.py).
    assemble_at = models.DateTimeField()
    deadline_at = models.DateTimeField(verbose_name=_("approval deadline"))
    due_at = models.DateTimeField(verbose_name=_("goes out at"))
    miss_at = models.DateTimeField(help_text=_("Not under way by then, it is missed."))
    expires_at = models.DateTimeField(help_text=_("No reader gets it later than this."))
    approval_rule = models.CharField(max_length=16, choices=ApprovalRule)
    # When staff are reminded that nobody has approved it; None: never, and its rule acts without a word.
    remind_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Readers get it when their own clocks show this time, the first of them at due_at; NULL: all at due_at.
    local_time = models.TimeField(null=True, blank=True)
    past_rule = models.CharField(max_length=4, choices=PastRule, default=PastRule.NOW)

    assembled_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_version = models.ForeignKey(
        "digests.Version",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What readers get from the next slice on; a swap or a correction moves it to the next version.
    sending_version = models.ForeignKey(
        "digests.Version",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    audience_size = models.PositiveIntegerField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    # A correction is for the readers of these versions of another digest alone (delivery/corrected.py).
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        editable=False,
    )
    wrong_version_ids = ArrayField(
        models.BigIntegerField(), default=list, blank=True, editable=False
    )
    # A news alert is about this story alone, and for readers who do not have it yet (delivery/informed.py).
    urgent_story = models.ForeignKey(
        Article,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="news_alerts",
        editable=False,
    )
    # Grows by one with every change of what is in it (models/composing.py): what an editor's page is held against.
    revision = models.PositiveIntegerField(default=0, editable=False)

    objects = DigestQuerySet.as_manager()

    class Meta:
        ordering = ["-local_date", "newsletter", "slot"]
        constraints = [
            models.UniqueConstraint(
                fields=["newsletter", "local_date", "slot"], name="digest_once_a_slot"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=DigestState.values), name="digest_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(slot__regex=SLOT_PATTERN), name="digest_slot_form"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=DigestState.APPROVED)
                | models.Q(approved_version__isnull=False),
                name="digest_approved_has_version",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[*UNDER_WAY_STATES, DigestState.SENT])
                | models.Q(
                    sending_version__isnull=False,
                    frozen_at__isnull=False,
                    audience_size__isnull=False,
                ),
                name="digest_under_way_is_frozen",
            ),
            # Two editors at once, or two clicks: a second one of the same story only where the first came to nothing.
            models.UniqueConstraint(
                fields=["newsletter", "urgent_story"],
                condition=models.Q(urgent_story__isnull=False) & ~models.Q(state__in=NEVER_SENT),
                name="news_alert_once_a_story",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=[*OPEN_STATES, *UNDER_WAY_STATES]),
                name="digest_at_work",
            ),
            models.Index(fields=["local_date"], name="digest_of_day"),
        ]
        permissions = [
            ("approve_digest", "Can approve a digest"),
            ("send_digest", "Can send, pause and cancel a digest"),
        ]

    def __str__(self) -> str:
        slot = "" if self.slot == MAIN_SLOT else f", {self.slot}"
        return f"{self.newsletter}, {day_of(self.local_date)}{slot}"

    @property
    def is_open(self) -> bool:
        """Is its audience still to be chosen?"""
        return self.state in OPEN_STATES

    @property
    def is_editable(self) -> bool:
        """May an editor change what is in it? While it is being sent, that is the next version (stop_press.py)."""
        return self.state in EDITABLE_STATES

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY_STATES

    @property
    def is_urgent(self) -> bool:
        """Is it a news alert?"""
        return self.urgent_story_id is not None

    @property
    def last_due_at(self) -> datetime:
        """When the last clocks of the world show its time; due_at, if all readers get it at once."""
        return self.due_at if self.local_time is None else self.due_at + SPREAD

    def local(self, moment: datetime) -> datetime:
        """As the clocks of its zone show it, for people."""
        return moment.astimezone(ZoneInfo(self.zone))


class Section(models.Model):
    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="sections")
    made_from = models.ForeignKey(
        TemplateSection, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    position = models.PositiveSmallIntegerField(default=0)
    heading = models.CharField(max_length=80, blank=True, validators=[validate_one_line])
    style = models.CharField(max_length=10, choices=BlockStyle, default=BlockStyle.STORIES)
    slots = models.PositiveSmallIntegerField(default=5, verbose_name=_("stories"))

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.heading or self.get_style_display()


class Item(models.Model):
    """An article in a section, or a story of the editor's own; what was left blank is the article's own."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="items")
    # None: written by hand, with a headline of its own and a link or none.
    article = models.ForeignKey(
        Article, on_delete=models.PROTECT, null=True, blank=True, related_name="items"
    )
    position = models.PositiveSmallIntegerField(default=0)
    kicker = models.CharField(max_length=60, blank=True, validators=[validate_one_line])
    headline = models.CharField(max_length=300, blank=True, validators=[validate_one_line])
    blurb = models.TextField(blank=True)
    link_text = models.CharField(max_length=60, blank=True, validators=[validate_one_line])
    url = models.URLField(max_length=URL_LENGTH, blank=True, verbose_name=_("link"))
    image = models.ForeignKey(
        Image, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    image_choice = models.CharField(
        max_length=8, choices=ImageChoice, default=ImageChoice.STORY, editable=False
    )
    image_alt = models.CharField(max_length=300, blank=True)
    is_locked = models.BooleanField(
        default=False, help_text=_("Chosen by a person; a new assembly leaves it where it is.")
    )
    # As the article read when it was put in, or when an editor last looked: what differs now, its source has changed.
    seen_headline = models.CharField(max_length=300, blank=True, editable=False)
    seen_summary = models.TextField(blank=True, editable=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["section", "article"], name="item_once_a_section"),
            models.CheckConstraint(
                condition=models.Q(article__isnull=False) | ~models.Q(headline=""),
                name="item_says_something",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_headline

    @classmethod
    def of(cls, article: Article, section: Section, **fields: Any) -> "Item":
        """Not saved yet; it remembers how the article reads now."""
        return cls(
            article=article,
            section=section,
            seen_headline=article.headline,
            seen_summary=article.summary,
            **fields,
        )

    @property
    def shown_headline(self) -> str:
        return self.headline or (self.article.headline if self.article else "")

    @property
    def shown_blurb(self) -> str:
        return self.blurb or (self.article.summary if self.article else "")

    @property
    def shown_url(self) -> str:
        """Empty for a story written by hand that leads nowhere."""
        return self.article.url if self.article else self.url

    @property
    def shown_alt(self) -> str:
        if self.image_alt or self.article is None or self.image_choice != ImageChoice.STORY:
            return self.image_alt
        return self.article.image_alt

    @property
    def has_source_changed(self) -> bool:
        """Has its article another headline or summary than when it was put in?"""
        article = self.article
        if article is None or not self.seen_headline:
            return False
        return (article.headline, article.summary) != (self.seen_headline, self.seen_summary)
