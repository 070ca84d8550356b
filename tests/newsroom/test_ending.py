"""Ctrl-C, TERM and a reader who goes away end what we have started at once, and leave no process behind."""

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsroom import processes
from newsroom.processes import Processes, Program, web
from newsroom.web_server import why_not
from tests.faults.crew import wait_until
from tests.flows.office import ROOT, Office, open_office

pytestmark = pytest.mark.service

# A program as our own are, of which each test says what it does at a TERM.
TELL_AND_SLEEP = "print('ready', flush=True); time.sleep(60)"
DEAF = f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); {TELL_AND_SLEEP}"
LEAVES_A_CHILD = f"""
import os, signal, sys, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
{TELL_AND_SLEEP}
"""


def run(code: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **options,
    )


def start(command: list[str], **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Characters, since a step of the demo says what it does before its line is complete."""
    assert process.stdout is not None
    said = ""
    while words not in said:
        character = process.stdout.read(1)
        assert character, said
        said += character
    return said


def ends_within(process: subprocess.Popen[str], seconds: float) -> int:
    begun = time.monotonic()
    try:
        status = process.wait(seconds)
    finally:
        process.kill()
        if process.stdout is not None:
            process.stdout.close()
    assert time.monotonic() - begun < seconds
    return status


def below(parent: int) -> set[int]:
    """The process and all that it has started, as the kernel has them now."""
    shown = subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    parents = {int(pid): int(ppid) for pid, ppid in map(str.split, shown.splitlines())}
    found, more = set(), {parent}
    while more:
        found |= more
        more = {pid for pid, ppid in parents.items() if ppid in more} - found
    return found


def all_are_gone(pids: set[int]) -> bool:
    end = time.monotonic() + 5
    while left := {pid for pid in pids if _lives(pid)}:
        if time.monotonic() > end:
            return not left
        time.sleep(0.05)
    return True


def one_of(parent: int, words: str) -> int:
    """A process below it with these words in its command; 0 if there is none."""
    for pid in below(parent):
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            if words in command:
                return pid
    return 0


def _lives(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2][1] != "Z"


# --- What was started ------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 1)


@pytest.mark.parametrize("code", [DEAF, LEAVES_A_CHILD], ids=["deaf", "leaves a child"])
def test_nobody_outlives_whoever_started_them(impatient: None, tmp_path: Path, code: str) -> None:
    with Processes(tmp_path) as running:
        started = running.start(Program("x", ("-c", "import time\n" + textwrap.dedent(code))))
        while "ready" not in (tmp_path / "x.log").read_text():
            time.sleep(0.01)
        family = below(started.pid)
    assert len(family) == (2 if code is LEAVES_A_CHILD else 1)
    assert all_are_gone(family)


def test_a_child_of_one_that_died_by_itself_ends_as_well(impatient: None, tmp_path: Path) -> None:
    with Processes(tmp_path) as running:
        code = LEAVES_A_CHILD.replace(
            "time.sleep(60)", "time.sleep(60 if os.getppid() == P else 1)"
        )
        started = running.start(Program("x", ("-c", f"import os\nP = os.getpid()\n{code}")))
        end = time.monotonic() + 1
        family: set[int] = set()
        while time.monotonic() < end:
            family |= below(started.pid)
            time.sleep(0.02)
        while running.ended() is None:
            time.sleep(0.02)
        assert len(family) == 2
    assert all_are_gone(family)


def test_a_second_ctrl_c_waits_for_nothing(tmp_path: Path) -> None:
    ending = run(f"""
        import time
        from newsroom.processes import Processes, Program
        try:
            with Processes() as running:
                running.start(Program("x", ("-c", {DEAF!r})))
                time.sleep(60)
        except KeyboardInterrupt:
            print("ended", flush=True)
    """)
    read_until(ending, "ready")
    family = below(ending.pid)
    ending.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert ending.poll() is None  # it gives its program time
    ending.send_signal(signal.SIGINT)
    assert ends_within(ending, 5) == 0
    assert all_are_gone(family)


# --- Ctrl-C --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_python_throws_away_comes_again(number: int) -> None:
    lost = run(f"""
        import signal, time
        from newsroom.interrupts import heeded

        class Losing:
            def __del__(self):
                signal.raise_signal({int(number)})

        try:
            with heeded():
                Losing()
                print("lost", flush=True)
                time.sleep(60)
        except KeyboardInterrupt:
            time.sleep(1)  # nothing more comes
            print("heeded", flush=True)
    """)
    said = read_until(lost, "heeded")
    assert "lost" in said
    assert ends_within(lost, 5) == 0


def test_what_is_to_be_ignored_stays_ignored() -> None:
    background = run("""
        import signal
        from newsroom.interrupts import heeded
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with heeded():
            signal.raise_signal(signal.SIGINT)
        print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, flush=True)
    """)
    read_until(background, "True")
    assert ends_within(background, 5) == 0


@pytest.mark.service
@pytest.mark.parametrize("word", ["Starting granian", "Listening at", "Spawning worker-1"])
def test_the_web_server_heeds_a_term_while_it_starts(word: str) -> None:
    server = start(list(web(_free_port()).arguments), NEWSROOM_MODE="test")
    read_until(server, word)
    family = below(server.pid)
    server.terminate()
    # The first word comes before granian has handlers: then the signal itself ends it.
    assert ends_within(server, 60) in {0, 1, -signal.SIGTERM}
    assert all_are_gone(family | below(server.pid))


@pytest.mark.service
@pytest.mark.parametrize(
    ("step", "seconds", "number"),
    [
        ("Preparing an empty database", 0.3, signal.SIGINT),
        ("Starting the web server", 1, signal.SIGTERM),
    ],
)
def test_the_demo_ends_when_it_is_told_to(step: str, seconds: float, number: int) -> None:
    demo = start(["-m", "tools.demo"])
    read_until(demo, step)
    time.sleep(seconds)
    family = below(demo.pid)
    demo.send_signal(number)
    assert ends_within(demo, 15) == 130
    assert all_are_gone(family)


# --- `manage.py up` ------------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as ours:
        yield ours


@pytest.mark.service
def test_up_starts_the_dead_again_and_ends_with_whoever_reads_its_lines(office: Office) -> None:
    """`manage.py up | head`"""
    port = str(_free_port())
    up = start(["manage.py", "up", "--port", port], **office.environment)
    read_until(up, "Newsroom is up")
    read_until(up, "Started worker-1")
    beat = one_of(up.pid, "newsroom.celery beat")
    os.kill(beat, signal.SIGKILL)
    read_until(up, "beat was killed by signal 9; it is started again in 1 s.")
    wait_until(lambda: one_of(up.pid, "newsroom.celery beat") not in (0, beat), 20)
    family = below(up.pid)
    assert len(family) > 6
    assert up.stdout is not None
    up.stdout.close()
    assert ends_within(up, processes.STOP_SECONDS + 10) == 1
    assert all_are_gone(family)


def test_a_port_that_cannot_be_had_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in (["manage.py", "up"], ["-m", "newsroom.web_server"]):
            refused = start([*command, "--port", str(port)], NEWSROOM_MODE="test")
            said = refused.communicate(timeout=60)[0]
            assert f"cannot listen on port {port} of 127.0.0.1: Address already in use" in said
            assert len(said.splitlines()) == 1
            assert refused.returncode == 1


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("203.0.113.7", "8000", "Cannot assign requested address"),
        ("nowhere.invalid", "8000", "Name or service not known"),
        ("127.0.0.1", "70000", "a number from 1 to 65535"),
        ("127.0.0.1", "http", "a number from 1 to 65535"),
        ("127.0.0.1", "0", "a number from 1 to 65535"),
    ],
)
def test_a_place_that_does_not_exist_is_said(host: str, port: str, reason: str) -> None:
    assert reason in why_not(host, port)


# --- Closed and narrow streams -------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["1>&-", "0<&- 1>&- 2>&-"])
def test_a_command_with_closed_streams_works(closed: str) -> None:
    done = subprocess.run(
        f"exec {shlex.quote(sys.executable)} manage.py version {closed}",
        shell=True,
        cwd=ROOT,
        env=os.environ | {"NEWSROOM_MODE": "test"},
        check=False,
    )
    assert done.returncode == 0


def test_what_a_terminal_cannot_show_is_escaped() -> None:
    narrow = run(
        "from newsroom.streams import make_usable\nmake_usable()\nprint('Žižkov – today')",
        env=os.environ | {"PYTHONIOENCODING": "latin-1", "LC_ALL": "C"},
    )
    assert narrow.communicate(timeout=20)[0] == "\\u017di\\u017ekov \\u2013 today\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
