"""Readers who left somewhere else than with us: by the service's own link, or by its list of those who left."""

from datetime import datetime

from anymail.signals import RejectReason

from digests.choices import EventKind
from digests.models import Event
from digests.tracking.correlating import Match
from subscriptions import leaving
from subscriptions.evidence import Evidence
from subscriptions.models import Subscriber


def says_so(event: Event) -> bool:
    return event.kind == EventKind.UNSUBSCRIBED or (
        event.kind == EventKind.REJECTED and event.reject_reason == RejectReason.UNSUBSCRIBED
    )


def depart(subscriber: Subscriber, match: Match, evidence: Evidence, *, now: datetime) -> None:
    """Leave the newsletter that the mail was of.

    Where only the reader is known, leave all that the service carried to them lately: it will carry them none of those
    any more. A letter is of no newsletter in particular, so whoever leaves by one leaves all.
    """
    only = {match.digest.newsletter_id} if match.digest is not None else match.newsletters
    leaving.leave_all(subscriber, evidence, now=now, newsletters=only or None)
