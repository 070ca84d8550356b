"""A post of an ESP: proved genuine, read by django-anymail, kept in one statement. Acted on later (processing.py)."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from django.db import connection
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string

from digests.assembly.failures import FetchError
from digests.choices import EventKind
from digests.tracking import hints
from digests.tracking.esps import Esp
from subscriptions.delivery_ids import METADATA_KEY

logger = logging.getLogger(__name__)

PAYLOAD_LENGTH = 20_000


class Refused(ValueError):
    """Forged, stale, or a captured signature with another body. Nothing of it is kept."""


class NotUnderstood(ValueError):
    """It is not even what the service's check expects."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One row to be; the names of the columns."""

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


@dataclass(frozen=True, slots=True)
class Kept:
    new: int
    repeated: int
    is_urgent: bool  # something of it changes who is mailed


COLUMNS = [column.name for column in fields(NewEvent)]
TYPES = {
    "dedupe_key": "bytea",
    "body_hash": "bytea",
    "occurred_at": "timestamptz",
    "received_at": "timestamptz",
}
INSERT = f"""
INSERT INTO digests_event ({", ".join(COLUMNS)}, state, attempts, has_suppressed)
SELECT *, 'new', 0, false FROM unnest({", ".join(f"%s::{TYPES.get(name, 'text')}[]" for name in COLUMNS)})
ON CONFLICT (dedupe_key) DO NOTHING
RETURNING kind
"""  # noqa: S608 - no input of anybody's

# These change who is mailed, so a worker is called at once; all others wait for the sweep.
URGENT = frozenset(
    {EventKind.BOUNCED, EventKind.REJECTED, EventKind.COMPLAINED, EventKind.UNSUBSCRIBED}
)


def read(
    name: str, esp: Esp, request: HttpRequest, *, key: str, url: str, now: datetime
) -> list[NewEvent]:
    """Check the post and take it apart. Raises Refused or NotUnderstood."""
    options = {esp.option: _secrets(key) if esp.option == "webhook_secret" else key}
    if esp.signs_url:
        options["webhook_url"] = url
    view = import_string(esp.view)(**options)
    _check(view, request)
    _check_freshness(name, esp, request, now)
    body_hash = hashlib.sha256(request.body).digest()
    try:
        found = view.parse_events(request)
        return [_row(name, esp, event, body_hash, now) for event in found]
    except AnymailWebhookValidationFailure as error:
        raise Refused(str(error)) from error
    except FetchError:
        raise  # a server that had to be asked did not answer: the post must come again
    except Exception:  # it is genuine, so it is kept, whatever a third party's parser makes of it
        logger.exception("A post of %s is kept, but could not be read.", name)
        return [_unreadable(name, request.body, body_hash, now)]


def keep(esp: Esp, events: Sequence[NewEvent]) -> Kept:
    """All of them in one statement; those that are known already stay as they are. Raises Refused."""
    if not events:
        return Kept(0, 0, is_urgent=False)
    columns = zip(*(astuple(event) for event in events), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [list(column) for column in columns])
        kinds = [kind for (kind,) in cursor.fetchall()]
        if len(kinds) < len(events) and not esp.signs_body:
            _refuse_reused_signature(cursor, events)
    return Kept(len(kinds), len(events) - len(kinds), is_urgent=not URGENT.isdisjoint(kinds))


def digest_of(*parts: object) -> bytes:
    """A key of 32 bytes; parts cannot run into one another."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).digest()


def words(value: object, length: int) -> str:
    """Printable text of at most so many characters: PostgreSQL refuses NUL, and UTF-8 lone surrogates."""
    if not isinstance(value, str | int | float):
        return ""
    text = str(value)[:length].encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else " " for c in text)


def _secrets(key: str) -> list[str]:
    """Old and new, while a password is being changed."""
    return [secret.strip() for secret in key.split(",") if secret.strip()]


def _check(view: Any, request: HttpRequest) -> None:
    try:
        view.run_validators(request)
    except AnymailWebhookValidationFailure as error:
        raise Refused(str(error)) from error
    except FetchError:
        raise
    except Exception as error:  # the checks take hostile JSON apart before they know whose it is
        raise NotUnderstood(f"{type(error).__name__} while it was checked") from error


def _check_freshness(name: str, esp: Esp, request: HttpRequest, now: datetime) -> None:
    if esp.fresh_for is None:
        return
    try:
        signed_at = SIGNED_AT[name](request)
    except (KeyError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise Refused("Its signature names no time.") from error
    if signed_at is None or abs(now - signed_at) > esp.fresh_for:
        raise Refused("Its signature is too old, or from the future.")


def _unix(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), tz=UTC)


def _mailgun_time(request: HttpRequest) -> datetime:
    if request.content_type == "application/json":
        return _unix(json.loads(request.body)["signature"]["timestamp"])
    return _unix(request.POST["timestamp"])


SIGNED_AT: Mapping[str, Callable[[HttpRequest], datetime | None]] = {
    "mailgun": _mailgun_time,
    "resend": lambda request: _unix(request.headers["svix-timestamp"]),
    "sendgrid": lambda request: _unix(request.headers["X-Twilio-Email-Event-Webhook-Timestamp"]),
    "ses": lambda request: parse_datetime(json.loads(request.body)["Timestamp"]),
}


def _row(name: str, esp: Esp, event: Any, body_hash: bytes, now: datetime) -> NewEvent:
    kind = event.event_type if event.event_type in EventKind.values else EventKind.UNKNOWN
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
        said=hints.said(name, event.esp_event) or "",
        reject_reason=words(event.reject_reason, 20),
        description=words(event.description or hints.explained(name, event.esp_event), 300),
        reply=words(event.mta_response, 500),
        payload=_payload(event.esp_event),
    )
    values = dict(zip(COLUMNS, astuple(row), strict=True))
    return NewEvent(**values | {"dedupe_key": _key(esp, row, event)})


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


def _unreadable(name: str, body: bytes, body_hash: bytes, now: datetime) -> NewEvent:
    return NewEvent(
        esp=name, dedupe_key=digest_of(name, "unreadable", body_hash.hex()), body_hash=body_hash,
        kind=EventKind.UNREADABLE, occurred_at=now, received_at=now, message_id="", recipient="",
        delivery="", said="", reject_reason="", description="", reply="",
        payload=json.dumps(body.decode("utf-8", "replace")),
    )  # fmt: skip


def _refuse_reused_signature(cursor: Any, events: Iterable[NewEvent]) -> None:
    hashes = {event.dedupe_key: event.body_hash for event in events}
    cursor.execute(
        "SELECT dedupe_key, body_hash FROM digests_event WHERE dedupe_key = ANY(%s)", [list(hashes)]
    )
    if any(hashes[bytes(key)] != bytes(body_hash) for key, body_hash in cursor.fetchall()):
        raise Refused("Its signature came before, with another body.")
