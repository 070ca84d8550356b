"""Who gets a correction: the readers who have, or may have, one of the versions that were wrong."""

from django.db.backends.utils import CursorWrapper

from digests.audience import already_received
from digests.counts.progress import progress_of
from digests.models import Digest


def gather(cursor: CursorWrapper, correction: Digest) -> None:
    """What already_received.HAS_RECEIVED asks; until the transaction ends."""
    assert correction.corrects_id is not None  # noqa: S101 - the caller has looked
    values = already_received.values_of([correction.corrects_id], correction.wrong_version_ids)
    already_received.gather(cursor, already_received.RECEIVED, values)


def readers_now(correction: Digest) -> int:
    """About how many, as the ledger has them: who has left since, or moved on in doubt, is seen at its freeze."""
    assert correction.corrects_id is not None  # noqa: S101 - the caller has looked
    found = progress_of(correction.corrects_id).versions
    wrong = [found[pk] for pk in correction.wrong_version_ids if pk in found]
    return sum(one.accepted + one.unconfirmed + one.in_hand for one in wrong)
