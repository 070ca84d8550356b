"""Sending a few readers a message through the stub of a service, for tests of what comes out and what is said."""

from digests.choices import Outcome
from digests.delivery.transports.base import Result
from digests.delivery.transports.service import ServiceTransport
from digests.messages.message import Message, Recipient
from subscriptions import links
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.services import all_services
from tests.digests.delivery.letters import a_message
from tests.service_stub import Fault, ServiceStub

SERVICES = all_services()
ALL = sorted(SERVICES)
MANY = [name for name in ALL if SERVICES[name].is_for_many]
KEYED = [name for name in ALL if SERVICES[name].key]
SLICE = "7.0.50.3"


def transport_to(
    stub: ServiceStub, service: str, pauses: tuple[float, ...] = (0.01,) * 3
) -> ServiceTransport:
    timeout = 0.2 if Fault.STALL_AFTER in stub.faults else 10
    return ServiceTransport(parse_mail_url(stub.url(service, timeout=timeout)), pauses=pauses)


def send(
    stub: ServiceStub,
    service: str,
    recipients: list[Recipient],
    message: Message | None = None,
    key: str = SLICE,
) -> Result:
    transport = transport_to(stub, service)
    try:
        result = transport.send(message or a_message(), recipients, key=key)
    finally:
        transport.close()
    agrees(result, stub, recipients)
    return result


def agrees(result: Result, stub: ServiceStub, recipients: list[Recipient]) -> None:
    """Hold the account against what the service took."""
    counted = stub.copies
    for reader, answer in zip(recipients, result.answers, strict=True):
        copies = counted[reader.address]
        if answer.outcome is Outcome.UNCERTAIN:
            assert copies <= 1
        elif answer.outcome is not Outcome.ACCEPTED:
            assert copies == 0, (reader.address, answer)


def outcomes(result: Result) -> list[Outcome]:
    return [answer.outcome for answer in result.answers]


def leave_url(message: Message, reader: Recipient) -> str:
    return links.leave_url(reader.public_id, message.newsletter)
