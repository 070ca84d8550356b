"""How many readers a slice has: as many as one call takes, as far as a lost answer leaves them in no doubt for ever."""

from digests.models.ledger import BATCH_SIZE, LARGEST_BATCH, SLICE_SIZE
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.service import Service
from subscriptions.mailing.services import service_named


def slice_size(service: Service) -> int:
    """A service is asked what it has accepted, or called again by its key; of others few readers may be in doubt."""
    if not service.is_for_many:
        return SLICE_SIZE
    return min(service.limits.readers, LARGEST_BATCH if service.settles_doubts else SLICE_SIZE)


def batch_size(route: MailRoute) -> int:
    """A batch holds a slice at least."""
    service = service_named(route.service)
    return BATCH_SIZE if service is None else max(BATCH_SIZE, slice_size(service))
