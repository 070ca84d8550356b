"""Alerts for other programs through an outbox, signed as Standard Webhooks says (https://www.standardwebhooks.com).

A row is written in the transaction that wants it and claimed by a lease before it is posted. A lost answer means a
second copy with the same webhook-id, by which the receiver knows it.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import F
from standardwebhooks import Webhook

from digests.models import WebhookMessage
from digests.outside.failures import BadAnswer, FetchError
from digests.outside.guard import Limits, guarded_post
from subscriptions.choices import LetterState
from subscriptions.models import Publisher

LEASE = timedelta(minutes=1)
RETRY_DELAYS = [timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5)]
LONGEST_DELAY = timedelta(minutes=30)
# An alert of yesterday wakes nobody to any use.
KEEP_TRYING = timedelta(hours=12)
LIMITS = Limits(max_bytes=65_536, connect_seconds=5, read_seconds=10, total_seconds=15)
GONE = 410  # the receiver wants no more of them
# Asked for by somebody who waits for the answer: tried once.
TEST = "test"
TEST_TEXT = "A test from the newsletters: nothing is wrong, and nothing needs doing."
TEST_WAITS = timedelta(minutes=5)


def write(
    type_: str, data: Mapping[str, object], *, now: datetime, expires_in: timedelta = KEEP_TRYING
) -> WebhookMessage | None:
    """Put a message into the outbox, inside the caller's transaction; None where nobody wants any."""
    if not Publisher.objects.current().alert_webhook_url:
        return None
    body = json.dumps({"type": type_, "timestamp": now.isoformat(), "data": dict(data)})
    return WebhookMessage.objects.create(
        type=type_, body=body, created_at=now, due_at=now, expires_at=now + expires_in
    )


def write_test(*, now: datetime) -> WebhookMessage | None:
    """None where no webhook is set."""
    return write(TEST, {"text": TEST_TEXT}, now=now, expires_in=TEST_WAITS)


def last_test() -> WebhookMessage | None:
    return WebhookMessage.objects.filter(type=TEST).first()


def due_ids(*, now: datetime, limit: int = 100) -> list[int]:
    due = WebhookMessage.objects.due(now).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:limit])


def claim(message_id: int, *, now: datetime) -> WebhookMessage | None:
    """Take it for this worker; None when it is not due, done, or in other hands."""
    won = (
        WebhookMessage.objects.due(now)
        .filter(pk=message_id)
        .update(lease_until=now + LEASE, attempts=F("attempts") + 1)
    )
    return WebhookMessage.objects.get(pk=message_id) if won else None


def send(message: WebhookMessage, *, now: datetime, allow: frozenset[str]) -> LetterState:
    """Post a claimed message and record what became of it. A test has one try."""
    publisher = Publisher.objects.current()
    if message.expires_at <= now:
        return _settle(message, LetterState.FAILED, f"Too late. {message.last_error}", now)
    if not (publisher.alert_webhook_url and publisher.alert_webhook_secret):
        return _settle(message, LetterState.CANCELLED, "No alert webhook is set any more.", now)
    headers = _signed(message, publisher.alert_webhook_secret, now)
    url = publisher.alert_webhook_url
    try:
        guarded_post(url, message.body.encode(), headers=headers, limits=LIMITS, allow=allow)
    except BadAnswer as error:
        if error.status == GONE or message.type == TEST:
            return _settle(message, LetterState.FAILED, str(error), now)
        return _again(message, error, now, seconds=error.retry_after_seconds or 0)
    except FetchError as error:
        if message.type == TEST:
            return _settle(message, LetterState.FAILED, str(error), now)
        return _again(message, error, now)
    return _settle(message, LetterState.ACCEPTED, "", now)


def _signed(message: WebhookMessage, secret: str, now: datetime) -> dict[str, str]:
    message_id = f"msg_{message.public_id}"
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, message.body),
    }


def _again(
    message: WebhookMessage, error: FetchError, now: datetime, *, seconds: int = 0
) -> LetterState:
    tried = message.attempts - 1
    delay = RETRY_DELAYS[tried] if tried < len(RETRY_DELAYS) else LONGEST_DELAY
    delay = max(delay, timedelta(seconds=seconds))
    WebhookMessage.objects.filter(pk=message.pk, attempts=message.attempts).update(
        due_at=now + delay, lease_until=None, last_error=str(error)[:300]
    )
    return LetterState.PENDING


def _settle(message: WebhookMessage, state: LetterState, why: str, now: datetime) -> LetterState:
    """Only while the claim is still ours: `attempts` is its token."""
    WebhookMessage.objects.filter(
        pk=message.pk, attempts=message.attempts, state=LetterState.PENDING
    ).update(state=state, settled_at=now, lease_until=None, last_error=why[:300])
    return state
