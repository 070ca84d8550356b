"""What is forgotten, and what is not."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from subscriptions import purging, tasks
from subscriptions.choices import LetterState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.mailing import letters
from subscriptions.mailing.suppression import suppress
from subscriptions.models import (
    AddressChange,
    Consent,
    Letter,
    ManageLink,
    Newsletter,
    SignUp,
    SignUpBlock,
    SpentProof,
    Subscriber,
    Subscription,
)
from subscriptions.sign_up import opt_in
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE, ask

KEPT = timedelta(days=30)
THEN = NOON - KEPT - opt_in.CONFIRM_WITHIN
ADDRESS = "reader@example.org"


@pytest.fixture
def morning(press: Press) -> Newsletter:
    return press.newsletter()


def purge() -> int:
    return purging.purge_unconfirmed(now=NOON, kept=KEPT)


def test_who_never_confirmed_is_forgotten_in_time(morning: Newsletter) -> None:
    ask(ADDRESS, morning, now=THEN + timedelta(seconds=1))
    assert purge() == 0
    SignUp.objects.update(expires_at=NOON - KEPT)
    assert purge() == 1
    for model in (Subscriber, Subscription, SignUp, Consent, Letter):
        assert not model.objects.exists(), model


def test_a_reader_of_something_else_stays_with_the_proof(press: Press, morning: Newsletter) -> None:
    other = press.newsletter("Good News")
    opt_in.confirm(ask(ADDRESS, other, now=THEN), EVIDENCE, now=THEN)
    ask(ADDRESS, morning, now=THEN)
    assert purge() == 1
    assert Subscription.objects.get().newsletter == other
    assert SignUp.objects.get().confirmed_at == THEN
    assert Consent.objects.filter(newsletter=other).count() == 2


def test_who_has_left_and_who_is_suppressed_are_remembered(morning: Newsletter) -> None:
    ask(ADDRESS, morning, now=THEN)
    suppress(ADDRESS, SuppressionReason.COMPLAINT, now=THEN)
    purge()
    assert Subscriber.objects.get().suppressed_at == THEN


def test_who_asks_again_is_not_forgotten(morning: Newsletter) -> None:
    ask(ADDRESS, morning, now=THEN)
    ask(ADDRESS, morning, now=NOON)
    assert purge() == 0
    assert Subscription.objects.count() == 1


def test_many_go_in_batches_of_few_statements(
    morning: Newsletter, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    readers = Subscriber.objects.bulk_create(
        Subscriber(address=f"reader{number}@example.org") for number in range(purging.BATCH + 5)
    )
    SignUp.objects.bulk_create(
        SignUp(subscriber=reader, requested_at=THEN, expires_at=NOON - KEPT) for reader in readers
    )
    with django_assert_max_num_queries(60):
        assert purge() == purging.BATCH
    assert (purge(), purge()) == (5, 0)
    assert not Subscriber.objects.exists()


@pytest.mark.django_db
def test_spent_proofs_ended_blocks_and_ended_links_go(press: Press) -> None:
    reader = press.reader(press.newsletter())
    for number, moment in enumerate((NOON, NOON + timedelta(seconds=1))):
        SpentProof.objects.spend(str(number), moment)
        SignUpBlock.objects.create(address_hash=bytes([number]), until=moment)
        ManageLink.objects.create(subscriber=reader, requested_at=THEN, expires_at=moment)
    assert purging.purge_spent(now=NOON) == 3
    for model in (SpentProof, SignUpBlock, ManageLink):
        assert model._default_manager.count() == 1


@pytest.mark.django_db
def test_an_address_that_nobody_agreed_to_move_to_goes(press: Press) -> None:
    newsletter = press.newsletter()
    ended, waiting, done = (press.reader(newsletter) for _reader in range(3))
    for reader, moment in ((ended, NOON), (waiting, NOON + timedelta(seconds=1)), (done, NOON)):
        AddressChange.objects.create(
            subscriber=reader,
            new_address="stranger@example.org",
            requested_at=THEN,
            expires_at=moment,
            done_at=NOON if reader is done else None,
        )
    assert purging.purge_spent(now=NOON) == 1
    kept = AddressChange.objects.values_list("subscriber", flat=True)
    assert set(kept) == {waiting.pk, done.pk}


@pytest.mark.django_db
def test_ended_links_go_in_batches(
    press: Press, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    reader = press.reader(press.newsletter())
    ManageLink.objects.bulk_create(
        ManageLink(subscriber=reader, requested_at=THEN, expires_at=NOON)
        for _link in range(purging.BATCH + 1)
    )
    with django_assert_max_num_queries(12):
        assert purging.purge_spent(now=NOON) == purging.BATCH
    tasks.purge()
    assert not ManageLink.objects.exists()


@pytest.mark.django_db
def test_letters_are_forgotten_in_time_and_what_was_agreed_to_is_not(press: Press) -> None:
    newsletter = press.newsletter()
    opt_in.confirm(ask(ADDRESS, newsletter, now=THEN), EVIDENCE, now=THEN)
    old, fresh, waiting = (
        letters.write("preferences", ADDRESS, {}, now=THEN) for _letter in range(3)
    )
    Letter.objects.filter(pk=waiting.pk).update(state=LetterState.PENDING, settled_at=None)
    for letter, moment in ((old, NOON - KEPT), (fresh, NOON - KEPT + timedelta(seconds=1))):
        Letter.objects.filter(pk=letter.pk).update(state=LetterState.ACCEPTED, settled_at=moment)
    consents = Consent.objects.count()
    assert purging.purge_letters(now=NOON, kept=KEPT) == 1
    kept = set(Letter.objects.filter(kind="preferences").values_list("pk", flat=True))
    assert kept == {fresh.pk, waiting.pk}
    assert Consent.objects.count() == consents > 0


@pytest.mark.django_db
def test_letters_go_in_batches_and_by_the_daily_task(
    settings: Settings, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Letter.objects.bulk_create(
        Letter(
            kind="alert",
            address=f"stranger{number}@example.org",
            state=LetterState.FAILED,
            created_at=THEN,
            due_at=THEN,
            expires_at=THEN,
            settled_at=THEN,
        )
        for number in range(purging.BATCH + 3)
    )
    with django_assert_max_num_queries(8):
        assert purging.purge_letters(now=NOON, kept=KEPT) == purging.BATCH
    settings.LETTER_DAYS = 10_000
    tasks.purge()
    assert Letter.objects.count() == 3
    settings.LETTER_DAYS = 1
    Letter.objects.update(settled_at=database_now() - timedelta(days=2))
    tasks.purge()
    assert not Letter.objects.exists()
