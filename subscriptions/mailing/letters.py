"""Single mails through an outbox: written in the transaction that wants them, sent by whoever comes first.

A row is claimed by a lease before its mail goes out. When a worker dies in between, the lease runs out and the letter
goes out again with the same Message-ID: for a single mail a rare second copy is better than none.
"""

import logging
import smtplib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.dispatch import Signal

from subscriptions.choices import BounceKind, LetterState
from subscriptions.installation import mail_host
from subscriptions.mailing import bouncing, delivery_ids
from subscriptions.mailing.mail import mailbox
from subscriptions.mailing.replies import Away, Busy, Doubt, Refused
from subscriptions.mailing.reply_codes import classify, enhanced_code
from subscriptions.mailing.service import Verdict
from subscriptions.mailing.suppression import is_suppressed
from subscriptions.models import Letter, Publisher, Subscriber
from subscriptions.rendering.rendered import Rendered

logger = logging.getLogger(__name__)

OWN_ROUTE = "letters"
LEASE = timedelta(minutes=5)
RETRY_DELAYS = [timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10)]
LONGEST_DELAY = timedelta(hours=1)
KEEP_TRYING = timedelta(days=2)
# A refusal for ever (RFC 5321 section 4.2.1); what is 4xx or no reply at all is tried again.
PERMANENT = range(500, 600)
EXPECTED = (OSError, smtplib.SMTPException, Away, Busy, Doubt, Refused)


class Obsolete(Exception):
    """What the letter is about has been settled meanwhile; the text says how."""


# Sent with `letter`, `why` and `now`: nobody will get this kind of letter until somebody has looked.
cannot_write = Signal()

Writer = Callable[[Letter, datetime], Rendered]
# A whole message, sent as it is, by the way out that is named in MAIL_ROUTES.
Maker = Callable[[Letter, datetime], EmailMultiAlternatives]
WRITERS: dict[str, Writer] = {}
MAKERS: dict[str, tuple[Maker, str]] = {}


def writer(kind: str) -> Callable[[Writer], Writer]:
    """Declare the function that finds the words of one kind of letter."""

    def declare(function: Writer) -> Writer:
        WRITERS[kind] = function
        return function

    return declare


def maker(kind: str, *, route: str) -> Callable[[Maker], Maker]:
    """Declare the function that makes a kind of letter whole, and the way out it takes."""

    def declare(function: Maker) -> Maker:
        MAKERS[kind] = (function, route)
        return function

    return declare


def write(
    kind: str,
    address: str,
    context: dict[str, Any],
    *,
    now: datetime,
    subscriber: Subscriber | None = None,
    expires_at: datetime | None = None,
) -> Letter:
    """Put a letter into the outbox, inside the caller's transaction; it is rendered when it is sent."""
    if kind not in WRITERS and kind not in MAKERS:
        raise ValueError(f"Nobody writes letters of the kind {kind!r}.")
    return Letter.objects.create(
        kind=kind,
        address=address,
        subscriber=subscriber,
        context=context,
        created_at=now,
        due_at=now,
        expires_at=expires_at or now + KEEP_TRYING,
    )


def routes_of(letter_ids: Sequence[int]) -> dict[int, str]:
    """Their ways out, by the names in MAIL_ROUTES; letters that are gone are left out."""
    kinds = dict(Letter.objects.filter(pk__in=letter_ids).values_list("pk", "kind"))
    return {pk: _route_of(kinds[pk]) for pk in letter_ids if pk in kinds}


def _route_of(kind: str) -> str:
    made = MAKERS.get(kind)
    return made[1] if made else OWN_ROUTE


def claim(letter_id: int, *, now: datetime) -> Letter | None:
    """Take the letter for this worker; None when it is not due, done, or in other hands."""
    won = (
        Letter.objects.due(now)
        .filter(pk=letter_id)
        .update(lease_until=now + LEASE, attempts=F("attempts") + 1)
    )
    return Letter.objects.get(pk=letter_id) if won else None


def due_ids(*, now: datetime, limit: int = 500) -> list[int]:
    """Oldest first; for the sweep that rings again for letters whose doorbell was lost."""
    return list(Letter.objects.due(now).order_by("due_at").values_list("pk", flat=True)[:limit])


def send(letter: Letter, connection: BaseEmailBackend, *, now: datetime) -> LetterState:
    """Send a claimed letter and record what became of it."""
    if letter.expires_at <= now:
        return _settle(letter, LetterState.CANCELLED, "It was too late to send it.", now)
    # Letters to staff go out whatever bounced before: an alarm must not be lost in silence.
    if letter.subscriber_id is not None and is_suppressed(letter.address):
        return _settle(letter, LetterState.CANCELLED, "The address has been suppressed.", now)
    try:
        message = _message(letter, now)
    except Obsolete as reason:
        return _settle(letter, LetterState.CANCELLED, str(reason), now)
    except Exception as error:  # whatever it is: it waits to be put right, and staff are told
        logger.exception("Letter %s cannot be written.", letter.pk)
        cannot_write.send(Letter, letter=letter, why=f"{type(error).__name__}: {error}", now=now)
        return _failed(letter, error, now)
    delivery_ids.label(message, delivery_ids.for_letter(letter.public_id), connection)
    try:
        connection.send_messages([message])
    except Exception as error:  # whatever it is: it must not keep the other letters waiting
        if not isinstance(error, EXPECTED):
            logger.exception("Letter %s could not be sent.", letter.pk)
        return _failed(letter, error, now)
    return _settle(letter, LetterState.ACCEPTED, "", now)


def _message(letter: Letter, now: datetime) -> EmailMultiAlternatives:
    """Make the message of a service email. Raises Obsolete."""
    if letter.kind in MAKERS:
        make, _route = MAKERS[letter.kind]
        return make(letter, now)
    words = WRITERS[letter.kind](letter, now)
    publisher = Publisher.objects.current()
    host = mail_host(settings.SITE_URL)
    sender = publisher.sender_name or publisher.name
    message = EmailMultiAlternatives(
        subject=words.subject,
        body=words.text,
        from_email=mailbox(sender, publisher.sender_address),
        to=[letter.address],
        headers={
            "Message-ID": f"<letter.{letter.public_id}@{host}>",
            "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office replies, please
        },
    )
    message.attach_alternative(words.html, "text/html")
    return message


def _failed(letter: Letter, error: Exception, now: datetime) -> LetterState:
    reason = f"{type(error).__name__}: {error}"[:300]
    refusal = _refusal(error, letter.address)
    if refusal is not None and refusal.kind is not None:
        report = bouncing.Report(
            refusal.kind, now, f"letter {letter.public_id}", refusal.code, str(refusal)
        )
        bouncing.take_refusals({letter.address: report}, now=now)
    if refusal is not None and refusal.verdict in (Verdict.REFUSED, Verdict.SUPPRESSED):
        logger.warning("Letter %s was refused for good: %s", letter.pk, reason)
        return _settle(letter, LetterState.FAILED, reason, now)
    tried = letter.attempts - 1
    delay = RETRY_DELAYS[tried] if tried < len(RETRY_DELAYS) else LONGEST_DELAY
    Letter.objects.filter(pk=letter.pk, attempts=letter.attempts).update(
        due_at=now + delay, lease_until=None, last_error=reason
    )
    logger.warning("Letter %s will be tried again in %s: %s", letter.pk, delay, reason)
    return LetterState.PENDING


def _refusal(error: Exception, address: str) -> Refused | None:
    """Return the refusal in an error; None if the error may pass, or is about us and for the publisher to fix.

    The service email then waits.
    """
    if isinstance(error, Refused):
        return error
    code: int
    words: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPDataError):
        code, words = error.smtp_code, error.smtp_error
    else:
        return None
    said = words if isinstance(words, str) else words.decode("utf-8", "replace")
    reply = " ".join(f"{code} {said}".split())
    kind = classify(reply, address=address)
    if code not in PERMANENT or kind is BounceKind.POLICY:
        return None
    return Refused(reply, enhanced_code(reply), verdict=Verdict.REFUSED, kind=kind)


def _settle(letter: Letter, state: LetterState, reason: str, now: datetime) -> LetterState:
    """Settle a service email, but only while the claim is still ours: `attempts` is its token."""
    Letter.objects.filter(pk=letter.pk, attempts=letter.attempts, state=LetterState.PENDING).update(
        state=state, settled_at=now, lease_until=None, last_error=reason[:300]
    )
    return state
