"""Readers of every kind at the same moment: a call for all does for each what a call of its own would have done."""

from datetime import timedelta
from functools import partial

import pytest

from subscriptions.choices import SuppressionReason
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Consent, Letter, Newsletter, SignUp, Subscriber, Subscription
from subscriptions.sign_up import blocking, opt_in
from subscriptions.sign_up.intake import Verdict
from tests.at_once import at_once
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE, ask
from tests.subscriptions.sign_up.taking import sign_up

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


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_counts")
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
