"""Readers whose row became part of another's after the freeze (subscriptions/readers/uniting.py).

The surviving row stands in at their position, under their former id: so the ledger and the Message-ID stay what they
were, and the links in the mail work. Unless that reader has the digest, or gets it, at another position.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db.backends.utils import CursorWrapper

from digests import ledger
from digests.choices import Outcome
from digests.delivery import reasons
from digests.delivery.claiming import Claim
from subscriptions.models.subscriber import (
    is_active_sql,
    measured_sql,
    not_paused_sql,
    not_suppressed_sql,
)

# The columns of opening.MAILABLE, as far as they go, and the row that survived.
SURVIVORS = f"""
SELECT f.former_pk, f.public_id, r.address, {not_suppressed_sql()}, {is_active_sql()},
       {not_paused_sql("clock_timestamp()")}, {measured_sql()}, r.id
  FROM subscriptions_formerid f
  JOIN subscriptions_subscriber r ON r.id = f.subscriber_id
  JOIN subscriptions_subscription s ON s.subscriber_id = r.id AND s.newsletter_id = %s
  JOIN subscriptions_newsletter n ON n.id = s.newsletter_id
 WHERE f.former_pk = ANY(%s)
"""  # noqa: S608 - its parts are constants of ours
FORMER = "SELECT subscriber_id, former_pk FROM subscriptions_formerid WHERE subscriber_id = ANY(%s)"

GETS_IT = "The same reader has it, or gets it, under another address that has become theirs."
HAS_IT = frozenset({Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.UNCERTAIN})


def rows_of_merged(
    cursor: CursorWrapper, held: Claim, newsletter_id: int, missing: Collection[int]
) -> dict[int, tuple[Any, ...]]:
    """Return rows such as opening.py reads, for ids whose own rows are gone. An erased reader has none."""
    cursor.execute(SURVIVORS, [newsletter_id, list(missing)])
    rows = {row[0]: row for row in cursor.fetchall()}
    if not rows:
        return {}
    family = _families(cursor, {row[-1] for row in rows.values()})
    doubled = [
        reader_id
        for reader_id, row in rows.items()
        if _gets_it_elsewhere(held.digest_id, reader_id, row[-1], family)
    ]
    findings = [reasons.Finding(reader_id, Outcome.LEFT, text=GETS_IT) for reader_id in doubled]
    reasons.record(cursor, held.digest_id, findings)
    return {reader_id: row for reader_id, row in rows.items() if reader_id not in doubled}


def keep_apart(cursor: CursorWrapper) -> None:
    """Until the transaction ends, readers who become one wait; who is just becoming one is waited for.

    For whoever looks for readers in the ledger and mails them by their rows: between the two looks nobody may change
    their name.
    """
    cursor.execute("LOCK TABLE subscriptions_formerid IN SHARE MODE")


def _families(cursor: CursorWrapper, survivors: Collection[int]) -> Mapping[int, set[int]]:
    """All ids that each of these has, or had."""
    family: dict[int, set[int]] = defaultdict(set)
    cursor.execute(FORMER, [list(survivors)])
    for survivor, former in cursor.fetchall():
        family[survivor] |= {survivor, former} - {None}
    return family


def _gets_it_elsewhere(
    digest_id: int, reader_id: int, survivor: int, family: Mapping[int, set[int]]
) -> bool:
    """Return whether another row of the same reader gets the digest.

    If several rows wait, the surviving row goes first, and then the smallest id.
    """
    for other in family[survivor] - {reader_id}:
        delivery = ledger.delivery_of(digest_id, other)
        if delivery is None:
            continue
        goes_first = other == survivor or other < reader_id
        if delivery.outcome in HAS_IT or (delivery.outcome is Outcome.PENDING and goes_first):
            return True
    return False
