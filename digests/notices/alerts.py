"""Telling staff, on their pages and by letter, that a digest needs a person. Never twice while it stands."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from digests import lifecycle
from digests.choices import AlertKind, DigestState
from digests.models import Alert, Digest
from digests.notices import webhook_messages
from digests.state_reasons import Reason
from subscriptions.mailing import letters
from subscriptions.models import Publisher

ALERT_LETTER = "digest_alert"
TRANSPORT_LETTER = "transport_alert"
SERVICE_LETTER = "service_alert"
# What must reach staff whatever else stands still (digests/watching.py).
STAFF_LETTERS = (ALERT_LETTER, TRANSPORT_LETTER, SERVICE_LETTER)
TEXT_LENGTH = 300


def stop(
    digest: Digest, move: lifecycle.Move, kind: AlertKind, reason: Reason, *, now: datetime
) -> None:
    """Move a digest to a state in which it does not go out, and say so; inside the caller's transaction."""
    if move.after == DigestState.PAUSED:
        digest.paused_at = now
    lifecycle.change(digest, move, reason, also=["paused_at"])
    raise_alert(digest, kind, str(reason), now=now)


def raise_alert(digest: Digest, kind: AlertKind, text: str, *, now: datetime) -> None:
    _alert, is_new = Alert.objects.get_or_create(
        digest=digest,
        kind=kind,
        cleared_at=None,
        defaults={"text": text[:TEXT_LENGTH], "raised_at": now},
    )
    if is_new:
        tell(digest, kind, text, now=now)


def tell(
    digest: Digest, kind: AlertKind, text: str, *, now: datetime, also_to: Iterable[str] = ()
) -> None:
    """Alert by email and by webhook, as set on the publisher's page; tell others whom it concerns by email.

    Inside the caller's transaction.
    """
    addresses = {to.lower(): to for to in (Publisher.objects.current().alert_address, *also_to)}
    for address in filter(None, addresses.values()):
        context = {"digest": digest.pk, "text": text, "kind": kind}
        letters.write(ALERT_LETTER, address, context, now=now)
    webhook_messages.write(f"digest.{kind}", _facts(digest, text), now=now)


def _facts(digest: Digest, text: str) -> dict[str, str]:
    return {
        "text": text,
        "digest": str(digest),
        "newsletter": digest.newsletter.slug,
        "local_date": f"{digest.local_date:%Y-%m-%d}",
        "slot": digest.slot,
        "state": digest.state,
        "deadline_at": digest.deadline_at.isoformat(),
        "due_at": digest.due_at.isoformat(),
        "zone": digest.zone,
        "url": settings.SITE_URL + reverse("admin:digests_digest_change", args=[digest.pk]),
    }


def clear(digest: Digest, kind: AlertKind | None = None, *, now: datetime) -> None:
    """Somebody has seen to it: to all of it, or to alerts of that kind."""
    standing = Alert.objects.filter(digest=digest, cleared_at=None)
    (standing.filter(kind=kind) if kind else standing).update(cleared_at=now)
