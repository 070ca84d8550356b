"""The steps of a batch as they nearly always are: all accepted, nobody left, nothing to stop for.

One round trip instead of eight, with plans that PostgreSQL keeps (the functions are in digests/sql/). They decide
nothing: in any other case they change nothing, and slices.py takes the step.
"""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from digests.choices import Outcome
from digests.delivery.claiming import Claim
from digests.delivery.transports.base import ACCEPTED, Answer
from digests.messages.message import Recipient

STEP = """
SELECT start, stop, version, ids, public_ids, addresses, measured
  FROM newsroom_fast_step(%s, %s, %s, %s, %s, %s, %s)
"""
END = "SELECT newsroom_fast_end(%s, %s, %s, %s)"


class Step(NamedTuple):
    """The slice that was opened; its recipients stand in the order of their positions, none left out."""

    start: int
    stop: int
    version_id: int
    recipients: tuple[Recipient, ...]


def all_accepted(answers: Sequence[Answer]) -> bool:
    return all(answer is ACCEPTED for answer in answers)


def advance(held: Claim, transport: str, most: int, done: range | None) -> Step | None:
    """Note that all at the positions of `done` were accepted, and open the next slice, of at most `most` readers.

    None: nothing was changed.
    """
    settled = (done.start, _accepted(done)) if done else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            STEP, [held.batch_id, held.token, settings.LEASE_SECONDS, transport, most, *settled]
        )
        start, stop, version_id, ids, public_ids, addresses, measured = cursor.fetchone()
    if stop is None:
        return None
    # `measured` is null where the newsletter measures nobody by name.
    columns = (ids, public_ids, addresses, *([measured] if measured else []))
    return Step(start, stop, version_id, tuple(map(Recipient, *columns)))


def end(held: Claim, done: range) -> bool:
    """Note that all at the last positions were accepted, and finish the batch. False: nothing was changed."""
    with connection.cursor() as cursor:
        cursor.execute(END, [held.batch_id, held.token, done.start, _accepted(done)])
        return bool(cursor.fetchone()[0])


def _accepted(done: range) -> bytes:
    return bytes([Outcome.ACCEPTED]) * len(done)
