from collections.abc import Iterator

import pytest

from subscriptions import redis_server
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.token_bucket import redis_key
from tests.digests.delivery.transports.service_sending import ALL
from tests.service_stub import ServiceStub


@pytest.fixture(scope="module")
def running_stub() -> Iterator[ServiceStub]:
    with ServiceStub() as running:
        yield running


def forget_paces(stub: ServiceStub) -> None:
    """What services have said of their pace, and what was called."""
    ways = [parse_mail_url(stub.url(name)) for name in ALL]
    redis_server.client().delete(*(redis_key("calls", way) for way in ways))


@pytest.fixture
def stub(running_stub: ServiceStub) -> ServiceStub:
    """One server for a module's tests: Amazon's client is made once for its address.

    What it has said of its pace in another test is forgotten.
    """
    running_stub.reset()
    forget_paces(running_stub)
    return running_stub
