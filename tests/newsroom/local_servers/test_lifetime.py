"""Servers live as long as somebody uses them, whatever is killed, deleted or reused."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from newsroom.local_servers import guardian
from tests.newsroom.local_servers.office import (
    Office,
    is_being_stopped,
    kill,
    wait_until,
)

pytestmark = pytest.mark.service


@pytest.mark.service
@pytest.mark.fault
def test_killing_every_user_leaves_no_orphan_and_all_data_even_after_a_move(office: Office) -> None:
    users = [office.joined(), office.joined()]
    office.write("first edition")
    pids = office.pids()
    assert sorted(pids) == ["guardian", "postgres", "redis"]

    for user in users:
        user.kill()
    wait_until(lambda: all(guardian.is_gone(pid) for pid in pids.values()))

    assert not office.servers.sockets.exists()
    log = (office.folder / "log" / "postgres.log").read_text(encoding="utf-8")
    assert "database system is shut down" in log
    office.folder = office.folder.rename(office.folder.with_name("moved elsewhere"))
    office.joined()
    assert office.stories() == (["first edition"], ["first edition"])


@pytest.mark.service
def test_the_next_command_finds_the_servers_still_running(office: Office) -> None:
    office.joined().close()
    first = office.pids()

    office.joined()

    assert len(first) == 3
    assert office.pids() == first


@pytest.mark.service
@pytest.mark.fault
def test_killed_servers_come_back_with_their_data(office: Office) -> None:
    user = office.joined()
    office.write("late edition")
    with contextlib.closing(office.connect()):  # A child of the killed server is still at work.
        before = office.pids()
        kill(before["postgres"])
        kill(before["redis"])
        assert office.postgres.pid_file.exists()

        assert user.ask("join") == "joined"

    assert office.stories() == (["late edition"], ["late edition"])
    after = office.pids()
    assert after["guardian"] == before["guardian"]
    assert after["postgres"] != before["postgres"]


@pytest.mark.service
@pytest.mark.fault
def test_a_killed_guardian_is_replaced_by_the_next_user(office: Office) -> None:
    first = office.joined()
    before = office.pids()
    kill(before["guardian"])

    second = office.joined()

    after = office.pids()
    assert after["postgres"] == before["postgres"]
    assert len(office.guardians()) == 1
    first.close()
    second.close()
    wait_until(lambda: all(guardian.is_gone(pid) for pid in after.values()))


@pytest.mark.service
@pytest.mark.fault
def test_the_guardian_does_not_hear_a_terminal(office: Office) -> None:
    office.joined()
    watcher = office.pids()["guardian"]

    os.kill(watcher, signal.SIGINT)
    os.kill(watcher, signal.SIGHUP)
    time.sleep(0.1)

    assert not guardian.is_gone(watcher)
    assert os.getsid(watcher) != os.getsid(0)
    opened = {str(Path(f"/proc/{watcher}/fd/{number}").readlink()) for number in range(3)}
    assert opened == {"/dev/null", str(office.servers.folder / "log" / "guardian.log")}


@pytest.mark.service
@pytest.mark.fault
def test_a_newcomer_during_the_stop_gets_new_servers(office: Office) -> None:
    newcomer = office.user()
    office.joined().kill()
    before = office.pids()
    # The first exclusive moment is the guardian's look; the long one, with PostgreSQL going, the stop.
    wait_until(lambda: guardian.owner(office.redis) is None and is_being_stopped(office))

    assert newcomer.ask("join") == "joined"

    after = office.pids()
    assert sorted(after) == ["guardian", "postgres", "redis"]
    assert not set(after.values()) & set(before.values())
    time.sleep(guardian.GRACE_SECONDS + 0.5)
    assert office.pids() == after


@pytest.mark.service
@pytest.mark.fault
def test_a_pid_file_whose_number_a_stranger_got_is_no_obstacle(office: Office) -> None:
    user = office.joined()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        for server in (office.postgres, office.redis):
            lines = server.pid_file.read_text().splitlines()
            kill(int(lines[0]))
            server.pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")

        assert user.ask("join") == "joined"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.service
@pytest.mark.fault
def test_sockets_swept_away_by_a_cleaner_come_back(office: Office) -> None:
    user = office.joined()
    office.write("kept")
    shutil.rmtree(office.servers.sockets)

    assert user.ask("join") == "joined"

    assert office.stories() == (["kept"], ["kept"])


@pytest.mark.service
@pytest.mark.fault
def test_a_folder_deleted_under_running_servers_starts_afresh(office: Office) -> None:
    old = office.joined()
    office.write("forgotten")
    before = office.pids()
    shutil.rmtree(office.folder)

    office.joined()
    old.close()

    wait_until(lambda: all(guardian.is_gone(pid) for pid in before.values()))
    assert len(office.pids()) == 3
    with office.connect() as connection:
        assert connection.execute("SELECT to_regclass('stories')").fetchone() == (None,)


@pytest.mark.service
@pytest.mark.fault
def test_a_folder_deleted_while_its_guardian_ends_takes_nothing_of_the_next_one(
    office: Office,
) -> None:
    """`rm -rf var` right after the last command, and the next command at once."""
    user = office.joined()
    pids = office.pids()
    old = pids["guardian"]
    office.strays.append(pids["redis"])  # which loses its socket below
    user.close()
    with guardian.sockets_lock(office.servers.sockets):  # as the next command has it
        shutil.rmtree(office.folder)
        time.sleep(guardian.GRACE_SECONDS + 0.5)
        office.folder.mkdir()
        (office.folder / "users.lock").touch()
        of_the_next_one = office.servers.sockets / "redis.sock"
        of_the_next_one.unlink(missing_ok=True)
        of_the_next_one.touch()
    wait_until(lambda: guardian.is_gone(old))
    assert of_the_next_one.exists()


@pytest.mark.service
@pytest.mark.fault
def test_a_forked_child_keeps_the_servers_and_a_stray_program_does_not(office: Office) -> None:
    user = office.joined()
    child, stray = int(user.ask("fork")), int(user.ask("spawn"))
    office.strays += [child, stray]
    pids = office.pids()

    os.kill(user.process.pid, signal.SIGKILL)
    time.sleep(guardian.GRACE_SECONDS + 0.5)
    assert office.pids() == pids

    kill(child)
    wait_until(lambda: all(guardian.is_gone(pid) for pid in pids.values()))
    assert not guardian.is_gone(stray)
