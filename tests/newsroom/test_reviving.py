"""What `manage.py up` has started and what died is started again; what cannot live ends it with its name."""

import signal
import time
from pathlib import Path

import pytest

from newsroom.processes import Processes, Program
from newsroom.reviving import MOST_DEATHS, WELL_AFTER_SECONDS, Life, Watch
from tests.newsroom.test_ending import all_are_gone

SLEEPS = Program("sleeper", ("-c", "import time; print('up', flush=True); time.sleep(60)"))
DIES = Program("fool", ("-c", "raise SystemExit(7)"))
LEAVES_A_CHILD = Program(
    "parent", ("-c", "import os, time; print(os.fork(), flush=True); time.sleep(60)")
)


def test_the_pause_grows_and_one_who_was_well_begins_anew() -> None:
    life = Life(begun=0)
    pauses = []
    now = 0.0
    for _each in range(MOST_DEATHS - 1):
        again = life.died(now)
        assert again is not None
        pauses.append(again - now)
        now = life.begun = again
    assert pauses == [1, 2, 4, 8]
    life.begun = now
    now += WELL_AFTER_SECONDS
    assert life.died(now) == now + 1
    assert life.deaths == 1


def test_one_who_dies_at_once_again_and_again_cannot_live() -> None:
    life = Life(begun=0)
    for _each in range(MOST_DEATHS - 1):
        assert life.died(1) is not None
    assert life.died(1) is None


def wait_for_death(running: Processes, name: str) -> None:
    end = time.monotonic() + 20
    while name not in running.dead():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_killed_one_is_started_again_after_its_pause_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Processes(tmp_path) as running:
        first = running.start(SLEEPS)
        watch = Watch(running)
        assert watch.look(0) == ""
        first.send_signal(signal.SIGKILL)
        wait_for_death(running, "sleeper")
        assert watch.look(5) == ""
        assert "sleeper was killed by signal 9; it is started again in 1 s." in caplog.text
        assert watch.look(5.9) == ""
        assert "sleeper" in running.dead()
        assert watch.look(6) == ""
        assert running.dead() == {}
    assert (tmp_path / "sleeper.log").exists()


def test_what_it_has_left_behind_ends_before(tmp_path: Path) -> None:
    """A child that holds the port, for one."""
    with Processes(tmp_path) as running:
        parent = running.start(LEAVES_A_CHILD)
        watch = Watch(running)
        watch.look(0)
        log = tmp_path / "parent.log"
        end = time.monotonic() + 20
        while not log.read_text().strip():
            assert time.monotonic() < end
            time.sleep(0.01)
        child = max(map(int, log.read_text().split()))
        parent.send_signal(signal.SIGKILL)
        wait_for_death(running, "parent")
        watch.look(1)
        watch.look(2)
        assert all_are_gone({child})


def test_one_that_cannot_live_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Processes(tmp_path) as running:
        running.start(SLEEPS)
        running.start(DIES)
        watch = Watch(running)
        now, named = 0.0, ""
        while not named:
            wait_for_death(running, "fool")
            named = watch.look(now)
            now += 10
            assert now < 1000
            if not named:
                watch.look(now)
    assert named == "fool"
    assert caplog.text.count("fool has ended with status 7") == MOST_DEATHS - 1
