"""How many readers a connection may take now, with and without Redis."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.utils import timezone

from digests import ledger
from digests.choices import Outcome
from digests.delivery.draining import drain
from digests.delivery.pace import processes
from digests.delivery.pace.pacing import TransportPace
from digests.delivery.transports.base import ACCEPTED, NOT_SENT, Result
from digests.models import SendingProcess, Slice
from digests.models.ledger import SLICE_SIZE
from subscriptions.mailing import call_bucket, token_bucket
from subscriptions.mailing.call_bucket import RateWords
from subscriptions.mailing.mail import MailRoute, parse_mail_url
from subscriptions.mailing.transports import WELL, Standing
from tests.builders import Press
from tests.fakes import FakeTransport

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_remembers() -> Iterator[None]:
    token_bucket._away_until = 0.0
    processes._said.clear()
    yield
    token_bucket._away_until = 0.0
    processes._said.clear()


def pace(rate: float = 0, standing: Standing = WELL) -> TransportPace:
    return TransportPace(MailRoute(f"test {uuid4().hex}", "", rate=rate), standing)


def test_without_a_rate_nothing_is_counted(settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert pace().take() == SLICE_SIZE
    assert token_bucket._away_until == 0  # Redis was not asked


def test_a_digest_goes_out_no_faster_than_the_rate(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 90)
    digest = press.frozen(newsletter)
    started = time.monotonic()

    drain(FakeTransport(), seconds=20, pace=pace(60))

    assert 1.3 < time.monotonic() - started < 6
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 90}
    assert max(part.stop - part.start for part in Slice.objects.all()) <= 60


def test_no_batch_is_held_while_its_turn_has_not_come(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 30)
    digest = press.frozen(newsletter)
    drain(FakeTransport(), seconds=0.3, pace=pace(1))
    assert ledger.counts(digest.pk) == {Outcome.PENDING: 30}
    assert not digest.batches.exclude(lease_until=None).exists()


def test_without_redis_each_process_sends_its_share(settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for name in ("a", "b", "c"):
        SendingProcess.objects.create(name=name, seen_at=timezone.now())
    SendingProcess.objects.create(name="gone", seen_at=timezone.now() - timedelta(minutes=5))
    ours = pace(400)
    end, taken = time.monotonic() + 1.5, 0
    while time.monotonic() < end:
        taken += ours.take()
        time.sleep(0.01)
    assert 80 <= taken <= 100 * 1.5


def test_what_was_not_needed_is_given_back_without_redis_too(settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    ours = pace(100)
    ours.take()
    time.sleep(0.5)
    first = ours.take()
    assert first
    ours.give_back(first)
    assert ours.take() >= first


def test_after_trouble_one_reader_goes_first(press: Press) -> None:
    assert pace(standing=Standing(has_failed=True)).take() == 1


@pytest.mark.parametrize("words", [None, RateWords(left=3)])
def test_a_call_that_was_taken_ends_the_refusals_in_a_row_of_all_processes(
    words: RateWords | None,
) -> None:
    route = replace(
        parse_mail_url("mailgun://KEY@mg.example.org"), name=f"mailgun {uuid4().hex[:20]}"
    )
    one, other = TransportPace(route, WELL), TransportPace(route, WELL)
    for _refusal in range(2):
        one.take()
        one.note(0, Result([NOT_SENT], rest_seconds=0, busy="It is busy."))
    other.take()
    assert call_bucket.take(route, 1).refusals == 2
    other.note(0, Result([ACCEPTED], rate_words=words))
    assert call_bucket.take(route, 1).refusals == 0


def test_each_process_says_that_it_sends() -> None:
    assert processes.live_processes() == 1
    assert SendingProcess.objects.get().name == processes.our_name()
