"""Every route has its transport."""

import pytest

from digests.delivery.transports.choosing import open_transport
from digests.delivery.transports.django_mail import DjangoTransport
from digests.delivery.transports.esp import EspTransport
from digests.delivery.transports.esps import ESPS
from digests.delivery.transports.smtp import SmtpTransport
from subscriptions.mailing.mail import SERVICES, parse_mail_url


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("smtp://mail.example.org", SmtpTransport),
        ("smtp://ada:secret@mail.example.org:465?tls=implicit", SmtpTransport),
        ("console://", DjangoTransport),
        ("memory://", DjangoTransport),
        ("postmark://TOKEN@", EspTransport),
        ("ses://eu-west-1", EspTransport),
        ("mandrill://KEY@", EspTransport),
    ],
)
def test_a_mail_server_is_served_by_our_own_client(url: str, kind: type) -> None:
    assert type(open_transport(parse_mail_url(url))) is kind


def test_every_service_of_mail_url_is_in_the_table() -> None:
    assert set(ESPS) == {*SERVICES, "ses"}
