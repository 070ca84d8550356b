"""Every move of a digest from one state to another stands in one table, and nothing moves it otherwise."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digests.choices import DigestState, StateReason
from digests.lifecycle import Move, NotAllowed, enter
from digests.models import Digest
from digests.state_reasons import WORDS, Reason

ROOT = Path(__file__).parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
FINAL = {DigestState.SENT, DigestState.CANCELLED}
WRITES = {"update", "create", "get_or_create", "update_or_create", "Digest"}
WRITES_SQL = re.compile(r"UPDATE\s+digests_digest\b[^;]*?\bSET\b[^;]*?\bstate\s*=", re.DOTALL)
# Sample data for pictures is written as if it had happened.
ELSEWHERE = ("tools/pictures/", "tools/demo/")
FACTS: dict[StateReason, dict[str, Any]] = {
    StateReason.NOTE: {"text": "Wrong day"},
    StateReason.FINDINGS: {"text": "The subject is missing."},
    StateReason.TOO_FEW_STORIES: {"found": 2, "least": 3},
    StateReason.DISCARDED: {"who": "ada"},
    StateReason.SKIPPED: {"who": "ada", "why": "A holiday"},
    StateReason.MOVED: {"day": "Thu 26 Nov 2026"},
    StateReason.NOTHING_RAN: {"due": "06:00", "zone": "Europe/Berlin"},
    StateReason.NOT_RELEASED: {"code": "note", "facts": {"text": "Wrong day"}},
    StateReason.LATE: {"by": "06:00", "zone": "Europe/Berlin"},
    StateReason.STOPPED_BY_SEED: {"who": "ada@example.org"},
    StateReason.WORKERS_LOST: {"count": 3},
    StateReason.CANNOT_BE_SENT: {"error": "ValueError: no"},
    StateReason.REFUSALS: {"tried": 1000, "refused": 60, "complained": 2},
}


@pytest.mark.parametrize("move", Move, ids=lambda move: move.name)
def test_a_move_starts_only_where_the_table_says(move: Move) -> None:
    for state in DigestState:
        digest = Digest(pk=1, state=state)
        if state in move.before:
            enter(digest, move, Reason.of(StateReason.WITHDRAWN))
            assert (digest.state, digest.reason) == (move.after, StateReason.WITHDRAWN)
        else:
            with pytest.raises(NotAllowed):
                enter(digest, move)
            assert digest.state == state


def test_a_move_without_a_reason_ends_the_last_one() -> None:
    digest = Digest(pk=1, state=DigestState.HELD, reason="note", reason_facts={"text": "Look"})
    enter(digest, Move.APPROVE)
    assert (digest.reason, digest.reason_facts, digest.state_reason) == ("", {}, "")


def test_only_a_new_digest_is_made_in_a_state() -> None:
    made = [move for move in Move if not move.before]
    assert {move.after for move in made} == {DigestState.DRAFT, DigestState.SKIPPED}
    for move in made:
        enter(Digest(), move)
        with pytest.raises(NotAllowed):
            enter(Digest(pk=1), move)
    with pytest.raises(NotAllowed):
        enter(Digest(), Move.APPROVE)


def test_every_state_is_reached_and_only_the_last_ones_are_never_left() -> None:
    assert {move.after for move in Move} == set(DigestState)
    assert set(DigestState) - {state for move in Move for state in move.before} == FINAL


@pytest.mark.parametrize("code", StateReason)
def test_every_reason_has_words(code: StateReason) -> None:
    words = str(Reason.of(code, **FACTS.get(code, {})))
    assert len(words) > 5
    assert "{" not in words
    assert "%(" not in words
    assert set(WORDS) == set(StateReason)


def test_what_others_wrote_is_cut_and_never_a_pattern() -> None:
    reason = Reason.of(StateReason.SKIPPED, who="{why}%(who)s", why="x" * 1000 + "\0")
    assert str(reason).startswith("Skipped by {why}%(who)s. xxx")
    assert len(reason.facts["why"]) == 300


def test_nothing_else_writes_a_digests_state() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("digests", "newsroom", "subscriptions", "tools")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and path.name != "lifecycle.py"
        for line in _writes(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert {place for place in found if not place.startswith(ELSEWHERE)} == set()
    assert any(place.startswith(ELSEWHERE) for place in found)  # so it would be seen


def test_no_file_of_sql_writes_it() -> None:
    for path in ROOT.glob("*/sql/*.sql"):
        assert WRITES_SQL.search(path.read_text(encoding="utf-8")) is None, path


def _writes(tree: ast.AST) -> list[int]:
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets = [target for target in node.targets if isinstance(target, ast.Attribute)]
            if any(target.attr == "state" for target in targets) and _is_digests(node.value):
                lines.append(node.lineno)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            values = [word.value for word in node.keywords if word.arg == "state"]
            if name in WRITES and any(_is_digests(value) for value in values):
                lines.append(node.lineno)
        elif isinstance(node, ast.Constant) and WRITES_SQL.search(str(node.value)):
            lines.append(node.lineno)
    return lines


def _is_digests(value: ast.expr) -> bool:
    return any(getattr(node, "id", "") == "DigestState" for node in ast.walk(value))


def _diagram() -> str:
    """A line for each two states, with the moves between them."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for move in Move:
        for state in move.before or ("[*]",):
            if state != move.after:
                arrows[state, move.after].append(_name(move))
    lines = [f"    {a} --> {b}: {', '.join(moves)}" for (a, b), moves in arrows.items()]
    lines += [f"    {state} --> [*]" for state in DigestState if state in FINAL]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def _table() -> str:
    rows = [f"| {_name(move)} | {move.by.value} | {move.why} |" for move in Move]
    return "\n".join(["| move | made by | because |", "|---|---|---|", *rows])


def _name(move: Move) -> str:
    return move.name.lower().replace("_", " ")


@pytest.mark.parametrize("part", [_diagram, _table], ids=["diagram", "table"])
def test_the_architecture_shows_the_table(part: Callable[[], str]) -> None:
    shown = part()
    assert shown in ARCHITECTURE.read_text(encoding="utf-8"), f"It should read:\n{shown}"
