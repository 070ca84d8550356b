"""Which transport serves a route."""

from digests.delivery.transports.base import Transport
from digests.delivery.transports.django_mail import DjangoTransport
from digests.delivery.transports.esp import EspTransport
from digests.delivery.transports.esps import ESPS
from digests.delivery.transports.smtp import SmtpTransport
from subscriptions.mailing.mail import SMTP_BACKEND, MailRoute


def open_transport(route: MailRoute) -> Transport:
    """A new one for this worker thread, which connects when it first sends; the caller closes it."""
    if route.backend == SMTP_BACKEND:
        return SmtpTransport(route)
    if route.service in ESPS:
        return EspTransport(route)
    return DjangoTransport(route)
