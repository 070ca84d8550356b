"""What the admin's templates ask for."""

from datetime import datetime

from django import template
from django.db.models import Model
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from digests.models import Digest, SendingSwitch
from digests.plan.calendar import Entry
from digests.rendering.rich_text import shown_rich_text
from digests.words.outlook import readers_text
from digests.words.state_badges import state_badge
from subscriptions import local_times

register = template.Library()
register.filter("readers", readers_text)


@register.simple_tag
def sending_stopped() -> SendingSwitch | None:
    """The switch while everything is stopped, else None."""
    return SendingSwitch.objects.filter(stopped_at__isnull=False).first()


@register.filter
def in_zone(at: datetime, zone: str) -> str:
    return local_times.in_zone(at, zone)


@register.filter
def badge_of(digest: Digest) -> SafeString:
    return state_badge(digest)


@register.filter
def entry_url(entry: Entry) -> str:
    """The page of a digest, or of an occurrence that has none yet."""
    if entry.digest is not None:
        return reverse("admin:digests_digest_change", args=[entry.digest.pk])
    assert entry.schedule is not None  # noqa: S101 - one of them made the entry
    day = f"{entry.day:%Y-%m-%d}"
    return reverse("admin:digests_digest_calendar_planned", args=[entry.schedule.pk, day])


@register.filter
def zone_name(zone: str) -> SafeString:
    """May be broken behind a slash: a day of a calendar is narrow."""
    return format_html_join(mark_safe("/<wbr>"), "{}", ((part,) for part in zone.split("/")))


@register.filter
def begun(title: object) -> str:
    """A list's name begins with a capital; a row is called what it is called, such as a reader’s address."""
    return str(title) if isinstance(title, Model) else str(capfirst(str(title)))


@register.filter
def as_written(text: str) -> SafeString:
    """An intro or outro with its emphasis and links, and with nothing that could harm who reads it."""
    return mark_safe(shown_rich_text(text))  # noqa: S308 - cleaned


@register.filter
def number(value: int) -> str:
    return number_format(value, force_grouping=True)


@register.filter
def here(at: datetime) -> str:
    """In the zone of staff's pages."""
    return local_times.here(at)
