"""One event as a row: django-anymail's words in our columns, made harmless and given its key."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from anymail.signals import RejectReason

from digests.choices import EventKind
from digests.delivery.event_outcomes import ACTING
from digests.tracking.esps import Esp
from digests.tracking.event_names import explained
from digests.tracking.meanings import Meaning, meaning_of
from subscriptions.mailing.delivery_ids import METADATA_KEY

PAYLOAD_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A row that is to be written; the names are those of the columns."""

    esp: str
    dedupe_key: bytes
    body_hash: bytes
    kind: str
    occurred_at: datetime
    received_at: datetime
    message_id: str
    recipient: str
    delivery: str
    said: str
    reject_reason: str
    description: str
    reply: str
    payload: str
    acts: bool


def row_of(name: str, esp: Esp, event: Any, body_hash: bytes, now: datetime) -> NewEvent:
    meaning = meaning_of(name, event.esp_event)
    kind = meaning.kind if meaning else _known_to_anymail(event)
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    row = NewEvent(
        esp=name,
        dedupe_key=b"",
        body_hash=body_hash,
        kind=str(kind),
        occurred_at=_time(event.timestamp, now),
        received_at=now,
        message_id=words(event.message_id, 500),
        recipient=words(event.recipient, 320).strip(),
        delivery=words(metadata.get(METADATA_KEY), 60),
        said=(meaning and meaning.said) or "",
        reject_reason=_reason(meaning, event),
        description=words(event.description or explained(name, event.esp_event), 300),
        reply=words(event.mta_response, 500),
        payload=_payload(event.esp_event),
        acts=kind in ACTING,
    )
    return replace(row, dedupe_key=_key(esp, row, event))


def _known_to_anymail(event: Any) -> EventKind:
    """For an event that is newer than our table."""
    known = event.event_type in EventKind.values
    return EventKind(event.event_type) if known else EventKind.UNKNOWN


def _reason(meaning: Meaning | None, event: Any) -> str:
    if meaning is not None and meaning.leaves:
        return str(RejectReason.UNSUBSCRIBED)
    reason = words(event.reject_reason, 20)
    return "" if meaning is not None and reason == RejectReason.UNSUBSCRIBED else reason


def _key(esp: Esp, row: NewEvent, event: Any) -> bytes:
    event_id = words(event.event_id, 200)
    if event_id and not esp.signs_body:
        return digest_of(row.esp, event_id)
    if event_id:
        # SNS and Mailjet's kin give several recipients one id.
        return digest_of(row.esp, event_id, row.kind, row.recipient)
    at = row.occurred_at if event.timestamp else ""
    return digest_of(
        row.esp, row.kind, row.message_id, row.recipient, at, row.delivery, row.description,
        row.reply, words(event.click_url, 2000),
    )  # fmt: skip


def _time(value: object, now: datetime) -> datetime:
    """Never in the future: a wrong clock must not make its “delivered” count for ever."""
    if not isinstance(value, datetime):
        return now
    return min(value if value.tzinfo else value.replace(tzinfo=UTC), now)


def _payload(value: Any) -> str:
    plain = dict(value.lists()) if hasattr(value, "lists") else value
    return json.dumps(plain, default=str)[:PAYLOAD_LENGTH]


def unreadable(name: str, body: bytes, body_hash: bytes, now: datetime) -> NewEvent:
    return NewEvent(
        esp=name, dedupe_key=digest_of(name, "unreadable", body_hash.hex()), body_hash=body_hash,
        kind=EventKind.UNREADABLE, occurred_at=now, received_at=now, message_id="", recipient="",
        delivery="", said="", reject_reason="", description="", reply="",
        payload=json.dumps(body.decode("utf-8", "replace")), acts=False,
    )  # fmt: skip


def digest_of(*parts: object) -> bytes:
    """A key of 32 bytes; parts cannot run into one another."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).digest()


def words(value: object, length: int) -> str:
    """Printable text of at most so many characters: PostgreSQL refuses NUL, and UTF-8 lone surrogates."""
    if not isinstance(value, str | int | float):
        return ""
    text = str(value)[:length].encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else " " for c in text)
