"""Sign-ups of the same moment: each gets its own answer, and none spoils or delays another."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import DataError, connection, transaction

from subscriptions.choices import SuppressionReason
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Consent, Letter, Newsletter, SignUp, Subscriber, Subscription
from subscriptions.sign_up import blocking, opt_in
from subscriptions.sign_up.intake import Verdict
from tests.at_once import at_once
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE, ask
from tests.subscriptions.sign_up.requesting import sign_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_counts")]
AN_HOUR = timedelta(hours=1)
LAST_WEEK = NOON - timedelta(days=7)
NEW, TWICE, ACTIVE, HALF, LATE = "new", "twice", "active", "half", "late"
OPEN, MANY, SUPPRESSED, BLOCKED, UNKNOWN = "open", "many", "suppressed", "blocked", "unknown"


def of(name: str) -> str:
    return f"{name}@example.org"


def readers_of_every_kind(morning: Newsletter) -> None:
    for name in (ACTIVE, HALF):
        opt_in.confirm(ask(of(name), morning, now=LAST_WEEK), EVIDENCE, now=LAST_WEEK)
    ask(of(LATE), morning, now=LAST_WEEK)
    ask(of(OPEN), morning, now=NOON - timedelta(minutes=1))
    for hours in range(opt_in.LETTERS_A_DAY, 0, -1):
        ask(of(MANY), morning, now=NOON - AN_HOUR * hours)
    suppress(of(SUPPRESSED), SuppressionReason.COMPLAINT, now=LAST_WEEK)
    blocking.block(ask(of(BLOCKED), morning, now=LAST_WEEK).subscriber, now=LAST_WEEK)


def test_each_is_kept_as_if_it_had_come_alone() -> None:
    press = Press()
    morning, good = press.newsletter("Morning Briefing"), press.newsletter("Good News")
    readers_of_every_kind(morning)
    before = set(Letter.objects.values_list("pk", flat=True))
    wishes = [
        (of(NEW), [morning.slug, good.slug]),
        (of(TWICE), [morning.slug]),
        (of(TWICE).replace("twice", "TWICE"), [good.slug]),
        (of(ACTIVE), [morning.slug]),
        (of(HALF), [morning.slug, good.slug]),
        (of(LATE), [good.slug]),
        (of(OPEN), [morning.slug, good.slug]),
        (of(MANY), [good.slug]),
        (of(SUPPRESSED), [morning.slug]),
        (of(BLOCKED), [morning.slug]),
        (of(UNKNOWN), [morning.slug, "unknown"]),
    ]

    told = at_once(*(partial(sign_up, *wish) for wish in wishes))

    letters = Letter.objects.exclude(pk__in=before)
    by_name = {letter.address.partition("@")[0].lower(): letter.pk for letter in letters}
    assert sorted(by_name) == [HALF, LATE, NEW, TWICE]
    names = [address.partition("@")[0] for address, _slugs in wishes]
    answers = dict(zip(names, told, strict=True))
    assert answers.pop(UNKNOWN) == Verdict.WRONG
    assert {answers.pop("twice"), answers.pop("TWICE")} == {by_name.pop(TWICE), None}
    assert answers == dict.fromkeys(answers) | by_name

    assert asked_for() == {
        NEW: {morning.slug, good.slug},
        TWICE: {morning.slug, good.slug},
        HALF: {good.slug},
        LATE: {good.slug},  # what had run out is not asked about again
        OPEN: {morning.slug, good.slug},
        MANY: {morning.slug, good.slug},
        BLOCKED: {morning.slug},
    }
    assert states(ACTIVE) == {morning.slug: "active"}
    assert states(HALF) == {morning.slug: "active", good.slug: "pending"}
    assert states(LATE) == {morning.slug: "pending", good.slug: "pending"}
    assert not Subscriber.objects.filter(address__contains="nobody.invalid").exists()
    assert not Subscriber.objects.filter(address__in=[of(SUPPRESSED), of(UNKNOWN)]).exists()
    assert proofs_of_now() == {NEW: 2, TWICE: 2, HALF: 1, LATE: 1, OPEN: 1, MANY: 1}


def asked_for() -> dict[str, set[str]]:
    """By reader: the newsletters of the request that waits for its answer."""
    return {
        sign_up.subscriber.address.partition("@")[0].lower(): set(
            sign_up.newsletters.values_list("slug", flat=True)
        )
        for sign_up in SignUp.objects.filter(confirmed_at=None).select_related("subscriber")
    }


def states(name: str) -> dict[str, str]:
    ties = Subscription.objects.filter(subscriber__address=of(name))
    return dict(ties.values_list("newsletter__slug", "state"))


def proofs_of_now() -> dict[str, int]:
    found: dict[str, int] = {}
    for consent in Consent.objects.filter(at=NOON).select_related("subscriber"):
        name = consent.subscriber.address.partition("@")[0].lower()
        found[name] = found.get(name, 0) + 1
    return found


@pytest.fixture
def slug(db: None) -> str:
    newsletter: Newsletter = Press().newsletter()
    return newsletter.slug


@pytest.mark.parametrize(
    "name",
    ["reader@example.org", "Reader+{}@example.org", "rea.der+{}@gmail.com", "reader@g{}.example"],
    ids=["one address", "tags", "dots and tags", "other mailboxes"],
)
def test_those_of_one_mailbox_make_one_letter(slug: str, name: str) -> None:
    found = at_once(*(partial(sign_up, name.format(number), [slug]) for number in range(12)))
    letters = set(Letter.objects.values_list("pk", flat=True))
    assert {pk for pk in found if pk is not None} == letters
    expected = 12 if "g{}" in name else 1
    # A reader without a letter is no reader: nothing is left of what was refused.
    assert [len(letters), Consent.objects.count(), Subscriber.objects.count()] == [expected] * 3


def test_of_many_each_gets_its_own_answer(slug: str) -> None:
    suppress("reader9@example.org", SuppressionReason.COMPLAINT, now=NOON)

    def sign_up_as(number: int) -> Verdict | type[Exception] | int | None:
        # A NUL is refused by the database, and no edge lets one through.
        evidence = replace(EVIDENCE, source_url="\x00") if number == 8 else EVIDENCE
        try:
            wanted = "unknown" if number == 7 else slug
            return sign_up(f"reader{number}@example.org", [wanted], evidence)
        except DataError as error:
            return type(error)

    answers = at_once(*(partial(sign_up_as, number) for number in range(12)))
    letters = dict(Letter.objects.values_list("address", "pk"))
    expected = {number: letters.get(f"reader{number}@example.org") for number in range(12)}
    assert dict(enumerate(answers)) == expected | {7: Verdict.WRONG, 8: DataError}
    assert (len(letters), Consent.objects.count()) == (9, 9)


def test_a_reader_whose_row_is_held_makes_nobody_else_wait(slug: str) -> None:
    def visit(name: str) -> Verdict | int | None:
        try:
            return sign_up(of(name), [slug])
        finally:
            connection.close()

    Subscriber.objects.create(address=of("held"))
    with ThreadPoolExecutor(9) as pool:
        with transaction.atomic():
            Subscriber.objects.select_for_update().get(address=of("held"))
            held = pool.submit(visit, "held")
            others = [pool.submit(visit, f"reader{number}") for number in range(8)]
            assert all(other.result(timeout=10) for other in others)
            assert not held.done()
        assert held.result(timeout=10)


def test_a_reader_who_is_made_in_that_moment_is_asked_all_the_same(slug: str) -> None:
    """By an import or a change of address, which know of no mailbox."""

    def visit() -> Verdict | int | None:
        try:
            return sign_up(of(NEW), [slug])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            reader = Subscriber.objects.create(address=of(NEW))
            asking = pool.submit(visit)
            with pytest.raises(TimeoutError):
                asking.result(timeout=0.5)
        assert asking.result(timeout=10)
    assert Letter.objects.get().subscriber == reader
