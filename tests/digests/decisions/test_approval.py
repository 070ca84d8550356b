"""Who decides that a digest goes out, and what is kept of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction

from digests import versions
from digests.choices import AlertKind, ApprovalRule, DigestState
from digests.decisions import approval, steering
from digests.models import Alert, Digest, Item, Section, Version
from digests.plan import planning
from subscriptions.choices import ConsentAction
from subscriptions.consents import record
from subscriptions.evidence import Evidence
from subscriptions.models import Consent, Letter, Publisher
from tests.at_once import at_once
from tests.builders import NOON, Press

BEFORE_DEADLINE = NOON - timedelta(hours=1)
DEADLINE = NOON - timedelta(minutes=15)


def draft(press: Press, rule: ApprovalRule = ApprovalRule.HOLD, *, stories: int = 1) -> Digest:
    digest = press.digest(press.newsletter(), approval_rule=rule)
    press.carry(digest, *(press.article() for _ in range(stories)))
    return digest


def now_known(digest: Digest) -> Digest:
    return Digest.objects.get(pk=digest.pk)


def decide(digest: Digest) -> str | None:
    return approval.decide_at_deadline(digest.pk, now=DEADLINE)


# --- By a person -------------------------------------------------------------------------------------


def test_approving_keeps_a_version_with_who_and_when(press: Press) -> None:
    editor = User.objects.create(username="editor")
    digest = draft(press)
    version = approval.approve(digest, by=editor, now=BEFORE_DEADLINE).version

    known = now_known(digest)
    assert (known.state, known.approved_by, known.approved_at) == (
        DigestState.APPROVED,
        editor,
        BEFORE_DEADLINE,
    )
    assert known.approved_version == version
    assert (version.number, version.created_by, version.created_at) == (1, editor, BEFORE_DEADLINE)


def test_approving_twice_is_one_version_and_a_change_is_the_next(press: Press) -> None:
    digest = draft(press)
    first = approval.approve(digest, by=None, now=NOON)
    assert approval.approve(digest, by=None, now=NOON) == first
    Digest.objects.update(subject="Another one")
    assert approval.approve(digest, by=None, now=NOON).version.number == 2


def test_an_edit_after_approval_shows_and_undoing_it_does_not(press: Press) -> None:
    digest = draft(press)
    approval.approve(digest, by=None, now=NOON)
    digest = now_known(digest)
    assert not versions.has_changed(digest)

    subject, digest.subject = digest.subject, "Something else"
    assert versions.has_changed(digest)
    digest.subject = subject
    assert not versions.has_changed(digest)


@pytest.mark.django_db(transaction=True)
def test_two_editors_at_once_approve_one_version(press: Press) -> None:
    digest = draft(press)
    made = at_once(*[lambda: approval.approve(digest, by=None, now=NOON).pk] * 4)
    assert len(set(made)) == Version.objects.count() == 1


def test_a_digest_without_stories_is_not_approved_and_leaves_no_version(press: Press) -> None:
    digest = draft(press, stories=0)
    with pytest.raises(approval.CannotApprove, match="has no stories yet"):
        approval.approve(digest, by=None, now=NOON)
    assert not Version.objects.exists()
    assert now_known(digest).state == DigestState.DRAFT


@pytest.mark.parametrize(
    "state", [state for state in DigestState if state not in {"draft", "approved", "held"}]
)
def test_what_is_under_way_or_done_is_not_approved_again(press: Press, state: DigestState) -> None:
    digest = press.frozen(press.newsletter())
    Digest.objects.update(state=state)
    with pytest.raises(approval.CannotApprove, match=f"It is {state.label.lower()}"):
        approval.approve(digest, by=None, now=NOON)


def test_approving_a_held_digest_answers_its_alert(press: Press) -> None:
    digest = draft(press)
    decide(digest)
    approval.approve(digest, by=None, now=NOON)
    known = now_known(digest)
    assert (known.state, known.state_reason) == (DigestState.APPROVED, "")
    assert Alert.objects.get().cleared_at == NOON


def test_a_link_that_is_none_is_said_to_the_editor(press: Press) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article(url="javascript:alert(1)"))
    with pytest.raises(approval.CannotApprove, match="It cannot be rendered"):
        approval.approve(digest, by=None, now=NOON)


# --- Withdrawing -------------------------------------------------------------------------------------


def test_withdrawn_before_the_deadline_it_is_a_draft_again(press: Press) -> None:
    digest = press.approved(press.newsletter())
    approval.withdraw(digest, now=BEFORE_DEADLINE)
    assert now_known(digest).state == DigestState.DRAFT
    with pytest.raises(approval.CannotApprove, match="nothing to withdraw"):
        approval.withdraw(digest, now=BEFORE_DEADLINE)


@pytest.mark.parametrize("rule", [ApprovalRule.SEND_APPROVED, ApprovalRule.SEND_ASSEMBLED])
def test_withdrawn_after_the_deadline_no_rule_sends_it_all_the_same(
    press: Press, rule: ApprovalRule
) -> None:
    digest = press.approved(press.newsletter(), approval_rule=rule)
    approval.withdraw(digest, now=DEADLINE)

    assert now_known(digest).state == DigestState.HELD
    assert planning.to_decide(now=NOON) == planning.to_freeze(now=NOON) == []
    assert approval.decide_at_deadline(digest.pk, now=NOON) is None


# --- The rule at the deadline --------------------------------------------------------------------------


def test_nothing_is_decided_before_the_deadline(press: Press) -> None:
    digest = draft(press)
    before = DEADLINE - timedelta(seconds=1)
    assert approval.decide_at_deadline(digest.pk, now=before) is None
    assert (planning.to_decide(now=before), planning.to_decide(now=DEADLINE)) == ([], [digest.pk])


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        (ApprovalRule.SEND_APPROVED, DigestState.HELD),
        (ApprovalRule.SEND_ASSEMBLED, DigestState.APPROVED),
        (ApprovalRule.HOLD, DigestState.HELD),
        (ApprovalRule.SKIP, DigestState.SKIPPED),
    ],
)
def test_a_digest_that_nobody_approved_goes_the_way_of_its_rule(
    press: Press, rule: ApprovalRule, state: DigestState
) -> None:
    Publisher.objects.update(alert_address="desk@example.org")
    digest = draft(press, rule)

    assert decide(digest) == state
    assert decide(digest) is None

    is_silent = state == DigestState.APPROVED
    assert now_known(digest).state == state
    assert bool(now_known(digest).state_reason) is not is_silent
    assert Alert.objects.count() == Letter.objects.count() == (0 if is_silent else 1)


def test_the_rule_sends_the_last_approved_version_and_not_the_edits_after_it(press: Press) -> None:
    digest = press.approved(press.newsletter())
    approved = digest.approved_version
    approval.withdraw(digest, now=BEFORE_DEADLINE)
    Digest.objects.update(subject="Half a sent")

    assert decide(digest) == DigestState.APPROVED
    assert now_known(digest).approved_version == approved


def test_the_rule_to_send_as_assembled_holds_what_cannot_be_sent(press: Press) -> None:
    digest = draft(press, ApprovalRule.SEND_ASSEMBLED, stories=0)
    assert decide(digest) == DigestState.HELD
    assert now_known(digest).state_reason == "The digest has no stories yet."
    assert Alert.objects.get().kind == AlertKind.HELD


def test_an_approved_digest_is_left_alone_at_its_deadline(press: Press) -> None:
    digest = press.approved(press.newsletter(), approval_rule=ApprovalRule.SKIP)
    assert decide(digest) is None
    assert now_known(digest).state == DigestState.APPROVED


@pytest.mark.django_db(transaction=True)
def test_an_editor_and_the_rule_at_once_end_in_one_decision(press: Press) -> None:
    digest = draft(press, ApprovalRule.SEND_ASSEMBLED)
    at_once(
        lambda: approval.approve(digest, by=None, now=DEADLINE).pk,
        lambda: decide(digest),
        lambda: decide(digest),
    )
    assert now_known(digest).state == DigestState.APPROVED
    assert Version.objects.count() == 1


def test_a_held_digest_that_is_sent_now_is_refused_until_it_is_approved(press: Press) -> None:
    digest = draft(press)
    decide(digest)
    with pytest.raises(steering.Refused, match="Approve it first"):
        steering.send_now(digest, now=NOON)
    approval.approve(digest, by=None, now=NOON)
    steering.send_now(now_known(digest), now=NOON)
    assert planning.to_freeze(now=NOON) == [digest.pk]


# --- What the database itself refuses --------------------------------------------------------------------


def test_the_database_refuses_to_change_a_version(press: Press) -> None:
    digest = press.approved(press.newsletter())
    changes: list[dict[str, Any]] = [
        {"subject": "Other"},
        {"html": "<p>"},
        {"headers": {}},
        {"article_ids": []},
    ]
    for change in changes:
        with (
            pytest.raises(DatabaseError, match="digests_version are never changed"),
            transaction.atomic(),
        ):
            digest.versions.update(**change)


def test_a_versions_maker_may_leave_the_house(press: Press) -> None:
    editor = User.objects.create(username="editor")
    digest = draft(press)
    approval.approve(digest, by=editor, now=NOON)
    editor.delete()
    assert Version.objects.get().created_by is None


def test_the_database_refuses_to_change_a_consent(press: Press) -> None:
    newsletter = press.newsletter()
    record(
        press.reader(newsletter), [newsletter], ConsentAction.CONFIRMED, Evidence("test"), now=NOON
    )
    with (
        pytest.raises(DatabaseError, match="subscriptions_consent are never changed"),
        transaction.atomic(),
    ):
        Consent.objects.update(wording="other words")


def test_the_database_refuses_an_approval_without_a_version(press: Press) -> None:
    digest = draft(press)
    with pytest.raises(DatabaseError, match="digest_approved_has_version"), transaction.atomic():
        Digest.objects.filter(pk=digest.pk).update(state=DigestState.APPROVED)


def test_only_as_many_stories_as_a_section_shows_are_approved(press: Press) -> None:
    digest = draft(press, stories=3)
    Section.objects.update(slots=2)
    assert len(approval.approve(digest, by=None, now=NOON).version.article_ids) == 2


def test_a_digest_of_stories_written_by_hand_can_be_approved(press: Press) -> None:
    digest = press.digest(press.newsletter())
    section = Section.objects.create(digest=digest, heading="From us", slots=3)
    Item.objects.create(section=section, headline="The tram is back", blurb="After eleven years.")

    approved = approval.approve(digest, by=None, now=NOON)

    assert "The tram is back" in approved.version.html
