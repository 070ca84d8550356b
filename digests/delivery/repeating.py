"""A call without an answer is made again by its key: the service takes it once, and says then what it has taken.

It must be the same call, for the same readers. So it is made only while the service surely remembers the key, and
while each of them is still to be mailed, by the same address: what was not taken before is taken now.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from digests import ledger
from digests.choices import DigestState, Outcome, UncertainPolicy
from digests.delivery import opening, questions, reasons
from digests.delivery.questions import Due
from digests.delivery.reasons import Finding
from digests.delivery.steps import slice_key
from digests.delivery.transports.base import Answer, Result
from digests.delivery.transports.service import ServiceTransport
from digests.messages.message import Recipient
from digests.messages.message import load as load_message
from digests.models import Question
from subscriptions.mailing import call_bucket
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.services import all_services
from subscriptions.mailing.token_bucket import RedisAway
from subscriptions.models import AddressChange

# Of the time for which a service remembers a key; and nobody waits longer for a digest.
SHARE_OF_KEY = 0.8
LONGEST = timedelta(hours=1)
SENDING = (DigestState.FROZEN, DigestState.SENDING, DigestState.SENT)

SLICE = """
SELECT b.digest_id, d.newsletter_id, d.state, b.variant, s.version_id, b.expires_at > clock_timestamp() AS is_fresh,
       coalesce(t.uncertain_policy, 'by_way') AS policy,
       EXISTS (SELECT 1 FROM digests_sendingswitch WHERE stopped_at IS NOT NULL) AS is_stopped,
       ARRAY(SELECT b.recipient_ids[p.at + 1] FROM unnest(%s::int[]) WITH ORDINALITY AS p(at, n) ORDER BY p.n) AS ids
  FROM digests_batch b
  JOIN digests_digest d ON d.id = b.digest_id
  JOIN digests_slice s ON s.batch_id = b.id AND s.start = %s
  LEFT JOIN digests_template t ON t.newsletter_id = d.newsletter_id
 WHERE b.id = %s
"""
LOCK = "SELECT outcomes FROM digests_batch WHERE id = %s FOR NO KEY UPDATE"


class Slice(NamedTuple):
    """A slice whose call may be repeated: the call's content and readers, and whether its digest may be sent now."""

    digest_id: int
    newsletter_id: int
    state: str
    variant: int
    version_id: int
    is_fresh: bool
    policy: str
    is_stopped: bool
    ids: list[int]

    @property
    def waits(self) -> bool:
        return self.is_stopped or self.state == DigestState.PAUSED


def repeat(due: Due, route: MailRoute, *, now: datetime) -> None:
    service = all_services()[route.service]
    call = _slice(due)
    why = _why_never(due, call, timedelta(seconds=service.key.seconds), now)
    if why:
        _give_up(due, call, f"{service.title} was not called again: {why}", now)
        return
    readers = [] if call.waits else _readers(call, due.called_at)
    if call.waits:
        questions.put_off(due)
    elif len(readers) < len(call.ids):
        why = "a reader of the call is no longer to be mailed, or by another address."
        _give_up(due, call, f"{service.title} was not called again: {why}", now)
    elif wait := _wait(route):
        questions.put_off(due, seconds=wait)
    else:
        _note(due, call, _called(due, call, route, readers), service.title, now)


def _slice(due: Due) -> Slice:
    with connection.cursor() as cursor:
        cursor.execute(SLICE, [due.positions, due.start, due.batch_id])
        return Slice(*cursor.fetchone())


def _why_never(due: Due, call: Slice, remembered: timedelta, now: datetime) -> str:
    """Say why a call is never made again; empty: it may be made now or later."""
    if now >= due.called_at + min(remembered * SHARE_OF_KEY, LONGEST):
        return "it may not remember the key any more."
    if call.policy == UncertainPolicy.HOLD:
        return "the newsletter holds readers in doubt."
    if not call.is_fresh:
        return "the digest has expired."
    if not call.waits and call.state not in SENDING:
        return "the digest is cancelled."
    return ""


def _readers(call: Slice, called_at: datetime) -> list[Recipient]:
    """Return the call's readers in their order, without those whom the same call cannot be made for."""
    changed = AddressChange.objects.filter(subscriber__in=call.ids, done_at__gte=called_at)
    elsewhere = set(changed.values_list("subscriber_id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(opening.MAILABLE, [call.newsletter_id, call.ids])
        found = {
            pk: Recipient(pk, public_id, address, is_measured)
            for pk, public_id, address, is_free, is_active, is_due, is_measured in cursor.fetchall()
            if is_free and is_active and is_due and pk not in elsewhere
        }
    return [found[pk] for pk in call.ids if pk in found]


def _wait(route: MailRoute) -> float:
    """Seconds until the service may be called; 0: now."""
    with suppress(RedisAway):
        grant = call_bucket.take(route, 1)
        return 0 if grant.number else max(grant.wait_seconds, 1)
    return 0


def _called(due: Due, call: Slice, route: MailRoute, readers: list[Recipient]) -> Result:
    transport = ServiceTransport(route)
    try:
        message = load_message(call.version_id, call.variant)
        key = slice_key(due.batch_id, due.start, due.stop, call.version_id)
        result = transport.repeat(message, readers, key=key)
    finally:
        transport.close()
    if result.busy:
        with suppress(RedisAway):
            call_bucket.note_refused(route, result.rest_seconds)
    return result


def _note(due: Due, call: Slice, result: Result, title: str, now: datetime) -> None:
    """Note the results of readers who are in doubt still: an event may have been quicker."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [due.batch_id])
        (outcomes,) = cursor.fetchone()
        answers = dict(zip(due.positions, result.answers, strict=True))
        still = {at: told for at, told in answers.items() if outcomes[at] == Outcome.UNCERTAIN}
        told = {at: it for at, it in still.items() if it.outcome != Outcome.UNCERTAIN}
        ledger.write(cursor, due.batch_id, {at: it.outcome for at, it in told.items()})
        ids = dict(zip(due.positions, call.ids, strict=True))
        reasons.record(
            cursor, call.digest_id, [_finding(ids[at], it, title) for at, it in told.items()]
        )
        question = Question.objects.get(pk=due.pk)
        question.known += len(told)
        question.save(update_fields=["known"])
        if len(told) == len(still):
            questions.settle(due, now=now)
            return
    questions.put_off(due, result.trouble or result.busy, result.rest_seconds)


def _finding(subscriber_id: int, answer: Answer, title: str) -> Finding:
    if answer.outcome == Outcome.ACCEPTED:
        said = f"{title} was called again with the same key, and has accepted it."
        return Finding(subscriber_id, Outcome.ACCEPTED, text=said)
    return Finding(subscriber_id, answer.outcome, answer.code, answer.text)


def _give_up(due: Due, call: Slice, why: str, now: datetime) -> None:
    """The doubt stays a doubt, and says why."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [due.batch_id])
        (outcomes,) = cursor.fetchone()
        ids = zip(due.positions, call.ids, strict=True)
        reasons.record(
            cursor,
            call.digest_id,
            [
                Finding(pk, Outcome.UNCERTAIN, text=why)
                for at, pk in ids
                if outcomes[at] == Outcome.UNCERTAIN
            ],
        )
        questions.settle(due, now=now, trouble=why)
