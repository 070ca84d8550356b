"""What a newsletter's digests are made by: its template with sections, and its schedules."""

from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.validators import (
    EmailValidator,
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
)
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.choices import (
    MAIN_SLOT,
    ApprovalRule,
    BlockStyle,
    Design,
    Faces,
    Nameplate,
    PastRule,
    RankRule,
    UncertainPolicy,
    Weekday,
)
from digests.cohorts import FIRST_ZONE
from digests.models.article import Source
from digests.models.look import LookFields, are_colours, known
from digests.validators import validate_rich_text
from subscriptions.models import Newsletter
from subscriptions.validators import validate_one_line, validate_zone
from subscriptions.zones import UNKNOWN

SLOT_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
DEFAULT_LINK_PARAMETERS = "utm_source={slug}&utm_medium=email&utm_campaign={date}"


class Template(LookFields):
    """How a newsletter's digests look and what they need."""

    newsletter = models.OneToOneField(Newsletter, on_delete=models.CASCADE, related_name="template")
    subject = models.CharField(
        max_length=150,
        default="{newsletter}: {lead}",
        validators=[validate_one_line],
        help_text=_("{newsletter}, {date} and {lead} (the first headline) are filled in."),
    )
    intro = models.TextField(blank=True, validators=[validate_rich_text])
    outro = models.TextField(blank=True, validators=[validate_rich_text])
    minimum_stories = models.PositiveSmallIntegerField(
        default=3, help_text=_("With fewer, the digest is held and you are alerted.")
    )
    no_repeat_days = models.PositiveSmallIntegerField(
        default=7,
        help_text=_("A story that this newsletter carried in these days is not taken again."),
    )
    link_parameters = models.CharField(
        max_length=300,
        blank=True,
        default=DEFAULT_LINK_PARAMETERS,
        help_text=_("Added to every link, never over a parameter that is there already."),
    )
    needs_second_person = models.BooleanField(
        default=False,
        verbose_name=_("second person"),
        help_text=_("After one colleague approves a digest, a second one must approve it as well."),
    )
    seed_addresses = ArrayField(
        models.CharField(max_length=254, validators=[EmailValidator()]),
        default=list,
        blank=True,
        size=20,
        verbose_name=_("seeds"),
        help_text=_("Addresses that receive each digest first, separated by commas. Blank: none."),
    )
    hold_minutes = models.PositiveSmallIntegerField(
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_(
            "Minutes that everyone else waits after the seeds. Until then any seed or colleague "
            "can stop the digest."
        ),
    )
    uncertain_policy = models.CharField(
        max_length=8, choices=UncertainPolicy, default=UncertainPolicy.BY_WAY
    )
    expires_after_hours = models.PositiveSmallIntegerField(
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
        help_text=_("Hours we keep trying a reader whose mail server does not answer."),
    )

    class Meta:
        constraints = [
            *known(design=Design, faces=Faces, nameplate=Nameplate),
            are_colours(),
        ]
        permissions = [
            # No role has it: whoever is bound by the rule cannot end it (decisions/second_person.py).
            ("end_rule_of_two", "Can end the rule of two people"),
        ]

    def __str__(self) -> str:
        return str(self.newsletter)


class TemplateSection(models.Model):
    """A block that every digest of the newsletter has, and the rule that fills it."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(default=0)
    heading = models.CharField(max_length=80, blank=True, validators=[validate_one_line])
    style = models.CharField(max_length=10, choices=BlockStyle, default=BlockStyle.STORIES)
    slots = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        verbose_name=_("stories"),
    )
    # The backfill rule (assembly/selecting.py).
    tags = ArrayField(
        models.CharField(max_length=80),
        default=list,
        blank=True,
        help_text=_("Only stories with one of these tags; none: any story."),
    )
    sources = models.ManyToManyField(
        Source, blank=True, help_text=_("Only stories from these; none: any source.")
    )
    without_tags = ArrayField(
        models.CharField(max_length=80),
        default=list,
        db_default=[],
        blank=True,
        verbose_name=_("never with these tags"),
        help_text=_("No story with one of these tags."),
    )
    without_sources = models.ManyToManyField(
        Source,
        blank=True,
        related_name="+",
        verbose_name=_("never from these sources"),
        help_text=_("No story that only these bring."),
    )
    most_per_source = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        validators=[MaxValueValidator(50)],
        verbose_name=_("most from one source"),
        help_text=_("0: as many as fit."),
    )
    rank = models.CharField(
        max_length=10,
        choices=RankRule,
        default=RankRule.NEWEST,
        db_default=RankRule.NEWEST,
        verbose_name=_("which first"),
    )
    fill_order = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        validators=[MaxValueValidator(50)],
        verbose_name=_("filled as number"),
        help_text=_(
            "0: after those with a number; a lead, then sections for certain tags or sources, then the others."
        ),
    )
    max_age_hours = models.PositiveSmallIntegerField(
        default=24, validators=[MinValueValidator(1), MaxValueValidator(24 * 60)]
    )
    needs_picture = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.heading or self.get_style_display()


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def running(self) -> Self:
        """The active schedules of newsletters that are live."""
        return self.filter(is_active=True, newsletter__state="live")

    def resting(self) -> Self:
        return self.exclude(is_active=True, newsletter__state="live")


class Schedule(models.Model):
    """When a newsletter goes out. The slot is permanent: moving 06:00 to 07:00 keeps it, so nothing is sent twice."""

    newsletter = models.ForeignKey(Newsletter, on_delete=models.CASCADE, related_name="schedules")
    slot = models.CharField(
        max_length=32,
        default=MAIN_SLOT,
        validators=[RegexValidator(SLOT_PATTERN, _("Small letters, digits and hyphens."))],
        help_text=_("A permanent name, such as main or evening."),
    )
    is_active = models.BooleanField(default=True, verbose_name=_("active"))
    weekdays = ArrayField(models.PositiveSmallIntegerField(choices=Weekday), size=7)
    local_time = models.TimeField()
    zone = models.CharField(max_length=64, validators=[validate_zone], verbose_name=_("time zone"))
    is_local_time = models.BooleanField(
        default=False,
        verbose_name=_("at each reader’s local time"),
        help_text=_(
            "Each reader receives it at this time in their own time zone, or in this one if "
            "theirs is unknown."
        ),
    )
    past_rule = models.CharField(
        max_length=4,
        choices=PastRule,
        default=PastRule.NOW,
        verbose_name=_("if that time has passed"),
        help_text=_("For readers whose time passed before the digest was ready."),
    )
    lead_minutes = models.PositiveIntegerField(
        default=720,
        validators=[MaxValueValidator(7 * 24 * 60)],
        help_text=_("Minutes before sending at which a digest is assembled."),
    )
    approval_rule = models.CharField(
        max_length=16, choices=ApprovalRule, default=ApprovalRule.SEND_APPROVED
    )
    deadline_minutes = models.PositiveIntegerField(
        default=15, help_text=_("Minutes before sending at which the approval rule decides.")
    )
    remind_minutes = models.PositiveSmallIntegerField(
        default=30,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_(
            "Minutes before the deadline at which staff are reminded to approve. 0: no reminder, "
            "and no message when the rule sends it."
        ),
    )
    catch_up_minutes = models.PositiveIntegerField(
        default=120,
        help_text=_(
            "Minutes late at which a digest may still go out after an outage. Later, it counts as missed."
        ),
    )
    # Occurrences up to here have their digests. Starting at the schedule's birth, so that none is missed before it.
    planned_until = models.DateTimeField(default=timezone.now, editable=False)
    starts_on = models.DateField(null=True, blank=True, help_text=_("No digest before this day."))

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["newsletter", "slot"]
        constraints = [
            models.UniqueConstraint(fields=["newsletter", "slot"], name="schedule_slot_once"),
            models.CheckConstraint(
                condition=models.Q(slot__regex=SLOT_PATTERN), name="schedule_slot_form"
            ),
            models.CheckConstraint(
                condition=models.Q(deadline_minutes__lte=models.F("lead_minutes")),
                name="schedule_deadline_after_assembly",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.newsletter} ({self.slot}), {self.local_time:%H:%M} {self.zone}"

    @property
    def clock(self) -> ZoneInfo:
        """Whose clocks say when a digest first goes out."""
        return FIRST_ZONE if self.is_local_time else ZoneInfo(self.zone)

    @property
    def has_clock(self) -> bool:
        """Does this machine know its zone? Without it nothing can be planned, and staff are told."""
        try:
            return bool(self.clock)
        except UNKNOWN:
            return False

    def assembles_at(self, due_at: datetime) -> datetime:
        return due_at - timedelta(minutes=self.lead_minutes)

    def remind_at(self, due_at: datetime) -> datetime | None:
        if not self.remind_minutes:
            return None
        return self.deadline_at(due_at) - timedelta(minutes=self.remind_minutes)

    def deadline_at(self, due_at: datetime) -> datetime:
        return due_at - timedelta(minutes=self.deadline_minutes)

    def covers(self, day: date) -> bool:
        return self.starts_on is None or day >= self.starts_on
