"""Who gets a correction: the readers who have, or may have, one of the versions that were wrong."""

from typing import Any

from digests.choices import Outcome
from digests.models import Digest
from digests.progress import progress_of
from subscriptions import audience

# From the slices, which tell who was sent which version. A byte that is still pending there is in a server's hands;
# one that moved on went with the slice into doubt, if a reason says so.
HAS_IT = """
s.subscriber_id IN (
    SELECT u.id
      FROM digests_batch wb
      JOIN digests_slice ws ON ws.batch_id = wb.id
     CROSS JOIN LATERAL unnest(wb.recipient_ids[ws.start + 1 : ws.stop]) WITH ORDINALITY AS u(id, place)
     CROSS JOIN LATERAL (SELECT get_byte(wb.outcomes, ws.start + u.place::int - 1) AS code) o
     WHERE wb.digest_id = %(corrects)s AND ws.version_id = ANY(%(wrong_versions)s::bigint[])
       AND (o.code IN (%(accepted)s, %(uncertain)s, %(pending)s)
            OR o.code = %(moved)s AND EXISTS (
                SELECT FROM digests_reason wr
                 WHERE wr.digest_id = wb.digest_id AND wr.subscriber_id = u.id AND wr.outcome = %(uncertain)s)))
"""


def condition(digest: Digest) -> str:
    """For statements with a subscription s; their values come from values_of()."""
    return HAS_IT if digest.corrects_id else "true"


def values_of(digest: Digest) -> dict[str, Any]:
    if not digest.corrects_id:
        return {}
    return {
        "corrects": digest.corrects_id,
        "wrong_versions": digest.wrong_version_ids,
        "accepted": Outcome.ACCEPTED,
        "uncertain": Outcome.UNCERTAIN,
        "pending": Outcome.PENDING,
        "moved": Outcome.MOVED,
    }


def readers_now(digest: Digest) -> int:
    """About how many would get the digest, or the correction, if its readers were chosen now.

    Of a correction, as the ledger has them: who has left since, or moved on in doubt, is seen at its freeze.
    """
    if digest.corrects_id is None:
        return audience.size(digest.newsletter_id)
    found = progress_of(digest.corrects_id).versions
    wrong = [found[pk] for pk in digest.wrong_version_ids if pk in found]
    return sum(one.accepted + one.unconfirmed + one.in_hand for one in wrong)
