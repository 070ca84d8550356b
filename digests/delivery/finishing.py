"""A digest of which every batch is finished is sent."""

import logging

from django.db import connection, transaction
from django.utils.translation import ngettext

from digests import ledger
from digests.choices import AlertKind, Outcome
from digests.lifecycle import Move, update_sql
from digests.models import Digest
from digests.notices import alerts

CLOSE = f"""
{update_sql(Move.FINISH, also=", sent_at = statement_timestamp()")}
   AND NOT EXISTS (SELECT 1 FROM digests_batch b
                    WHERE b.digest_id = d.id AND b.finished_at IS NULL)
   AND NOT EXISTS (SELECT 1 FROM digests_question q JOIN digests_batch b ON b.id = q.batch_id
                    WHERE b.digest_id = d.id AND q.settled_at IS NULL AND q.trouble = '')
RETURNING d.id
"""  # noqa: S608 - its parts are constants of ours

logger = logging.getLogger(__name__)


def mark_sent() -> list[int]:
    """Close digests of which every batch is finished, and tell staff of readers in doubt; returns their ids."""
    with transaction.atomic():
        ended = _close_finished()
        digests = list(Digest.objects.filter(pk__in=ended).select_related("newsletter"))
        counted = [(digest, ledger.counts(digest.pk)) for digest in digests]
        for digest, counts in counted:
            doubts = counts[Outcome.UNCERTAIN]
            if doubts and digest.sent_at is not None:
                alerts.raise_alert(digest, AlertKind.DOUBT, _in_doubt(doubts), now=digest.sent_at)
    for digest, counts in counted:
        told = [f"{outcome.name.lower()} {number}" for outcome, number in sorted(counts.items())]
        logger.info(
            "%s (digest %s) is sent: %s.", digest, digest.pk, ", ".join(told) or "no readers"
        )
    return ended


def _in_doubt(readers: int) -> str:
    return ngettext(
        "The digest is sent, but %(number)s reader is uncertain: the connection was lost "
        "before the mail server’s answer was recorded, so that reader may or may not have it.",
        "The digest is sent, but %(number)s readers are uncertain: the connection was lost "
        "before the mail server’s answers were recorded, so they may or may not have it.",
        readers,
    ) % {"number": f"{readers:,}"}


def _close_finished() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(CLOSE)
        return [row[0] for row in cursor.fetchall()]
