"""Telling staff that a part of the service fails, where no digest is to blame."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from digests.notices import webhook_messages
from digests.notices.alerts import SERVICE_LETTER
from subscriptions import heartbeats
from subscriptions.mailing import letters
from subscriptions.models import Publisher

STEP_FAILS = "A regular task fails: {name}"
TEXT_LENGTH = 300
# What goes on failing is told again after this long.
AGAIN_SECONDS = 6 * 60 * 60


def tell_of_step(name: str, error: Exception, *, now: datetime) -> None:
    """Tell staff of a step that fails, by email and by webhook. Call it inside a transaction."""
    why = f"{type(error).__name__}: {error}"[:TEXT_LENGTH].replace("\0", "")
    tell("service.step", STEP_FAILS.format(name=name), why, now=now)


def tell_again(about: str, type_: str, title: str, text: str, *, now: datetime) -> None:
    """Tell staff as `tell` does, but once in six hours for what is the same. Call it inside a transaction."""
    if heartbeats.take_turn(f"told {about}"[:60], after=AGAIN_SECONDS, every=AGAIN_SECONDS):
        tell(type_, title, text[:TEXT_LENGTH].replace("\0", ""), now=now)


def tell(type_: str, title: str, text: str, *, now: datetime, url: str = "") -> None:
    """`url`: the page where something can be done about it; else the desk's first one."""
    address = Publisher.objects.current().alert_address
    if address:
        letters.write(SERVICE_LETTER, address, {"title": title, "text": text, "url": url}, now=now)
    page = url or settings.SITE_URL + reverse("admin:index")
    facts = {"text": f"{title}. {text}", "url": page}
    webhook_messages.write(type_, facts, now=now)
