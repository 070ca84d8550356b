"""Only an answer ends a doubt: who may have a copy already does not become “left” or “cancelled” instead."""

from collections.abc import Mapping, Sequence

from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome

DOUBTED = """
SELECT DISTINCT subscriber_id FROM digests_reason
 WHERE digest_id = %s AND outcome = %s AND subscriber_id = ANY(%s)
"""


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
