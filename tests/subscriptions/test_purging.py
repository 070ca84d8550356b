"""What is forgotten, and what is not."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from subscriptions import purging, tasks
from subscriptions.choices import (
    ConsentAction,
    IpRule,
    LetterState,
    SubscriptionState,
    SuppressionReason,
)
from subscriptions.clock import database_now
from subscriptions.consents import record
from subscriptions.evidence import Evidence
from subscriptions.mailing import letters
from subscriptions.mailing.suppression import is_suppressed, suppress
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
    Suppression,
)
from subscriptions.readers import gone
from subscriptions.sign_up import opt_in
from tests.at_once import at_once
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


# --- Who is gone for good, and IP addresses -----------------------------------------------------------------------

LONG = timedelta(days=1095)
LEFT_THEN = NOON - LONG


def left(reader: Subscriber, newsletter: Newsletter, at: datetime) -> None:
    Subscription.objects.filter(subscriber=reader, newsletter=newsletter).update(
        state=SubscriptionState.LEFT, left_at=at
    )


def purge_gone() -> int:
    return gone.purge_gone(now=NOON, kept=LONG)


def test_who_left_the_last_newsletter_is_forgotten_in_time(
    press: Press, morning: Newsletter
) -> None:
    other = press.newsletter("Good News")
    reader = press.reader(morning)
    press.subscribe(reader, other)
    record(reader, [morning, other], ConsentAction.CONFIRMED, Evidence("test"), now=LEFT_THEN)
    left(reader, morning, LEFT_THEN - timedelta(days=400))
    left(reader, other, LEFT_THEN + timedelta(seconds=1))
    assert purge_gone() == 0
    assert Consent.objects.count() == 2
    left(reader, other, LEFT_THEN)
    assert (purge_gone(), purge_gone()) == (1, 0)
    for model in (Subscriber, Subscription, Consent):
        assert not model.objects.exists(), model


@pytest.mark.parametrize(
    "state", [state for state in SubscriptionState if state != SubscriptionState.LEFT]
)
def test_a_reader_of_anything_stays_with_every_proof(
    press: Press, morning: Newsletter, state: SubscriptionState
) -> None:
    other = press.newsletter("Good News")
    reader = press.reader(morning)
    press.subscribe(reader, other)
    record(reader, [morning, other], ConsentAction.CONFIRMED, Evidence("test"), now=LEFT_THEN)
    left(reader, morning, LEFT_THEN)
    Subscription.objects.filter(newsletter=other).update(state=state)
    assert purge_gone() == 0
    assert Consent.objects.count() == 2


def test_who_was_suppressed_is_forgotten_but_for_the_hash(
    press: Press, morning: Newsletter
) -> None:
    """Whatever is there of subscriptions: nothing is ever sent again. Also not after signing up again."""
    readers = [press.reader(morning), press.reader()]
    for reader in readers:
        at = LEFT_THEN + timedelta(seconds=1)
        suppress(reader.address, SuppressionReason.BOUNCE, now=at, note="5.1.1 of the server")
    assert purge_gone() == 0
    Subscriber.objects.update(suppressed_at=LEFT_THEN)
    assert purge_gone() == 2
    assert not Subscriber.objects.exists()
    assert list(Suppression.objects.values_list("address", "note")) == [("", "")] * 2
    for reader in readers:
        assert is_suppressed(reader.address)


def test_who_comes_back_is_not_forgotten(press: Press, morning: Newsletter) -> None:
    reader = press.reader(morning, address=ADDRESS)
    left(reader, morning, LEFT_THEN)
    ask(ADDRESS, morning, now=NOON)
    assert purge_gone() == 0
    assert SignUp.objects.exists()


def test_those_who_are_asked_keep_no_others(
    press: Press, morning: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gone, "BATCH", 1)
    asked, other = press.reader(morning, address=ADDRESS), press.reader(morning)
    left(asked, morning, LEFT_THEN - timedelta(days=1))
    left(other, morning, LEFT_THEN)
    ask(ADDRESS, morning, now=NOON)
    assert purge_gone() == 1
    assert Subscriber.objects.get() == asked


def test_who_is_signing_up_just_now_is_passed_over(transactional_db: None) -> None:
    press = Press()
    morning = press.newsletter()
    busy = press.reader(morning)
    for reader in (busy, press.reader(morning)):
        left(reader, morning, LEFT_THEN)
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT FROM subscriptions_subscriber WHERE id = %s FOR UPDATE", [busy.pk])
        assert at_once(purge_gone) == [1]
        cursor.execute("ROLLBACK")
    assert Subscriber.objects.get() == busy


@pytest.mark.parametrize("rule", [IpRule.KEEP, IpRule.HASH])
def test_an_ip_address_goes_and_its_consent_stays(
    press: Press, morning: Newsletter, settings: Settings, rule: IpRule
) -> None:
    settings.CONSENT_IP = rule
    reader = press.reader(morning)
    year = timedelta(days=365)
    for at in (NOON - year - timedelta(days=1), NOON - year + timedelta(days=1)):
        said = Evidence("page", wording="2026-11", source_url="/", ip="192.0.2.7")
        record(reader, [morning], ConsentAction.CONFIRMED, said, now=at)
    before = list(Consent.objects.order_by("at").values())
    assert (purging.purge_ips(now=NOON, kept=year), purging.purge_ips(now=NOON, kept=year)) == (
        1,
        0,
    )
    older, newer = Consent.objects.order_by("at").values()
    assert newer == before[1]
    assert older == before[0] | {"ip": None, "ip_hash": ""}


@pytest.mark.parametrize(
    "change",
    ["ip = '192.0.2.8'", "ip_hash = 'x'", "ip = NULL, wording = 'other'", "ip = NULL, at = now()"],
)
def test_nothing_else_of_a_consent_changes(press: Press, morning: Newsletter, change: str) -> None:
    said = Evidence("page", ip="192.0.2.7")
    record(press.reader(morning), [morning], ConsentAction.CONFIRMED, said, now=NOON)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        connection.cursor().execute(f"UPDATE subscriptions_consent SET {change}")


def test_all_terms_are_kept_by_the_task(press: Press, morning: Newsletter) -> None:
    now = database_now()
    reader = press.reader(morning)
    said = Evidence("page", ip="192.0.2.7")
    stays = press.reader(morning)
    old = now - timedelta(days=400)
    record(stays, [morning], ConsentAction.CONFIRMED, said, now=old)
    left(reader, morning, now - timedelta(days=1096))
    tasks.purge()
    assert Subscriber.objects.get() == stays
    assert Consent.objects.get().ip is None


def test_what_is_to_go_is_found_by_indexes(db: None) -> None:
    """Not by a look at a million readers, every hour."""
    found = {
        "subscription_left": Subscription.objects.last_left_before(NOON),
        "subscriber_suppressed": Subscriber.objects.filter(suppressed_at__lte=NOON).order_by(
            "suppressed_at"
        ),
        "consent_with_ip": Consent.objects.with_ip_before(NOON),
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for index, rows in found.items():
            assert index in rows[:1].explain()
