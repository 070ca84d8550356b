"""Every state of a digest, and every move between two of them: who may make it, and why.

Whatever changes a digest's state calls this module. `change` is for a row that the caller has locked, `change_where`
and `update_sql` are conditional updates: of two at once, the first one moves it. docs/architecture.md has the diagram.
"""

from collections.abc import Collection
from enum import Enum
from typing import Any

from django.db.models import QuerySet

from digests.choices import DigestState
from digests.models import Digest
from digests.state_reasons import Reason

_DRAFT, _APPROVED, _HELD = DigestState.DRAFT, DigestState.APPROVED, DigestState.HELD
_FROZEN, _SENDING, _PAUSED = DigestState.FROZEN, DigestState.SENDING, DigestState.PAUSED
_SENT, _CANCELLED = DigestState.SENT, DigestState.CANCELLED
_SKIPPED, _MISSED = DigestState.SKIPPED, DigestState.MISSED


class By(Enum):
    STAFF = "staff"
    SEED = "a seed"
    RULE = "the rule at the deadline"
    ASSEMBLY = "the assembly"
    PLAN = "the plan"
    FREEZE = "the freeze"
    WORKER = "a worker"
    SAFEGUARD = "a safeguard"


class Move(Enum):
    """The states before, the state after, who makes it, why. Without a state before: a new digest."""

    PLAN = (), _DRAFT, By.PLAN, "its time comes near, or staff make one"
    LEAVE_BEHIND = (), _SKIPPED, By.STAFF, "it holds the place of one that moved to another day"

    HOLD_FOR_STORIES = (_DRAFT, _HELD), _HELD, By.ASSEMBLY, "too few stories were found"
    FIND_STORIES = (_HELD,), _DRAFT, By.ASSEMBLY, "it was held for too few stories, and has enough"

    APPROVE = (
        (_DRAFT, _APPROVED, _HELD),
        _APPROVED,
        By.STAFF,
        "somebody approves it, or its rule does, as it stands",
    )
    APPROVE_AGAIN = (_DRAFT,), _APPROVED, By.RULE, "its last approved version is to go out"
    HOLD_BY_RULE = (_DRAFT,), _HELD, By.RULE, "nobody has approved it"
    SKIP_BY_RULE = (_DRAFT,), _SKIPPED, By.RULE, "nobody has approved it"
    WITHDRAW = (_APPROVED,), _DRAFT, By.STAFF, "the approval is withdrawn"
    WITHDRAW_LATE = (_APPROVED,), _HELD, By.STAFF, "it is withdrawn after the deadline"

    SKIP = (_DRAFT, _APPROVED, _HELD), _SKIPPED, By.STAFF, "nobody is to get it"
    UNSKIP = (_SKIPPED,), _DRAFT, By.STAFF, "it goes out after all"
    UNSKIP_LATE = (_SKIPPED,), _HELD, By.STAFF, "the same, after its deadline"
    DISCARD = (_DRAFT, _HELD), _CANCELLED, By.STAFF, "a news alert that nobody has released"
    MISS = (_DRAFT, _HELD), _MISSED, By.PLAN, "nobody released it in time"
    REOPEN = (_MISSED,), _DRAFT, By.PLAN, "a clock that was ahead had given it up"
    REOPEN_APPROVED = (_MISSED,), _APPROVED, By.PLAN, "the same, once approved"

    FREEZE = (_APPROVED,), _FROZEN, By.FREEZE, "its readers are chosen"
    HOLD_AT_FREEZE = (_APPROVED,), _HELD, By.FREEZE, "preflight finds what blocks it"
    MISS_AT_FREEZE = (_APPROVED,), _MISSED, By.FREEZE, "it is too late for all its readers"
    SKIP_AT_FREEZE = (_APPROVED,), _SKIPPED, By.FREEZE, "all readers have the alert’s story"

    BEGIN = (_FROZEN,), _SENDING, By.WORKER, "its first batch is claimed"
    FINISH = (_FROZEN, _SENDING), _SENT, By.WORKER, "its last batch is finished"
    PAUSE = (_FROZEN, _SENDING), _PAUSED, By.STAFF, "somebody wants to look"
    STOP = (_FROZEN, _SENDING, _PAUSED), _PAUSED, By.SEED, "a seed has found something"
    QUARANTINE = (_FROZEN, _SENDING), _PAUSED, By.SAFEGUARD, "refusals, complaints, lost workers"
    RESUME = (_PAUSED,), _SENDING, By.STAFF, "it may go on"
    CANCEL = (
        (_DRAFT, _APPROVED, _HELD, _FROZEN, _SENDING, _PAUSED),
        _CANCELLED,
        By.STAFF,
        "nobody else is to get it",
    )

    def __init__(
        self, before: tuple[DigestState, ...], after: DigestState, by: By, why: str
    ) -> None:
        self.before = before
        self.after = after
        self.by = by
        self.why = why


class NotAllowed(Exception):
    """No such move from where the digest is: the caller has not looked, or holds no lock."""


def enter(digest: Digest, move: Move, reason: Reason | None = None) -> None:
    """Set its state, without saving it. Raises NotAllowed."""
    is_new = digest.pk is None
    if is_new != (not move.before) or not (is_new or digest.state in move.before):
        raise NotAllowed(f"{move.name} of a digest that is {digest.state}")
    digest.state = move.after
    digest.reason = reason.code if reason else ""
    digest.reason_facts = dict(reason.facts) if reason else {}


def change(
    digest: Digest, move: Move, reason: Reason | None = None, *, also: Collection[str] = ()
) -> None:
    """Save its new state, and the fields named in `also`. The caller holds the row's lock. Raises NotAllowed."""
    enter(digest, move, reason)
    digest.save(update_fields=["state", "reason", "reason_facts", *also])


def change_where(digests: "QuerySet[Digest]", move: Move, **values: Any) -> int:
    """Those of these that may make the move; returns how many did."""
    return digests.filter(state__in=move.before).update(
        state=move.after, reason="", reason_facts={}, **values
    )


def update_sql(move: Move, *, also: str = "") -> str:
    """An UPDATE of digests_digest d; the caller adds its own conditions with AND. The reason stays."""
    before = ", ".join(f"'{state}'" for state in move.before)
    return f"UPDATE digests_digest d SET state = '{move.after}'{also} WHERE d.state IN ({before})"  # noqa: S608 - constants
