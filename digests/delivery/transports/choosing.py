"""Which transport serves a route."""

from digests.delivery.transports.base import Transport
from digests.delivery.transports.django_mail import DjangoTransport
from digests.delivery.transports.service import ServiceTransport
from digests.delivery.transports.smtp import SmtpTransport
from subscriptions.mailing.mail import SMTP_BACKEND, MailRoute
from subscriptions.mailing.services import service_named


def open_transport(route: MailRoute) -> Transport:
    """A new one for this worker thread, which connects when it first sends; the caller closes it."""
    if route.backend == SMTP_BACKEND:
        return SmtpTransport(route)
    if service_named(route.service) is not None:
        return ServiceTransport(route)
    return DjangoTransport(route)
