"""F1, F2, F3, F12: workers that are killed, at random or at the worst moment, stopped and woken, or told to end."""

import random
import re
import signal
from collections.abc import Callable

import pytest
from django.db import connection

from digests import ledger
from digests.choices import DigestState, Outcome
from digests.models import Batch, Digest, Reason, Slice
from digests.models.ledger import SLICE_SIZE
from subscriptions.models import BounceReport, Suppression
from tests.builders import Press
from tests.faults.accounts import assert_sound, see_through
from tests.faults.conftest import IS_LONG
from tests.faults.crew import CONNECTIONS, LEASE_SECONDS, Crew, wait_until
from tests.faults.sink import DELAY, HOLD, TAKEN
from tests.smtp_sink import Rule

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

READERS = 20_000 if IS_LONG else 600
SECONDS = 600 if IS_LONG else 60  # at most, until all of them have it
KILLS = 20 if IS_LONG else 2
REFUSED_READERS = 480  # few enough for the breaker
SEEDS = range(20) if IS_LONG else [1]
# Slow enough that a kill finds workers at work.
UNHURRIED = Rule("ACCEPTED", f"{DELAY}0.002", then=TAKEN)
# And so slow that most readers are left when a busy machine has seen that a third was served.
SLOW = Rule("ACCEPTED", f"{DELAY}0.006", then=TAKEN)


@pytest.mark.parametrize("seed", SEEDS)
def test_workers_killed_at_any_moment_cost_nobody_their_digest(crew: Crew, seed: int) -> None:
    press, dice = Press(), random.Random(seed)
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    moments = sorted(dice.sample(range(READERS), KILLS))
    crew.sink.behaves(UNHURRIED)

    def kill_at_its_moment() -> None:
        if moments and crew.sink.taken >= moments[0]:
            moments.pop(0)
            crew.signal(signal.SIGKILL, [dice.choice(crew.alive)])

    found = see_through(crew, digest, workers=2, meanwhile=kill_at_its_moment, seconds=SECONDS)

    assert moments == []
    assert_sound(found, readers, most_doubts=KILLS * CONNECTIONS)
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_refused_mailbox_is_reported_once_whenever_workers_are_killed(
    crew: Crew, seed: int
) -> None:
    """Outcome, report and suppression are written together, and a slice in doubt is only asked again."""
    press, dice = Press(), random.Random(seed)
    newsletter = press.newsletter()
    readers = press.readers(newsletter, REFUSED_READERS)
    dead = {reader.address for reader in readers if re.search(r"[05]@", reader.address)}
    digest = press.frozen(newsletter)
    moments = sorted(dice.sample(range(REFUSED_READERS - len(dead)), KILLS))
    crew.sink.behaves(Rule(r"RCPT TO:<[^@]*[05]@", "550 5.1.1 No such user"), UNHURRIED)

    def kill_at_its_moment() -> None:
        if moments and crew.sink.taken >= moments[0]:
            moments.pop(0)
            crew.signal(signal.SIGKILL, [dice.choice(crew.alive)])

    found = see_through(crew, digest, workers=2, meanwhile=kill_at_its_moment, seconds=SECONDS)

    assert moments == []
    assert found.breaches == []
    assert ledger.counts(digest.pk)[Outcome.FAILED] == len(dead)
    reported = BounceReport.objects.values_list("subscriber__address", flat=True)
    assert sorted(reported) == sorted(dead)
    assert set(Suppression.objects.values_list("address", flat=True)) == dead


# --- F2: failpoints ---------------------------------------------------------------------------------


# Of this database: others of the server belong to tests that run beside this one.
WAITING = """
  FROM pg_locks
 WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
AT_THE_GATE = f"{WAITING} AND locktype = 'advisory' AND objid = 4711"


def blocked(table: str) -> bool:
    """Does a worker wait for the lock that the test holds?"""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {WAITING} AND relation = %s::regclass", [table])
        return bool(cursor.fetchone()[0])


def kill_within_the_step(crew: Crew) -> None:
    """PostgreSQL does not look whether its client still lives, and commits what it was asked for."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE subscriptions_subscription IN ACCESS EXCLUSIVE MODE")
        crew.start()
        wait_until(lambda: blocked("subscriptions_subscription"))
        crew.kill()
        cursor.execute("ROLLBACK")


def kill_after_the_slice_is_opened(crew: Crew) -> None:
    crew.sink.behaves(Rule("CONNECT", HOLD, times=1))
    crew.start()
    crew.sink.wait_held()
    crew.kill()


def kill_before_the_answer(crew: Crew) -> None:
    crew.sink.behaves(Rule("ACCEPTED", HOLD, then=TAKEN, after=20, times=1))
    crew.start()
    crew.sink.wait_held()
    crew.kill()


def kill_with_the_content_read_and_thrown_away(crew: Crew) -> None:
    crew.sink.behaves(Rule("CONTENT", HOLD, after=20, times=1))
    crew.start()
    crew.sink.wait_held()
    crew.kill()


COMMIT_GATE = """
CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.start >= 50 THEN PERFORM pg_advisory_xact_lock_shared(4711); END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON digests_slice DEFERRABLE INITIALLY DEFERRED
   FOR EACH ROW EXECUTE FUNCTION gate();
"""


def at_the_commit(hurt: Callable[[], None], crew: Crew) -> None:
    """The worker waits within its COMMIT of the second slice until it was hurt."""
    with connection.cursor() as cursor:
        cursor.execute(COMMIT_GATE)
        cursor.execute("SELECT pg_advisory_lock(4711)")
        crew.start()
        try:
            wait_until(lambda: _waits_at_the_gate())
            hurt()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(4711)")
            cursor.execute("DROP TRIGGER gate ON digests_slice; DROP FUNCTION gate()")


def _waits_at_the_gate() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {AT_THE_GATE}")
        return bool(cursor.fetchone()[0])


def kill_within_the_commit(crew: Crew) -> None:
    at_the_commit(crew.kill, crew)


FAILPOINTS = {
    # where: (what happens, slices in doubt, copies beyond the first)
    "within the step": (kill_within_the_step, 1, 0),
    "after the slice is opened": (kill_after_the_slice_is_opened, 1, 0),
    "before the answer": (kill_before_the_answer, 1, SLICE_SIZE),
    "with the content unanswered": (kill_with_the_content_read_and_thrown_away, 1, SLICE_SIZE),
    "within the commit": (kill_within_the_commit, 1, 0),
}


@pytest.mark.parametrize("where", FAILPOINTS)
def test_a_kill_at_the_worst_moment_leaves_one_slice_in_doubt_at_most(
    crew: Crew, where: str
) -> None:
    fail, slices_in_doubt, most_copies = FAILPOINTS[where]
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, SLICE_SIZE * 4)
    digest = press.frozen(newsletter)
    crew.connections = 1

    fail(crew)
    crew.sink.let_go()
    crew.sink.behaves()
    found = see_through(crew, digest)

    assert_sound(found, readers, most_doubts=slices_in_doubt)
    assert len(found.uncertain) == slices_in_doubt * SLICE_SIZE
    assert sum(found.copies.values()) <= len(readers) + most_copies


def test_a_connection_dropped_within_the_commit_leaves_nobody_in_doubt(crew: Crew) -> None:
    """F5: the worker does not know whether it was committed, and finds out."""
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, SLICE_SIZE * 4)
    digest = press.frozen(newsletter)
    crew.connections = 1

    def drop() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {AT_THE_GATE}")

    at_the_commit(drop, crew)
    found = see_through(crew, digest)

    assert_sound(found, readers, most_doubts=0)
    assert sum(found.copies.values()) == len(readers)


# --- F3 ---------------------------------------------------------------------------------------------


def test_a_worker_stopped_for_three_leases_opens_nothing_when_it_wakes(crew: Crew) -> None:
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, SLICE_SIZE * 6)
    digest = press.frozen(newsletter)
    crew.connections = 1
    crew.sink.behaves(Rule("ACCEPTED", HOLD, then=TAKEN, after=10, times=1))
    crew.start()
    crew.sink.wait_held()
    zombie = crew.alive
    crew.signal(signal.SIGSTOP, zombie)
    tokens = set(Batch.objects.values_list("token", flat=True))
    crew.sink.let_go()
    woken_at: list[float] = []

    def wake_when_others_are_done() -> None:
        if not woken_at and Slice.objects.filter(is_lost=True).exists():
            wait_until(
                lambda: Digest.objects.filter(pk=digest.pk, batches__finished_at=None).count() == 0,
                seconds=LEASE_SECONDS * 3,
            )
            crew.signal(signal.SIGCONT, zombie)
            woken_at.append(1)

    found = see_through(crew, digest, workers=2, meanwhile=wake_when_others_are_done)

    assert woken_at
    assert_sound(found, readers, most_doubts=1)
    assert Slice.objects.filter(token__in=tokens, batch__kind="first").count() == 1


# --- F12 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bells", "pool", "how"),
    [
        (True, "threads", signal.SIGTERM),
        (False, "threads", signal.SIGTERM),
        (True, "threads", signal.SIGQUIT),
        (True, "prefork", signal.SIGTERM),
    ],
    ids=["by doorbell", "by the poller alone", "by a QUIT", "in child processes"],
)
def test_a_deploy_leaves_nobody_in_doubt(
    crew: Crew, bells: bool, pool: str, how: signal.Signals
) -> None:
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    crew.sink.behaves(UNHURRIED if IS_LONG else SLOW)
    if not bells:
        crew.environment["REDIS_URL"] = "redis://127.0.0.1:1/0"
    deploys = [READERS // 3]
    crew.pool = pool
    crew.environment["LEASE_SECONDS"] = "60"  # nobody dies, so none may run out on a busy machine

    def deploy() -> None:
        if deploys and crew.sink.taken >= deploys[0]:
            deploys.pop(0)
            assert crew.stop(how) == [0] * 1
            assert crew.sink.taken < READERS  # it has ended after its slice
            assert not Slice.objects.filter(settled_at=None).exists()

    found = see_through(crew, digest, meanwhile=deploy, seconds=SECONDS)

    assert deploys == []
    assert_sound(found, readers, most_doubts=0)
    assert sum(found.copies.values()) == len(readers)


# --- F15 --------------------------------------------------------------------------------------------


def test_a_digest_that_kills_its_workers_is_paused_after_three(crew: Crew) -> None:
    press = Press()
    newsletter = press.newsletter()
    press.readers(newsletter, SLICE_SIZE * 8)
    digest = press.frozen(newsletter)
    crew.connections = 1
    for number in (1, 2, 3):
        crew.sink.behaves(Rule("ACCEPTED", HOLD, then=TAKEN, times=1))
        crew.start()
        crew.sink.wait_held(number)
        crew.kill()
    crew.sink.behaves()
    crew.start()

    wait_until(lambda: Digest.objects.get(pk=digest.pk).state == DigestState.PAUSED)

    crew.stop()
    assert crew.sink.taken == 3
    assert Reason.objects.count() == SLICE_SIZE * 3
    assert digest.alerts.get().cleared_at is None
