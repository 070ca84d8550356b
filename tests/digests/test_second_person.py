"""Four eyes: what one person approves, another confirms; the record says who, when, what, and what was found then."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from digests.choices import ApprovalRule, DigestState
from digests.decisions import approval
from digests.models import Alert, Approval, Digest, Template, Version
from digests.plan import planning
from digests.preflight import running, setting_aside
from tests.at_once import at_once
from tests.builders import NOON, Press

EARLY = NOON - timedelta(hours=1)
DEADLINE = NOON - timedelta(minutes=15)


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create(username="anna")


@pytest.fixture
def ben(db: None) -> User:
    return User.objects.create(username="ben")


@pytest.fixture
def digest(press: Press) -> Digest:
    """A digest of a newsletter that asks for a second approval. Its one warning: it has no preheader."""
    newsletter = press.newsletter()
    press.reader(newsletter)
    Template.objects.update(needs_second_person=True)
    digest = press.digest(newsletter)
    press.carry(digest, press.article())
    return digest


def known(digest: Digest) -> Digest:
    return Digest.objects.select_related("newsletter", "approved_version").get(pk=digest.pk)


def test_the_first_yes_waits_and_the_second_puts_it_in_force(
    digest: Digest, anna: User, ben: User
) -> None:
    first = approval.approve(digest, by=anna, now=EARLY)
    assert first.is_waiting
    assert known(digest).state == DigestState.DRAFT
    assert planning.to_freeze(now=NOON) == []

    second = approval.approve(digest, by=ben, now=NOON)
    assert second == first
    assert not second.is_waiting
    row = Approval.objects.get()
    assert (row.by, row.at, row.confirmed_by, row.confirmed_at) == (anna, EARLY, ben, NOON)
    assert (known(digest).state, known(digest).approved_by) == (DigestState.APPROVED, anna)
    assert Version.objects.count() == 1


def test_two_clicks_of_one_person_are_one_yes(digest: Digest, anna: User) -> None:
    first = approval.approve(digest, by=anna, now=EARLY)
    assert approval.approve(digest, by=anna, now=NOON) == first
    row = Approval.objects.get()
    assert (row.is_waiting, row.at) == (True, EARLY)
    assert known(digest).state == DigestState.DRAFT


def test_what_changed_in_between_begins_anew(digest: Digest, anna: User, ben: User) -> None:
    approval.approve(digest, by=anna, now=EARLY)
    Digest.objects.update(subject="Something quite else")
    second = approval.approve(digest, by=ben, now=NOON)
    assert (second.is_waiting, second.by) == (True, ben)
    assert known(digest).state == DigestState.DRAFT
    # Now it is Anna who may confirm what Ben saw.
    assert not approval.approve(digest, by=anna, now=NOON).is_waiting
    assert list(Approval.objects.values_list("by__username", "ended_at")) == [
        ("ben", None),
        ("anna", NOON),
    ]


def test_a_stale_page_confirms_nothing(digest: Digest, anna: User, ben: User) -> None:
    seen = approval.approve(digest, by=anna, now=EARLY).version.fingerprint
    Digest.objects.update(subject="Something quite else")
    with pytest.raises(approval.CannotApprove, match="It has changed since you looked at it"):
        approval.approve(digest, by=ben, now=NOON, seen=seen)
    assert Approval.objects.get().is_waiting
    assert Version.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_are_the_first_and_the_second(press: Press) -> None:
    Template.objects.update(needs_second_person=True)
    newsletter = press.newsletter()
    Template.objects.update(needs_second_person=True)
    digest = press.digest(newsletter)
    press.carry(digest, press.article())
    people = [User.objects.create(username=name) for name in ("anna", "ben")]

    at_once(
        *[
            lambda person=person: approval.approve(digest, by=person, now=NOON).pk
            for person in people
        ]
        * 2
    )
    row = Approval.objects.get()
    assert {row.by, row.confirmed_by} == set(people)
    assert known(digest).state == DigestState.APPROVED


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_where_one_is_enough_make_one_approval(press: Press) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article())
    people = [User.objects.create(username=name) for name in ("anna", "ben")]
    at_once(
        *[
            lambda person=person: approval.approve(digest, by=person, now=NOON).pk
            for person in people
        ]
    )
    assert Approval.objects.get().by == known(digest).approved_by


def test_an_edit_after_both_said_yes_leaves_what_they_approved(
    digest: Digest, anna: User, ben: User
) -> None:
    approval.approve(digest, by=anna, now=EARLY)
    version = approval.approve(digest, by=ben, now=EARLY).version
    Digest.objects.update(subject="Something quite else")
    assert approval.approve(digest, by=anna, now=NOON).is_waiting
    assert (known(digest).state, known(digest).approved_version) == (
        DigestState.APPROVED,
        version,
    )


def test_a_waiting_yes_is_taken_back_and_what_was_in_force_stays(
    digest: Digest, anna: User, ben: User
) -> None:
    approval.approve(digest, by=anna, now=EARLY)
    approval.withdraw(digest, now=EARLY)
    assert Approval.objects.get().ended_at == EARLY
    assert approval.approve(digest, by=ben, now=NOON).is_waiting
    approval.withdraw(digest, now=NOON)
    with pytest.raises(approval.CannotApprove, match="nothing to withdraw"):
        approval.withdraw(digest, now=NOON)


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        (ApprovalRule.HOLD, DigestState.HELD),
        (ApprovalRule.SEND_APPROVED, DigestState.HELD),
        (ApprovalRule.SKIP, DigestState.SKIPPED),
        (ApprovalRule.SEND_ASSEMBLED, DigestState.APPROVED),
    ],
)
def test_one_of_two_is_nobody_at_the_deadline(
    digest: Digest, anna: User, rule: ApprovalRule, state: DigestState
) -> None:
    approval.approve(digest, by=anna, now=EARLY)
    Digest.objects.update(approval_rule=rule)
    assert approval.decide_at_deadline(digest.pk, now=DEADLINE) == state
    if state == DigestState.APPROVED:
        assert Approval.objects.standing().get().is_by_rule
    else:
        assert Alert.objects.get().text.startswith("anna approved it, but nobody confirmed it")


@pytest.mark.parametrize("after", ["nothing", "a change", "withdrawing"])
def test_ending_the_rule_puts_no_approval_in_force_that_waits(
    digest: Digest, anna: User, ben: User, after: str
) -> None:
    approval.approve(digest, by=anna, now=EARLY)
    Template.objects.update(needs_second_person=False)
    if after == "a change":
        Digest.objects.update(subject="Something quite else")
    if after == "withdrawing":
        approval.withdraw(digest, now=EARLY)
    assert approval.approve(digest, by=anna, now=NOON).is_waiting
    assert known(digest).state == DigestState.DRAFT
    assert not approval.approve(digest, by=ben, now=NOON).is_waiting
    assert known(digest).state == DigestState.APPROVED


def test_where_the_rule_has_ended_the_next_digest_needs_one_person(
    digest: Digest, press: Press, anna: User
) -> None:
    Template.objects.update(needs_second_person=False)
    assert not approval.approve(digest, by=anna, now=EARLY).is_waiting


def test_what_preflight_had_to_say_is_kept_with_the_approval(digest: Digest, anna: User) -> None:
    Digest.objects.update(subject="NEWS OF THE DAY")
    capitals = next(
        f for f in running.report_on(known(digest), now=NOON).warnings if f.check == "capitals"
    )
    setting_aside.set_aside(known(digest), capitals.key, "A joke", by=anna, now=EARLY)
    approval.approve(digest, by=anna, now=EARLY)
    kept = {row["check"]: row.get("reason") for row in Approval.objects.get().findings}
    assert kept == {"no_preheader": None, "capitals": "A joke"}


def test_the_database_refuses_one_person_as_two_and_two_approvals_at_once(
    digest: Digest, anna: User
) -> None:
    made = approval.approve(digest, by=anna, now=EARLY)
    with pytest.raises(IntegrityError, match="approval_two_people"), transaction.atomic():
        Approval.objects.update(confirmed_by=anna, confirmed_at=NOON)
    with pytest.raises(IntegrityError, match="approval_one_stands"), transaction.atomic():
        Approval.objects.create(digest=digest, version=made.version, at=NOON)


def test_a_rule_that_sends_the_last_approved_version_is_on_record(press: Press) -> None:
    digest = press.approved(press.newsletter())
    approval.withdraw(digest, now=EARLY)
    approval.decide_at_deadline(digest.pk, now=DEADLINE)
    row = Approval.objects.standing().get()
    assert (row.is_by_rule, row.version) == (True, digest.approved_version)
