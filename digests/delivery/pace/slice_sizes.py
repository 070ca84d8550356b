"""How many readers a slice has: as many as one call takes, as far as a lost answer leaves them in no doubt for ever."""

from digests.models.ledger import BATCH_SIZE, LARGEST_BATCH, SLICE_SIZE
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.service import Service
from subscriptions.mailing.services import service_named


def slice_size(service: Service) -> int:
    """A service that knows a call by its key is called again, one with a log asked; of others few may be in doubt."""
    if not service.is_for_many:
        return SLICE_SIZE
    is_settled = bool(service.key) or service.asking is not None
    return min(service.limits.readers, LARGEST_BATCH if is_settled else SLICE_SIZE)


def batch_size(route: MailRoute) -> int:
    """A batch holds a slice at least."""
    service = service_named(route.service)
    return BATCH_SIZE if service is None else max(BATCH_SIZE, slice_size(service))
