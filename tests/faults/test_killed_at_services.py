"""kill -9 with calls in flight, of which the service takes some and some not, at a service of each class."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from digests import ledger, tasks
from digests.choices import Outcome
from digests.delivery import auditing
from digests.models import Batch, Digest, Question, Slice
from digests.tracking import esps
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.services import all_services
from subscriptions.models import TransportState
from tests.builders import Press
from tests.digests.delivery.test_asking import LAG, as_if_asked_later
from tests.faults.accounts import hurry
from tests.faults.crew import Crew, wait_until
from tests.service_stub import Fault, ServiceStub

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]
READERS = 1_100  # more than one batch, so several calls at once


def has_finished() -> bool:
    return not Batch.objects.filter(finished_at=None).exists()


def seen_through(crew: Crew) -> None:
    crew.start()
    crew.ring()

    def hurried() -> bool:
        hurry()
        return has_finished()

    wait_until(hurried, seconds=90, pause=0.5)
    crew.kill()


def killed_in_flight(crew: Crew, stub: ServiceStub) -> None:
    """One of each batch."""
    batches = Batch.objects.count()
    stub.faults = [Fault.STALL_AFTER, Fault.STALL_BEFORE, Fault.STALL_AFTER][:batches]
    crew.start()
    crew.ring()
    wait_until(lambda: len(stub.calls) == batches, seconds=90)
    crew.kill()


@pytest.mark.parametrize("service", ["mailgun", "resend", "sendgrid"])
def test_the_ledger_agrees_with_what_the_service_took(
    service: str, crew: Crew, settings: Settings
) -> None:
    press = Press()
    newsletter = press.newsletter()
    press.readers(newsletter, READERS)
    record = all_services()[service]
    with ServiceStub() as stub:
        url = stub.url(service, calls=1000, connections=4)
        settings.MAIL_ROUTES = {
            "digests": parse_mail_url(url),
            "letters": parse_mail_url("memory://"),
        }
        digest = press.frozen(newsletter)
        crew.environment = dict.fromkeys(esps.variables(), "fault:fault") | {"MAIL_URL": url}
        killed_in_flight(crew, stub)
        seen_through(crew)
        in_flight = sum(lost.stop - lost.start for lost in Slice.objects.filter(is_lost=True))
        assert ledger.counts(digest.pk)[Outcome.UNCERTAIN] == in_flight
        if record.settles_doubts:
            settled(crew, LAG if record.asking else timedelta())
        agrees(digest, stub, in_flight=0 if record.settles_doubts else in_flight)


def settled(crew: Crew, later: timedelta) -> None:
    """By asking, or by calling again; whom the service does not know is sent to once more."""
    assert Question.objects.count() == Slice.objects.filter(is_lost=True).count()
    as_if_asked_later(later)
    TransportState.objects.all().delete()
    tasks.ask_services()
    if not has_finished():
        seen_through(crew)


def agrees(digest: Digest, stub: ServiceStub, *, in_flight: int) -> None:
    counts = ledger.counts(digest.pk)
    assert counts[Outcome.ACCEPTED] == READERS - in_flight
    assert counts[Outcome.UNCERTAIN] == in_flight <= 150
    assert set(stub.copies.values()) == {1}
    missed = READERS - len(stub.copies)
    assert missed == 0 if not in_flight else missed <= in_flight
    assert auditing.audit(digest.pk).is_clean
