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

from digests.delivery.event_outcomes import ACTING
from digests.outside.failures import FetchError
from digests.tracking.esps import Esp
from digests.tracking.event_rows import NewEvent, row_of, unreadable

logger = logging.getLogger(__name__)


class Refused(ValueError):
    """Forged, stale, or a captured signature with another body. Nothing of it is kept."""


class NotUnderstood(ValueError):
    """The post is not even what the service's check expects."""


@dataclass(frozen=True, slots=True)
class Kept:
    new: int
    repeated: int
    is_urgent: bool  # something of it may change who is mailed


COLUMNS = [column.name for column in fields(NewEvent)]
TYPES = {
    "dedupe_key": "bytea",
    "body_hash": "bytea",
    "occurred_at": "timestamptz",
    "received_at": "timestamptz",
    "acts": "boolean",
}
INSERT = f"""
INSERT INTO digests_event ({", ".join(COLUMNS)}, state, attempts, has_suppressed)
SELECT *, 'new', 0, false FROM unnest({", ".join(f"%s::{TYPES.get(name, 'text')}[]" for name in COLUMNS)})
ON CONFLICT (dedupe_key) DO NOTHING
RETURNING kind
"""  # noqa: S608 - no input of anybody's


def read(
    name: str, esp: Esp, request: HttpRequest, *, key: str, url: str, now: datetime
) -> list[NewEvent]:
    """Check the post and take it apart. Raises Refused or NotUnderstood."""
    options = {esp.option: _secrets(key) if esp.option == "webhook_secret" else key}
    if esp.signs_url:
        options["webhook_url"] = url
    view = import_string(esp.view)(**options)
    _check_freshness(
        name, esp, request, now
    )  # first: checking a signature may cost a visit elsewhere
    _check(view, request)
    body_hash = hashlib.sha256(request.body).digest()
    try:
        found = view.parse_events(request)
        return [row_of(name, esp, event, body_hash, now) for event in found]
    except AnymailWebhookValidationFailure as error:
        raise Refused(str(error)) from error
    except FetchError:
        raise  # a server that had to be asked did not answer: the post must come again
    except Exception:  # it is genuine, so it is kept, whatever a third party's parser makes of it
        logger.exception("A post of %s is kept, but could not be read.", name)
        return [unreadable(name, request.body, body_hash, now)]


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
    return Kept(len(kinds), len(events) - len(kinds), is_urgent=not ACTING.isdisjoint(kinds))


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
    except (
        LookupError,
        ValueError,
        TypeError,
        ArithmeticError,
        AttributeError,
        RecursionError,
    ) as error:
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


def _refuse_reused_signature(cursor: Any, events: Iterable[NewEvent]) -> None:
    hashes = {event.dedupe_key: event.body_hash for event in events}
    cursor.execute(
        "SELECT dedupe_key, body_hash FROM digests_event WHERE dedupe_key = ANY(%s)", [list(hashes)]
    )
    if any(hashes[bytes(key)] != bytes(body_hash) for key, body_hash in cursor.fetchall()):
        raise Refused("Its signature came before, with another body.")
