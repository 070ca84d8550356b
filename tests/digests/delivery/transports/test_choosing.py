"""Every route has its transport."""

import pytest

from digests.delivery.transports.choosing import open_transport
from digests.delivery.transports.django_mail import DjangoTransport
from digests.delivery.transports.service import ServiceTransport
from digests.delivery.transports.smtp import SmtpTransport
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.services import all_services
from tests.service_stub import mail_url


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("smtp://mail.example.org", SmtpTransport),
        ("smtp://ada:secret@mail.example.org:465?tls=implicit", SmtpTransport),
        ("console://", DjangoTransport),
        ("memory://", DjangoTransport),
        *((mail_url(name, "127.0.0.1:9"), ServiceTransport) for name in all_services()),
    ],
)
def test_a_mail_server_is_served_by_our_own_client(url: str, kind: type) -> None:
    assert type(open_transport(parse_mail_url(url))) is kind
