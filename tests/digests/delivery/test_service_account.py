"""A digest through each service, with the ledger on: the account, the way out, the alert, and what happens next."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings

from digests import ledger, tasks
from digests.choices import Outcome
from digests.delivery import auditing, finishing
from digests.models import Batch, Digest, Reason
from digests.notices import alerts
from subscriptions.choices import BounceKind
from subscriptions.clock import database_now
from subscriptions.mailing.mail import as_fallback, parse_mail_url
from subscriptions.mailing.services import all_services
from subscriptions.models import BounceReport, Letter, Publisher, Subscriber, TransportState
from tests.builders import Press
from tests.digests.delivery.transports.conftest import running_stub, stub
from tests.service_stub import Fault, ServiceStub
from tests.smtp_sink import Sink

__all__ = ["running_stub", "stub"]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailWarning"),
]
SERVICES = all_services()
ALL = sorted(SERVICES)
SUPPRESSING = ["mailersend", "mailtrap", "mandrill", "postmark", "sparkpost", "unisender-go"]
READERS = 12


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def digest(press: Press) -> Digest:
    Publisher.objects.update(alert_address="desk@example.org")
    newsletter = press.newsletter()
    press.readers(newsletter, READERS)
    return press.frozen(newsletter)


def goes_by(settings: LazySettings, main: str, fallback: str = "") -> None:
    routes = {"digests": parse_mail_url(main), "letters": parse_mail_url("memory://")}
    if fallback:
        routes["fallback"] = as_fallback(parse_mail_url(fallback), routes["digests"])
    settings.MAIL_ROUTES = routes


def drained(rounds: int = 6) -> None:
    for _round in range(rounds):
        tasks.drain_now(5)
        if not Batch.objects.filter(finished_at=None).exists():
            break
        Batch.objects.filter(finished_at=None).update(due_at=database_now())
    finishing.mark_sent()


def let_rest_pass() -> None:
    TransportState.objects.update(rests_until=database_now() - timedelta(seconds=1))


def is_clean(digest: Digest) -> bool:
    return auditing.audit(digest.pk).is_clean


@pytest.mark.parametrize("service", ALL)
def test_a_digest_arrives(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url(service, calls=1000))
    drained()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert set(stub.copies.values()) == {1}
    assert len(stub.copies) == READERS
    assert is_clean(digest)


@pytest.mark.parametrize("service", ALL)
def test_our_fault_rests_the_way_and_tells_staff_at_once_and_then_all_get_it(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url(service, calls=1000))
    stub.ours = True
    drained(1)
    assert ledger.counts(digest.pk) == {Outcome.PENDING: READERS}
    state = TransportState.objects.get()
    assert state.down_since is not None
    assert SERVICES[service].title in state.why
    letter = Letter.objects.get(kind=alerts.TRANSPORT_LETTER)
    assert letter.context["why"] == state.why
    calls = len(stub.calls)
    drained(1)
    assert len(stub.calls) == calls  # it rests
    stub.ours = False
    let_rest_pass()
    drained()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert set(stub.copies.values()) == {1}
    assert TransportState.objects.get().down_since is None
    assert is_clean(digest)


@pytest.mark.parametrize("service", ALL)
def test_a_bad_address_fails_and_the_rest_arrives(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url(service, calls=1000))
    bad = Subscriber.objects.order_by("pk")[4].address
    stub.refused = {bad}
    drained()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS - 1, Outcome.FAILED: 1}
    reason = Reason.objects.get()
    assert reason.text
    assert stub.copies[bad] == 0
    assert not BounceReport.objects.exists()
    assert is_clean(digest)


@pytest.mark.parametrize("service", SUPPRESSING)
def test_whom_a_service_has_given_up_is_called_once_and_never_again(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings, press: Press
) -> None:
    goes_by(settings, stub.url(service, calls=1000))
    reader = Subscriber.objects.order_by("pk")[4]
    stub.suppressed = {reader.address}
    drained()
    report = BounceReport.objects.get()
    assert (report.kind, report.subscriber) == (BounceKind.HARD, reader)
    reader.refresh_from_db()
    assert reader.suppressed_at is not None
    calls = sum(reader.address.encode() in call.body for call in stub.calls)
    second = press.frozen(digest.newsletter, slot="evening")
    drained()
    assert ledger.counts(second.pk) == {Outcome.ACCEPTED: READERS - 1}
    assert sum(reader.address.encode() in call.body for call in stub.calls) == calls


@pytest.mark.parametrize("service", ["mailgun", "postmark", "brevo", "ses", "mandrill"])
def test_failover_from_a_service_to_a_mail_server_and_back(
    service: str, digest: Digest, stub: ServiceStub, sink: Sink, settings: LazySettings
) -> None:
    goes_by(settings, stub.url(service, calls=1000), f"smtp://127.0.0.1:{sink.port}")
    stub.faults = [Fault.UNPAID] * 2
    drained(2)
    taken = Counter(mail.recipient for mail in sink.taken)
    assert sum(taken.values()) + sum(stub.copies.values()) == READERS
    assert set((taken + stub.copies).values()) == {1}
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert sum(taken.values()) == READERS
    assert is_clean(digest)


@pytest.mark.parametrize("service", ["mailgun", "postmark", "brevo", "ses", "mandrill"])
def test_failover_from_a_mail_server_to_a_service(
    service: str, digest: Digest, stub: ServiceStub, sink: Sink, settings: LazySettings
) -> None:
    goes_by(settings, f"smtp://127.0.0.1:{sink.port}", stub.url(service, calls=1000))
    sink.acts("CONNECT", "421 4.3.0 Down", after=0)
    for _failure in range(3):
        tasks.drain_now(2)
        let_rest_pass()
    TransportState.objects.update(rests_until=database_now() + timedelta(minutes=5))
    drained()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert sum(stub.copies.values()) == READERS
    assert set(stub.copies.values()) == {1}
    assert is_clean(digest)
