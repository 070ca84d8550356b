"""Only an answer or an event ends a doubt: who may have a copy does not become “left” or “cancelled” instead."""

from collections.abc import Collection, Mapping, Sequence

from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome

DOUBTED = """
SELECT DISTINCT subscriber_id FROM digests_reason
 WHERE digest_id = %s AND outcome = %s AND subscriber_id = ANY(%s)
"""


# What came while the slice was open was only told whose it is (tracking/processing.py). Opens and clicks that may not
# be kept have no name any more.
HEAR_AGAIN = """
UPDATE digests_event SET state = 'new', acts = true, processed_at = NULL
 WHERE digest_id = %s AND subscriber_id = ANY(%s) AND state = 'applied' AND NOT acts
   AND (delivery <> '' OR message_id <> '')
"""


def hear_again(cursor: CursorWrapper, digest_id: int, subscriber_ids: Collection[int]) -> None:
    """Events that were quicker than the doubt are acted on now: most services tell within seconds."""
    if subscriber_ids:
        cursor.execute(HEAR_AGAIN, [digest_id, list(subscriber_ids)])


def keep(
    cursor: CursorWrapper,
    digest_id: int,
    recipient_ids: Sequence[int],
    outcomes: Mapping[int, Outcome],
) -> dict[int, Outcome]:
    """The same outcomes by position, but UNCERTAIN for readers of whom an earlier attempt is in doubt."""
    if not outcomes:
        return {}
    ids = [recipient_ids[position] for position in outcomes]
    cursor.execute(DOUBTED, [digest_id, Outcome.UNCERTAIN, ids])
    doubted = {row[0] for row in cursor.fetchall()}
    return {
        position: Outcome.UNCERTAIN if recipient_ids[position] in doubted else outcome
        for position, outcome in outcomes.items()
    }
