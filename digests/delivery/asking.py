"""What became of readers whose call was never answered: knowledge of the service's in place of a decision of staff.

It is asked what it has accepted, or called again by a key (repeating.py).

A reader whom the service knows is accepted. One whom it does not know once its log must be complete was not sent to,
and is tried again with the same Message-ID, if the newsletter does not hold them and the digest has not expired.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from digests import ledger
from digests.choices import Outcome, UncertainPolicy
from digests.delivery import questions, reasons, repeating, retrying
from digests.delivery.questions import Due
from digests.models import Question
from subscriptions.mailing import delivery_ids
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.replies import Away, Busy, Doubt, Refused
from subscriptions.mailing.service import LogQuery
from subscriptions.mailing.service_questions import ServiceQuestions
from subscriptions.mailing.services import all_services

# A call may have reached the service that much before or after by its own clock.
MARGIN = timedelta(minutes=2)
# What a service still does not say so long after its log must be complete, nobody will hear of.
GIVEN_UP = timedelta(hours=24)
MOST_EACH = 100  # readers who are asked about one by one in a turn

READERS = """
SELECT p.position, r.id, r.public_id, r.address, d.public_id
  FROM digests_batch b
  JOIN digests_digest d ON d.id = b.digest_id
 CROSS JOIN LATERAL generate_series(%(start)s, %(stop)s - 1) AS p(position)
  JOIN subscriptions_subscriber r ON r.id = b.recipient_ids[p.position + 1]
 WHERE b.id = %(batch)s AND get_byte(b.outcomes, p.position) = %(uncertain)s
 ORDER BY p.position
"""
LOCK = """
SELECT b.digest_id, b.outcomes, b.recipient_ids, b.attempt, b.expires_at > clock_timestamp(),
       d.state, coalesce(t.uncertain_policy, 'by_way')
  FROM digests_batch b
  JOIN digests_digest d ON d.id = b.digest_id
  LEFT JOIN digests_template t ON t.newsletter_id = d.newsletter_id
 WHERE b.id = %s FOR NO KEY UPDATE OF b
"""


def ask_next(routes: Mapping[str, MailRoute], *, now: datetime) -> bool:
    """Ask one question that is due. Return False if none is."""
    due = questions.take()
    if due is None:
        return False
    readers = _in_doubt(due)
    route = next((route for route in routes.values() if route.name == due.transport), None)
    if not readers:
        questions.settle(due, now=now)
    elif route is None:
        questions.put_off(due, f"{due.transport} is no way out any more, so it cannot be asked.")
    elif all_services()[route.service].repeats_by_key:
        repeating.repeat(due, route, now=now)
    else:
        _ask(due, route, readers, now)
    return True


def _ask(due: Due, route: MailRoute, readers: Mapping[str, tuple[int, str]], now: datetime) -> None:
    service = all_services()[route.service]
    if service.asking is None:
        questions.put_off(due, f"{due.transport} cannot be asked.")
        return
    asking = ServiceQuestions(route, service, service.asking)
    some = dict(list(readers.items())[:MOST_EACH]) if service.asking.is_each else readers
    window = LogQuery(due.called_at - MARGIN, min(now, due.called_at + GIVEN_UP) + MARGIN)
    try:
        known = asking.known({name: address for name, (_at, address) in some.items()}, window)
    except Busy as busy:
        questions.put_off(due, str(busy), busy.wait_seconds)
        return
    except (Away, Doubt, Refused) as error:
        right = service.asking.right if isinstance(error, Away) and error.needs_person else ""
        hint = f" It takes {right}." if right else ""
        questions.put_off(due, f"{str(error).rstrip('.')}.{hint}")
        return
    finally:
        asking.close()
    is_complete = now >= due.called_at + timedelta(seconds=service.asking.lag_seconds)
    positions = {name: position for name, (position, _address) in some.items()}
    _note(due, positions, known, is_complete=is_complete, title=service.title, now=now)


def _in_doubt(due: Due) -> dict[str, tuple[int, str]]:
    """Position and address by our name for the mail."""
    with connection.cursor() as cursor:
        values = {
            "batch": due.batch_id,
            "start": due.start,
            "stop": due.stop,
            "uncertain": Outcome.UNCERTAIN,
        }
        cursor.execute(READERS, values)
        return {
            delivery_ids.for_digest(digest, public_id): (position, address)
            for position, _pk, public_id, address, digest in cursor.fetchall()
        }


def _note(
    due: Due,
    positions: Mapping[str, int],
    known: set[str],
    *,
    is_complete: bool,
    title: str,
    now: datetime,
) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [due.batch_id])
        digest_id, outcomes, ids, attempt, is_fresh, state, policy = cursor.fetchone()
        still = {name: at for name, at in positions.items() if outcomes[at] == Outcome.UNCERTAIN}
        taken = [at for name, at in still.items() if name in known]
        ledger.write(cursor, due.batch_id, dict.fromkeys(taken, Outcome.ACCEPTED))
        said = f"{title} was asked, and has accepted it."
        reasons.record(
            cursor,
            digest_id,
            [reasons.Finding(ids[at], Outcome.ACCEPTED, text=said) for at in taken],
        )
        unknown = [at for name, at in still.items() if name not in known]
        can_resend = (
            is_fresh
            and state in ("frozen", "sending", "paused")
            and policy != UncertainPolicy.HOLD
            and attempt < retrying.MOST_RESENDS
        )
        if is_complete and unknown and can_resend:
            _send_again(cursor, due, digest_id, ids, unknown, title)
        Question.objects.filter(pk=due.pk).update(
            known=Question.objects.get(pk=due.pk).known + len(taken),
            unknown=len(unknown) if is_complete else 0,
            trouble="",
        )
        more = len(positions) >= MOST_EACH
        if not more and (not unknown or is_complete):
            questions.settle(due, now=now)
            return
    questions.put_off(due)


def _send_again(
    cursor: CursorWrapper,
    due: Due,
    digest_id: int,
    ids: list[int],
    unknown: list[int],
    title: str,
) -> None:
    said = f"{title} was asked, and knows nothing of it: sent again."
    findings = [reasons.Finding(ids[at], Outcome.UNCERTAIN, text=said) for at in unknown]
    reasons.record(cursor, digest_id, findings)
    retrying.move(cursor, due.batch_id, unknown, delay_seconds=0)
