"""A reader goes away: nothing is mailed until a day of their own calendar, and then it goes on by itself."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from subscriptions.models import Publisher, Subscriber
from subscriptions.rendering.dates import date_within, moment_text
from subscriptions.zones import clock_of

LONGEST = timedelta(days=366)


class BadDay(ValueError):
    """The text is for the reader who chose it."""


def zone_of(subscriber: Subscriber) -> str:
    """The reader's own, else the publisher's."""
    return subscriber.zone or Publisher.objects.current().zone


def today(subscriber: Subscriber, *, now: datetime) -> date:
    return now.astimezone(clock_of(zone_of(subscriber))).date()


def pause(subscriber: Subscriber, day: str, *, now: datetime) -> date:
    """Pause until the morning of `day` (2026-12-31), when the first mail may come. Raises BadDay."""
    try:
        until = date.fromisoformat(day)
    except ValueError:
        raise BadDay(_("Please choose a day from the calendar.")) from None
    here = today(subscriber, now=now)
    if until <= here:
        raise BadDay(_("Please choose a day in the future."))
    if until > here + LONGEST:
        raise BadDay(_("Please choose a day within a year, or unsubscribe instead."))
    at = datetime.combine(until, time.min, clock_of(zone_of(subscriber)))
    Subscriber.objects.filter(pk=subscriber.pk).update(paused_until=at)
    return until


def resume(subscriber: Subscriber) -> None:
    Subscriber.objects.filter(pk=subscriber.pk).update(paused_until=None)


def pause_in_words(subscriber: Subscriber, *, now: datetime) -> str:
    """The day, in the reader's zone; empty when there is no pause, or it is over."""
    until = subscriber.paused_until
    if until is None or until <= now:
        return ""
    here = until.astimezone(clock_of(zone_of(subscriber)))
    # A zone that was changed since the pause was set: its first hour may lie in the middle of a day.
    written = date_within if here.time() == time.min else moment_text
    return written(here, translation.get_language() or settings.LANGUAGE_CODE)
