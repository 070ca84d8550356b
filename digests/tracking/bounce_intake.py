"""Mail that came back, kept as events like those of an ESP, and acted on by the same worker."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from digests.delivery.event_outcomes import ACTING
from digests.models import Event
from digests.tracking import bounce_mail
from digests.tracking.event_rows import PAYLOAD_LENGTH
from subscriptions import leaving
from subscriptions.mailing import delivery_ids

SMTP = "smtp"


def take(raw: bytes, *, recipients: Sequence[str] = (), now: datetime) -> bool:
    """Keep what a mail says. False: it was known already. Raises bounce_mail.NoBounce."""
    found = bounce_mail.read(raw, recipients=recipients, now=now)
    delivery, recipient = "", found.recipient
    if found.returned is not None:
        delivery = delivery_ids.for_digest(found.returned.digest, found.returned.subscriber)
    else:
        # A complaint under a leave link: the message id then tells which digest (correlating.py).
        reader = leaving.reader_of(found.subscriber)
        recipient = reader.address if reader else ""
    head = raw[:PAYLOAD_LENGTH].decode("utf-8", "replace")
    _event, is_new = Event.objects.get_or_create(
        dedupe_key=found.dedupe_key,
        defaults={
            "esp": SMTP,
            "body_hash": hashlib.sha256(raw).digest(),
            "kind": found.kind,
            "occurred_at": found.occurred_at,
            "received_at": now,
            "message_id": found.message_id,
            "recipient": recipient,
            "delivery": delivery,
            "reply": found.reply,
            "description": found.description,
            "said": found.said or "",
            "acts": found.kind in ACTING,
            "payload": json.dumps(head),
        },
    )
    return is_new
