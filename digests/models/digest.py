"""One dated instance of a newsletter."""

from datetime import datetime

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
    WORDS,
    ApprovalRule,
    DigestKind,
    DigestState,
    PastRule,
    StateReason,
)
from digests.cohorts import SPREAD
from digests.models.article import Article
from digests.models.digest_queries import DigestQuerySet
from digests.models.plan import SLOT_PATTERN, Schedule
from digests.state_reasons import words_of
from digests.validators import validate_rich_text
from subscriptions.local_times import day_of
from subscriptions.models import Newsletter
from subscriptions.public_ids import PUBLIC_ID_LENGTH, new_public_id
from subscriptions.validators import validate_one_line, validate_zone
from subscriptions.zones import clock_of


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
    # Why it is in its state; state_reasons.py has the words. Both are written by lifecycle.py, as the state is.
    reason = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    reason_facts = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True, editable=False
    )

    subject = models.CharField(max_length=200, blank=True, validators=[validate_one_line])
    preheader = models.CharField(max_length=200, blank=True, validators=[validate_one_line])
    intro = models.TextField(blank=True, validators=[validate_rich_text])
    outro = models.TextField(blank=True, validators=[validate_rich_text])
    # Those of WORDS that we write ourselves, of its stories and of its template, until an editor writes others.
    automatic_words = ArrayField(
        models.CharField(max_length=10), default=list, db_default=[], blank=True, editable=False
    )

    # Subject and preheader of a person's that may say what a source has corrected since: by which corrections, and
    # whether nobody has looked yet (drafts/corrections.py).
    corrected_words = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True, editable=False
    )

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
    # The last time, by whomever.
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    audience_size = models.PositiveIntegerField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    # A correction is for the readers of these versions of another digest alone (audience/corrected.py).
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
    # A news alert is about this story alone, and for readers who do not have it yet (audience/have_story.py).
    urgent_story = models.ForeignKey(
        Article,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="news_alerts",
        editable=False,
    )
    # PostgreSQL tells it from the two above: a slot is only a name, which any schedule may bear.
    kind = models.GeneratedField(
        expression=models.Case(
            models.When(urgent_story__isnull=False, then=models.Value(DigestKind.ALERT)),
            models.When(corrects__isnull=False, then=models.Value(DigestKind.CORRECTION)),
            default=models.Value(DigestKind.REGULAR),
        ),
        output_field=models.CharField(max_length=10, choices=DigestKind),
        db_persist=True,
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
                condition=models.Q(reason__in=["", *StateReason.values]), name="digest_reason_known"
            ),
            models.CheckConstraint(
                condition=models.Q(slot__regex=SLOT_PATTERN), name="digest_slot_form"
            ),
            models.CheckConstraint(
                condition=models.Q(automatic_words__contained_by=list(WORDS)),
                name="digest_automatic_words_known",
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
    def state_reason(self) -> str:
        """In words; empty where it needs none."""
        return words_of(self.reason, self.reason_facts)

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
        """Return the moment as the clocks of the digest's zone show it, for people."""
        return moment.astimezone(clock_of(self.zone))
