"""The audit must fail where the protocol is broken: proof that it would see it.

The one place that changes our own code: in a copy, for workers of their own; this process runs what we ship.
"""

import shutil
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest
from django.db import connection

from digests.models import Batch, Slice
from digests.models.ledger import SLICE_SIZE
from tests.builders import Press
from tests.faults.accounts import account, see_through
from tests.faults.crew import ROOT, Crew, wait_until
from tests.faults.sink import HOLD, TAKEN
from tests.smtp_sink import Rule

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

Change = tuple[str, str, str]  # file, what stands there, what is put in its place

WITHOUT_TOKEN_TEST: list[Change] = [
    ("locking.py", "WHERE b.id = %s AND b.token = %s AND", "WHERE b.id = %s AND b.token >= %s AND"),
    (
        "claiming.py",
        "WHERE id = %s AND token = %s AND lease",
        "WHERE id = %s AND token >= %s AND lease",
    ),
]
SENT_BEFORE_COMMIT: list[Change] = [
    (
        "draining.py",
        (
            "        step = _advance(held, previous, transport, go_on, run.readers)\n"
            "        if isinstance(step, Stop):\n"
            "            break\n"
            "        run.pace.give_back(run.readers - len(step.recipients))\n"
            "        result = _attempt(held, step, transport)\n"
        ),
        (
            "        with transaction.atomic():\n"
            "            step = _advance(held, previous, transport, go_on, run.readers)\n"
            "            result = None if isinstance(step, Stop) else _attempt(held, step, transport)\n"
            "        if isinstance(step, Stop):\n"
            "            break\n"
        ),
    ),
    ("draining.py", "from django.db import ", "from django.db import transaction, "),
]
WITHOUT_SWEEP: list[Change] = [
    (
        "claiming.py",
        "settled_at IS NULL AND token < %s",
        "settled_at IS NULL AND token < %s AND false",
    ),
]


# The same test where PostgreSQL makes it (digests/sql/fast_step.sql).
FUNCTION = ("newsroom_fast_step", "b.token = _token AND", "b.token >= _token AND")


@contextmanager
def broken_function(name: str, old: str, new: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [name])
        text = cursor.fetchone()[0]
        assert text.count(old) == 1, f"{name} does not say {old!r} any more; mend this test"
        cursor.execute(text.replace(old, new))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(text)


def broken_copy(folder: Path, changes: list[Change]) -> Path:
    """The project with these changes in digests/delivery; each must be there to be made, exactly once."""
    copy = folder / "copy"
    for part in ("newsroom", "digests", "subscriptions", "templates", "static"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in changes:
        path = copy / "digests" / "delivery" / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} does not say {old!r} any more; mend this test"
        path.write_text(text.replace(old, new), encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (SENT_BEFORE_COMMIT, {"readers with two copies who are not in doubt"}),
        (WITHOUT_SWEEP, {"open slices", "readers without an outcome"}),
    ],
    ids=["the slice committed before it is sent", "the sweep of open slices"],
)
def test_a_kill_is_found_out_without(
    crew: Crew, tmp_path: Path, changes: list[Change], expected: set[str]
) -> None:
    press = Press()
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 3)
    digest = press.frozen(newsletter)
    crew.program_folder = broken_copy(tmp_path, changes)
    crew.connections = 1
    crew.sink.behaves(Rule("ACCEPTED", HOLD, then=TAKEN, after=20, times=1))
    crew.start()
    crew.sink.wait_held()
    crew.kill()
    crew.sink.let_go()
    crew.sink.behaves()

    found = {figure.text for figure in see_through(crew, digest).breaches}

    assert found >= expected  # with nothing changed it is clean: test_killed_workers.py


@pytest.mark.parametrize(
    ("changes", "function", "expected"),
    [
        ([], nullcontext(), set()),
        (
            WITHOUT_TOKEN_TEST,
            broken_function(*FUNCTION),
            {"slices opened by a worker whose claim was over"},
        ),
    ],
    ids=["nothing", "the token test"],
)
def test_a_sleeper_that_wakes_is_found_out_without(
    crew: Crew,
    tmp_path: Path,
    changes: list[Change],
    function: AbstractContextManager[None],
    expected: set[str],
) -> None:
    with function:
        press = Press()
        newsletter = press.newsletter()
        press.readers(newsletter, SLICE_SIZE * 6)
        digest = press.frozen(newsletter)
        crew.program_folder = broken_copy(tmp_path, changes)
        crew.connections = 1
        crew.sink.behaves(
            Rule("ACCEPTED", HOLD, then=TAKEN, after=10, times=1),
            # The second worker gets a pace at which the first one finds it at work.
            Rule("ACCEPTED", "delay 0.03", then=TAKEN),
        )
        crew.start()
        crew.sink.wait_held()
        sleeper = crew.alive
        crew.signal(signal.SIGSTOP, sleeper)
        crew.start()
        wait_until(lambda: Slice.objects.filter(is_lost=True).exists())
        crew.sink.let_go()
        crew.signal(signal.SIGCONT, sleeper)
        wait_until(lambda: not Batch.objects.filter(finished_at=None).exists(), seconds=60)
        see_through(crew, digest)

        found = {figure.text for figure in account(crew, digest).breaches}

        assert found >= expected
        assert bool(found) == bool(expected)
