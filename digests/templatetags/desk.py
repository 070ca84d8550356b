"""What the admin's templates ask for."""

from datetime import datetime

from django import template
from django.utils.formats import number_format
from django.utils.safestring import SafeString

from digests.models import Digest, SendingSwitch
from digests.outlook import readers_text
from digests.state_badges import state_badge
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
def number(value: int) -> str:
    return number_format(value, force_grouping=True)
