"""Readers in doubt at a service that can be asked: accepted where it knows them, else sent to again, nobody twice."""

import json
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from digests import ledger, tasks
from digests.admin.house import house
from digests.choices import DigestState, Outcome, UncertainPolicy
from digests.delivery import asking, auditing, finishing, retrying
from digests.delivery.pace.slice_sizes import batch_size, slice_size
from digests.models import Batch, Digest, Question, Reason
from subscriptions.clock import database_now
from subscriptions.mailing.delivery_ids import METADATA_KEY
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.services import all_services
from subscriptions.models import Subscriber, TransportState
from tests.builders import Press
from tests.digests.delivery.test_draining import claimed, lose_leases, open_slice
from tests.digests.delivery.transports.conftest import running_stub, stub
from tests.service_logs import LOGS
from tests.service_stub import Fault, ServiceStub
from tests.service_vendors import Said, Taken

__all__ = ["running_stub", "stub"]

pytestmark = pytest.mark.django_db
SERVICES = all_services()
ASKED = sorted(name for name, service in SERVICES.items() if service.asking is not None)
MANY = [name for name in ASKED if SERVICES[name].is_for_many]
READERS = 12


@pytest.fixture
def digest(press: Press) -> Digest:
    newsletter = press.newsletter()
    press.readers(newsletter, READERS)
    return press.frozen(newsletter)


def goes_by(settings: LazySettings, url: str) -> None:
    settings.MAIL_ROUTES = {"digests": parse_mail_url(url), "letters": parse_mail_url("memory://")}


def drained(rounds: int = 4) -> None:
    for _round in range(rounds):
        TransportState.objects.update(rests_until=database_now() - timedelta(seconds=1))
        Batch.objects.filter(finished_at=None).update(due_at=database_now())
        tasks.drain_now(3)
    finishing.mark_sent()


def as_if_asked_later(later: timedelta) -> None:
    for question in Question.objects.all():
        question.due_at = database_now()
        question.called_at -= later
        question.save()


def asked(*, later: timedelta = timedelta()) -> int:
    """Until nothing is due, as if so much time had passed since the call."""
    as_if_asked_later(later)
    turns = 0
    from django.conf import settings

    while turns < 50 and asking.ask_next(settings.MAIL_ROUTES, now=database_now()):
        turns += 1
    return turns


LAG = timedelta(hours=1)


def test_every_service_that_can_be_asked_has_its_log_here() -> None:
    assert sorted(LOGS) == ASKED


@pytest.mark.parametrize("service", ASKED)
def test_whom_the_service_knows_is_accepted(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url(service, timeout=2))
    stub.faults = [Fault.DROP_AFTER]
    drained()
    doubted = ledger.counts(digest.pk)[Outcome.UNCERTAIN]
    assert doubted == (READERS if service in MANY else 1)
    digest.refresh_from_db()
    assert digest.state == DigestState.SENDING  # it is not over while there is something to ask
    assert asked() == 1
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert set(stub.copies.values()) == {1}
    told = Reason.objects.filter(outcome=Outcome.ACCEPTED)
    assert told.count() == doubted
    assert SERVICES[service].title in told[0].text
    finishing.mark_sent()
    digest.refresh_from_db()
    assert digest.state == DigestState.SENT
    audit = auditing.audit(digest.pk)
    assert audit.is_clean
    assert any("whom a service knew" in figure.text for figure in audit.figures)


@pytest.mark.parametrize("service", ASKED)
def test_whom_it_does_not_know_once_its_log_is_complete_gets_it(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url(service, timeout=2))
    stub.faults = [Fault.DROP_BEFORE]
    drained()
    doubted = ledger.counts(digest.pk)[Outcome.UNCERTAIN]
    assert asked() == 1
    assert ledger.counts(digest.pk)[Outcome.UNCERTAIN] == doubted  # its log may lag
    asked(later=LAG)
    drained()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert set(stub.copies.values()) == {1}
    assert len(stub.copies) == READERS
    assert auditing.audit(digest.pk).is_clean


@pytest.mark.parametrize("service", ASKED)
def test_a_log_that_lags_by_ten_minutes_is_waited_for(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url(service, timeout=2))
    stub.faults = [Fault.DROP_AFTER]
    stub.log_lacks = set(Subscriber.objects.values_list("address", flat=True))
    drained()
    doubted = ledger.counts(digest.pk)[Outcome.UNCERTAIN]
    asked()
    question = Question.objects.get()
    assert question.settled_at is None
    assert question.due_at > database_now() + timedelta(seconds=20)
    asked(later=timedelta(minutes=10))
    assert ledger.counts(digest.pk)[Outcome.UNCERTAIN] == doubted
    stub.log_lacks = set()
    asked()
    drained()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert set(stub.copies.values()) == {1}


@pytest.mark.parametrize("service", ASKED)
def test_another_mail_to_the_same_reader_is_not_theirs(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url(service, timeout=2))
    stub.faults = [Fault.DROP_BEFORE]
    drained()
    stub.taken = [
        Taken(address, "Another", "", "", {}, json.dumps({METADATA_KEY: f"digest.other.{place}"}))
        for place, address in enumerate(Subscriber.objects.values_list("address", flat=True))
    ]
    stub.taken += [replace(mail, metadata="") for mail in stub.taken]
    doubted = ledger.counts(digest.pk)[Outcome.UNCERTAIN]
    asked()
    assert ledger.counts(digest.pk)[Outcome.UNCERTAIN] == doubted
    assert Question.objects.get().trouble == ""


UNREADABLE: list[object] = [
    {}, {"message": "Moved"}, "Welcome", None, 7, [1, None], b"<html>Hotel WiFi</html>", b"",
    {"items": 1, "results": {}, "Messages": "none", "Data": None}, b"[" + b"1," * 3_000_000 + b"1]",
]  # fmt: skip


@pytest.mark.parametrize("service", ASKED)
def test_an_answer_that_is_none_is_not_taken_for_nothing_found(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    """Else readers who have it would be sent to again."""
    goes_by(settings, stub.url(service, timeout=2))
    stub.faults = [Fault.DROP_AFTER]
    drained()
    doubted = ledger.counts(digest.pk)[Outcome.UNCERTAIN]
    for body in UNREADABLE:
        stub.log_says = Said(200, body)
        Question.objects.update(trouble="")
        asked(later=LAG)
        assert ledger.counts(digest.pk)[Outcome.UNCERTAIN] == doubted
        assert SERVICES[service].title in Question.objects.get().trouble, body
    assert Question.objects.get().settled_at is None


@pytest.mark.parametrize("service", MANY)
def test_half_of_a_call(
    service: str, digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url(service, timeout=2))
    stub.faults = [Fault.DROP_AFTER]
    drained()
    lost = set(list(stub.copies)[:5])
    stub.taken = [mail for mail in stub.taken if mail.address not in lost]
    asked(later=LAG)
    drained()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert set(stub.copies.values()) == {1}
    assert len(stub.copies) == READERS


@pytest.mark.parametrize("service", ASKED)
@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(403, {"message": "Forbidden"}), "does not say what it has accepted: 403"),
        (Said(401, {"message": "No such key"}), "It takes"),
        (Said(500, {}), "no clear answer"),
        (Said(429, {"message": "Too many"}, {"Retry-After": "200"}), "busy"),
    ],
)
def test_a_question_that_is_not_answered_leaves_the_doubt(
    service: str,
    said: Said,
    words: str,
    digest: Digest,
    stub: ServiceStub,
    settings: LazySettings,
) -> None:
    goes_by(settings, stub.url(service, timeout=2))
    stub.faults = [Fault.DROP_AFTER]
    stub.log_says = said
    drained()
    doubted = ledger.counts(digest.pk)[Outcome.UNCERTAIN]
    asked(later=LAG)
    assert ledger.counts(digest.pk)[Outcome.UNCERTAIN] == doubted
    question = Question.objects.get()
    assert words in question.trouble
    if said.status == 429:
        assert question.due_at > database_now() + timedelta(seconds=150)
    finishing.mark_sent()
    digest.refresh_from_db()
    assert digest.state == DigestState.SENT  # staff may decide
    stub.log_says = None
    asked()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}


def test_a_worker_that_died_with_a_call_in_flight(
    digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url("mailgun"))
    open_slice(claimed(), transport="mailgun")
    lose_leases()
    drained()
    assert ledger.counts(digest.pk) == {Outcome.UNCERTAIN: READERS}
    asked(later=LAG)
    drained()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    assert set(stub.copies.values()) == {1}
    assert auditing.audit(digest.pk).is_clean


def test_who_holds_is_not_sent_to_again(
    digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url("mailgun", timeout=2))
    digest.newsletter.template.uncertain_policy = UncertainPolicy.HOLD
    digest.newsletter.template.save()
    stub.faults = [Fault.DROP_BEFORE]
    drained()
    asked(later=LAG)
    drained()
    assert ledger.counts(digest.pk) == {Outcome.UNCERTAIN: READERS}
    assert stub.taken == []


def test_a_reader_who_is_lost_again_and_again_is_not_sent_to_for_ever(
    press: Press, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url("mailgun", timeout=2))
    newsletter = press.newsletter()
    press.readers(newsletter, 1)
    digest = press.frozen(newsletter)
    for _time in range(retrying.MOST_RESENDS + 2):
        stub.faults = [Fault.DROP_BEFORE]
        drained(1)
        asked(later=LAG)
    assert ledger.counts(digest.pk) == {Outcome.UNCERTAIN: 1}
    assert len(stub.calls) == retrying.MOST_RESENDS + 1


def test_what_an_event_has_settled_is_not_asked_about(
    digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url("mailgun", timeout=2))
    stub.faults = [Fault.DROP_AFTER]
    drained()
    batch = Batch.objects.get()
    batch.outcomes = bytes([Outcome.ACCEPTED]) * READERS
    batch.save()
    asked()
    assert stub.questions == []
    assert Question.objects.get().settled_at is not None


def test_a_way_that_is_configured_no_more_cannot_be_asked(
    digest: Digest, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url("mailgun", timeout=2))
    stub.faults = [Fault.DROP_AFTER]
    drained()
    goes_by(settings, "memory://")
    asked()
    assert "is no way out any more" in Question.objects.get().trouble


@pytest.mark.parametrize(
    ("url", "readers", "batch"),
    [
        ("mailgun://KEY@mg.example.org", 1000, 1000),
        ("brevo://KEY@", 1000, 1000),
        ("sparkpost://KEY@", 1000, 1000),
        ("postmark://KEY@", 500, 500),
        ("unisender-go://KEY@?api_url=http://127.0.0.1/", 50, 500),
        ("resend://KEY@", 100, 500),
        ("mailjet://KEY:SECRET@", 50, 500),
        ("ses://", 50, 500),
        # It cannot be asked, so few of its readers may be in doubt.
        ("sendgrid://KEY@", 50, 500),
        ("mandrill://KEY@", 50, 500),
    ],
)
def test_a_slice_is_what_a_call_takes_where_doubts_are_settled(
    url: str, readers: int, batch: int
) -> None:
    route = parse_mail_url(url)
    assert slice_size(SERVICES[route.service]) == readers
    assert batch_size(route) == batch


def test_a_mail_server_keeps_its_batches() -> None:
    assert batch_size(parse_mail_url("smtp://mail.example.org")) == 500


def test_a_thousand_readers_are_one_batch_one_slice_and_one_call(
    press: Press, stub: ServiceStub, settings: LazySettings
) -> None:
    goes_by(settings, stub.url("mailgun"))
    newsletter = press.newsletter()
    press.readers(newsletter, 1500)
    digest = press.frozen(newsletter)
    drained()
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 1500}
    assert sorted(len(call.form["to"]) for call in stub.calls) == [500, 1000]


def test_staff_and_probes_hear_of_a_key_that_may_not_ask(
    digest: Digest, stub: ServiceStub, settings: LazySettings, client: Client, admin_client: Client
) -> None:
    goes_by(settings, stub.url("mailgun", timeout=2))
    stub.faults = [Fault.DROP_AFTER]
    stub.log_says = Said(403, {"message": "Forbidden"})
    drained()
    for _attempt in range(3):
        asked()
    told = client.get("/readyz", {"role": "all"}).json()["troubles"]
    assert any("Mailgun does not say whether it has accepted" in one["text"] for one in told)
    assert not any("Forbidden" in one["text"] for one in told)  # details are for staff
    assert any(
        "may read events" in trouble.detail for trouble in house(now=database_now()).troubles
    )


def live_page(client: Client, digest: Digest) -> str:
    answer = client.get(reverse("admin:digests_digest_live", args=[digest.pk]))
    return unescape(answer.content.decode())


def test_staff_see_that_the_service_is_being_asked(
    digest: Digest, stub: ServiceStub, settings: LazySettings, admin_client: Client
) -> None:
    goes_by(settings, stub.url("mailgun", timeout=2))
    stub.faults = [Fault.DROP_AFTER]
    drained()
    words = "Mailgun is being asked whether it has accepted the uncertain readers."
    assert words in live_page(admin_client, digest)
    stub.log_says = Said(403, {"message": "Forbidden"})
    asked()
    shown = live_page(admin_client, digest)
    assert words not in shown
    assert "stay so until Mailgun says whether it has accepted them. We will ask it again." in shown
    assert 'accepted: 403 {"message": "Forbidden"}. It takes a key that may read events.' in shown
    stub.log_says = None
    asked()
    shown = live_page(admin_client, digest)
    assert "Mailgun" not in shown.partition("Accepted")[2].partition("Who has which version")[0]


def test_staff_see_what_becomes_of_readers_whom_nobody_can_be_asked_about(
    digest: Digest, stub: ServiceStub, settings: LazySettings, admin_client: Client
) -> None:
    goes_by(settings, stub.url("mailtrap", timeout=2))
    stub.faults = [Fault.DROP_AFTER]
    drained()
    assert "with a mail service they are held until an event tells" in live_page(
        admin_client, digest
    )
    digest.newsletter.template.uncertain_policy = UncertainPolicy.HOLD
    digest.newsletter.template.save()
    assert "The newsletter holds them: they receive no second email." in live_page(
        admin_client, digest
    )
