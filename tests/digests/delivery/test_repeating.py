"""Workers killed with a call in flight at a service with a key: it is called again, and takes nobody twice."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from digests import ledger
from digests.choices import DigestState, Outcome, UncertainPolicy
from digests.delivery import auditing, finishing
from digests.delivery.transports.service import ServiceTransport
from digests.messages.message import load as load_message
from digests.models import Batch, Digest, Question, Reason, SendingSwitch
from subscriptions.clock import database_now
from subscriptions.mailing.services import all_services
from subscriptions.models import AddressChange, Subscriber, Subscription
from tests.builders import Press
from tests.digests.delivery.test_asking import asked, drained, goes_by
from tests.digests.delivery.test_draining import claimed, lose_leases, open_slice
from tests.digests.delivery.transports.conftest import forget_paces, running_stub, stub
from tests.service_stub import Fault, ServiceStub

__all__ = ["running_stub", "stub"]

pytestmark = pytest.mark.django_db
SERVICES = all_services()
BY_KEY = sorted(name for name, service in SERVICES.items() if service.repeats_by_key)
READERS = 12
ALL_ACCEPTED = {Outcome.ACCEPTED: READERS}
IN_DOUBT = {Outcome.UNCERTAIN: READERS}


@pytest.fixture
def digest(press: Press) -> Digest:
    newsletter = press.newsletter()
    press.readers(newsletter, READERS)
    return press.frozen(newsletter)


def killed_in_flight(
    service: str, stub: ServiceStub, settings: LazySettings, fault: Fault = Fault.DROP_AFTER
) -> None:
    """A worker dies after its call left, and another finds its slice."""
    goes_by(settings, stub.url(service, calls=1000))
    held = claimed()
    step = open_slice(held, transport=service)
    stub.faults = [fault]
    transport = ServiceTransport(settings.MAIL_ROUTES["digests"], pauses=())
    message = load_message(step.version_id, held.variant)
    transport.send(message, step.recipients, key=step.key(held.batch_id))
    transport.close()
    lose_leases()
    drained(1)


def words() -> set[str]:
    """What staff read last of each reader."""
    rows = Reason.objects.order_by("subscriber_id", "-pk").distinct("subscriber_id")
    return set(rows.values_list("text", flat=True))


@pytest.mark.parametrize("service", BY_KEY)
@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.DROP_BEFORE])
def test_the_call_of_a_killed_worker_is_repeated(
    service: str, fault: Fault, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    killed_in_flight(service, stub, settings, fault)
    assert ledger.counts(digest.pk) == IN_DOUBT
    digest.refresh_from_db()
    assert digest.state == DigestState.SENDING  # it is not over while there is something to learn
    assert asked() == 1
    assert ledger.counts(digest.pk) == ALL_ACCEPTED
    assert set(stub.copies.values()) == {1}
    assert len(stub.copies) == READERS
    assert len({call.body for call in stub.calls}) == 1
    title = SERVICES[service].title
    assert words() == {f"{title} was called again with the same key, and has accepted it."}
    finishing.mark_sent()
    digest.refresh_from_db()
    assert digest.state == DigestState.SENT
    audit = auditing.audit(digest.pk)
    assert audit.is_clean
    assert any("whom a service knew" in it.text and it.count == READERS for it in audit.figures)


@pytest.mark.parametrize("service", BY_KEY)
@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.RUNNING, Fault.FORBIDDEN])
def test_a_repeat_that_brings_no_answer_is_made_again(
    service: str, fault: Fault, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    killed_in_flight(service, stub, settings)
    stub.faults = [fault]
    asked()
    assert ledger.counts(digest.pk) == IN_DOUBT
    question = Question.objects.get()
    assert question.settled_at is None
    assert SERVICES[service].title in question.trouble
    finishing.mark_sent()
    Question.objects.update(due_at=database_now())
    forget_paces(stub)  # as if its wait were over
    asked()
    assert ledger.counts(digest.pk) == ALL_ACCEPTED
    assert set(stub.copies.values()) == {1}


@pytest.mark.parametrize("service", BY_KEY)
def test_a_key_that_may_have_expired_is_not_used(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    killed_in_flight(service, stub, settings)
    stub.forget_keys()
    asked(later=timedelta(seconds=SERVICES[service].key.seconds))
    assert len(stub.calls) == 1
    assert ledger.counts(digest.pk) == IN_DOUBT
    (said,) = words()
    assert "may not remember the key" in said
    assert Question.objects.get().settled_at is not None
    finishing.mark_sent()
    digest.refresh_from_db()
    assert digest.state == DigestState.SENT  # staff may decide
    assert auditing.audit(digest.pk).is_clean


def leaves(digest: Digest) -> None:
    tie = Subscription.objects.filter(newsletter=digest.newsletter).first()
    assert tie is not None
    tie.state, tie.left_at = "left", database_now()
    tie.save()


def is_suppressed(_digest: Digest) -> None:
    reader = Subscriber.objects.order_by("pk")[3]
    reader.suppressed_at = database_now()
    reader.save()


def moves(_digest: Digest) -> None:
    now = database_now()
    AddressChange.objects.create(
        subscriber=Subscriber.objects.order_by("pk")[3],
        new_address="other@example.org",
        requested_at=now,
        expires_at=now + timedelta(days=1),
        done_at=now,
    )


def holds(digest: Digest) -> None:
    digest.newsletter.template.uncertain_policy = UncertainPolicy.HOLD
    digest.newsletter.template.save()


def expires(_digest: Digest) -> None:
    Batch.objects.update(expires_at=database_now())


def is_cancelled(digest: Digest) -> None:
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.CANCELLED)


@pytest.mark.parametrize("what", [leaves, is_suppressed, moves, holds, expires, is_cancelled])
def test_a_call_that_would_not_be_the_same_or_not_be_wanted_is_not_made_again(
    what: object, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    killed_in_flight("resend", stub, settings, Fault.DROP_BEFORE)
    assert callable(what)
    what(digest)
    asked()
    assert stub.taken == []
    assert ledger.counts(digest.pk) == IN_DOUBT
    (said,) = words()
    assert said.startswith("Resend was not called again: ")
    assert Question.objects.get().settled_at is not None


def test_it_waits_while_sending_is_stopped_or_the_digest_is_paused(
    digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    killed_in_flight("resend", stub, settings, Fault.DROP_BEFORE)
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.PAUSED)
    asked()
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.SENDING)
    SendingSwitch.objects.update_or_create(pk=1, defaults={"stopped_at": database_now()})
    asked()
    assert stub.taken == []
    SendingSwitch.objects.update(stopped_at=None)
    asked()
    assert ledger.counts(digest.pk) == ALL_ACCEPTED


def test_what_an_event_has_told_meanwhile_changes_no_call(
    digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    """For fewer readers it would have another key, and be another call."""
    killed_in_flight("resend", stub, settings)
    batch = Batch.objects.get()
    batch.outcomes = bytes([Outcome.ACCEPTED]) + bytes(batch.outcomes)[1:]
    batch.save()
    asked()
    assert ledger.counts(digest.pk) == ALL_ACCEPTED
    assert set(stub.copies.values()) == {1}
    assert Reason.objects.filter(outcome=Outcome.ACCEPTED).count() == READERS - 1


def test_staff_see_that_the_service_is_called_again(
    digest: Digest, stub: ServiceStub, settings: LazySettings, admin_client: Client
) -> None:
    killed_in_flight("resend", stub, settings)
    page = admin_client.get(reverse("admin:digests_digest_live", args=[digest.pk]))
    assert "Resend is called again for the uncertain readers" in page.content.decode()
