"""Sponsor slots: who has booked which place of a newsletter on which days, and what readers are shown there."""

from collections.abc import Collection
from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.choices import TAKING_STATES, BookingState, SponsorPlace
from digests.models.article import URL_LENGTH, Image
from subscriptions.local_times import day_of
from subscriptions.models import Newsletter
from subscriptions.validators import validate_one_line, validate_web_address

MOST_DAYS = 366


def validate_label(label: str) -> None:
    """A label that nobody can read is none."""
    if label and not any(character.isalnum() for character in label):
        raise ValidationError(_("Readers must be able to read the label: use letters."))


class BookingQuerySet(models.QuerySet["Booking"]):
    def taking(self) -> Self:
        """No other booking has their slot on their days."""
        return self.filter(state__in=TAKING_STATES)

    def on(self, day: date) -> Self:
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def in_the_way_of(self, booking: "Booking") -> Self:
        return (
            self.taking()
            .filter(
                newsletter=booking.newsletter_id,
                place=booking.place,
                starts_on__lte=booking.ends_on,
                ends_on__gte=booking.starts_on,
            )
            .exclude(pk=booking.pk)
        )


class Booking(models.Model):
    """One sponsor in one slot, for one day or several in a row."""

    newsletter = models.ForeignKey(Newsletter, on_delete=models.PROTECT, related_name="bookings")
    place = models.PositiveSmallIntegerField(choices=SponsorPlace, verbose_name=_("slot"))
    starts_on = models.DateField(verbose_name=_("first day"))
    ends_on = models.DateField(verbose_name=_("last day"))
    state = models.CharField(max_length=10, choices=BookingState, default=BookingState.DRAFT)
    held_until = models.DateField(
        null=True,
        blank=True,
        help_text=_("The last day of an option; after it the slot is free again by itself."),
    )

    sponsor = models.CharField(max_length=120, validators=[validate_one_line])
    label = models.CharField(
        max_length=40,
        blank=True,
        validators=[validate_one_line, validate_label],
        help_text=_("Always shown above it. Blank: “Sponsored” in the language of the newsletter."),
    )
    headline = models.CharField(max_length=150, blank=True, validators=[validate_one_line])
    text = models.TextField(max_length=600, blank=True)
    link = models.URLField(
        max_length=URL_LENGTH,
        blank=True,
        validators=[validate_web_address],
        help_text=_("Begins with https:// or http://; the newsletter’s parameters are added."),
    )
    image = models.ForeignKey(
        Image, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    image_alt = models.CharField(
        max_length=300,
        blank=True,
        verbose_name=_("description of the picture"),
        help_text=_("For readers who do not see it."),
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "newsletter", "place"]
        verbose_name = _("sponsor booking")
        verbose_name_plural = _("sponsor bookings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="booking_days_in_order",
                violation_error_message=_("The last day comes before the first."),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=BookingState.values), name="booking_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=BookingState.HELD) | models.Q(held_until__isnull=False),
                name="booking_option_ends",
                violation_error_message=_("Say until when the option is held."),
            ),
            # Ranges of one number stand for equality: an index of ranges needs no extension of PostgreSQL.
            ExclusionConstraint(
                name="booking_slot_once_a_day",
                expressions=[
                    (
                        models.Func(
                            "newsletter", "newsletter", models.Value("[]"), function="int8range"
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        models.Func("place", "place", models.Value("[]"), function="int4range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        models.Func(
                            "starts_on", "ends_on", models.Value("[]"), function="daterange"
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=models.Q(state__in=TAKING_STATES),
                violation_error_message=_("The slot is taken on one of these days."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sponsor}, {self.newsletter}, {self.days}"

    @property
    def days(self) -> str:
        if self.starts_on == self.ends_on:
            return day_of(self.starts_on)
        return f"{day_of(self.starts_on)} – {day_of(self.ends_on)}"

    @property
    def has_copy(self) -> bool:
        return bool(self.headline.strip() or self.text.strip())

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Skip the constraints while `state` is invalid: Django would check them without it."""
        if "state" not in (exclude or ()):
            super().validate_constraints(exclude=exclude)

    def clean(self) -> None:
        given: tuple[date | None, date | None] = (self.starts_on, self.ends_on)
        if None in given:
            return
        if (self.ends_on - self.starts_on).days >= MOST_DAYS:
            raise ValidationError({"ends_on": _("A booking is for a year at most.")})
