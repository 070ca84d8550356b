"""How many readers a slice has: as many as one call takes, as far as a lost answer leaves them in no doubt for ever."""

from digests.models.ledger import BATCH_SIZE, SLICE_SIZE
from subscriptions.mailing.service import Service


def slice_size(service: Service) -> int:
    """A service that knows a call by its key is called again; of another, few readers at once may be in doubt."""
    if not service.is_for_many:
        return SLICE_SIZE
    most = BATCH_SIZE if service.key else SLICE_SIZE
    return min(service.limits.readers, most)
