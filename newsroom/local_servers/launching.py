"""Starting a program that outlives this process, and waiting until a server answers."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from newsroom.local_servers.errors import LocalServerError
from newsroom.local_servers.guardian import POLL_SECONDS, Server, is_gone, listener, owner, stop

# Replaying the log after a crash is the longest honest reason.
START_SECONDS = 90.0
# A process that has not opened its socket by then has lost it (a cleaned temporary folder).
SOCKET_SECONDS = 2.0
LOG_LIMIT_BYTES = 5_000_000
# PostgreSQL says this while the last children of a killed server are still ending.
PASSING = "still in use"
TELLING = ("FATAL", "PANIC", "ERROR", "error", "denied", "No such", "No space")

# The shell is the parent that ends at once: the program belongs to init, never to us, so we need not
# collect it and it does not end with us. `$0` is the log file.
DETACH = '"$@" </dev/null >>"$0" 2>&1 & echo $!'


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one server is started and when it is up."""

    name: str
    server: Server
    log: Path
    is_ready: Callable[[], bool]
    launch: Callable[[], int]
    """Starts the server, returns its process id."""


def bring_up(recipes: Sequence[Recipe]) -> None:
    """Start what is missing, side by side; returns when all answer. Needs the start lock."""
    begun = time.monotonic()
    launched: list[tuple[Recipe, int, int]] = []
    for recipe in recipes:
        _settle(recipe, begun)
        if not recipe.is_ready():
            log_start = _open_log(recipe.log)
            launched.append((recipe, recipe.launch(), log_start))
    for recipe, pid, log_start in launched:
        _wait_until_ready(recipe, pid, log_start)


def launch_detached(
    command: Sequence[str | Path],
    *,
    working_folder: Path,
    log: Path,
    pass_descriptors: Sequence[int] = (),
) -> int:
    """Run the command in a session of its own with no terminal; returns its process id."""
    shell = subprocess.run(  # noqa: S603 - our own command, its words passed as arguments
        ["/bin/sh", "-c", DETACH, str(log), *map(str, command)],
        cwd=working_folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=pass_descriptors,
        umask=0o077,
        check=True,
    )
    return int(shell.stdout)


def clean_environment() -> dict[str, str]:
    """No PG* or other variable of the caller changes how a server works."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _settle(recipe: Recipe, begun: float) -> None:
    """Wait for a server that is just starting or stopping; stop one that cannot be reached.

    Such a one lost its socket, or its data folder was deleted or moved while it ran.
    """
    while not recipe.is_ready() and owner(recipe.server) is not None:
        patience = START_SECONDS if listener(recipe.server) else SOCKET_SECONDS
        if time.monotonic() - begun > patience:
            break
        time.sleep(POLL_SECONDS)
    if not recipe.is_ready():
        stop(recipe.server)


def _wait_until_ready(recipe: Recipe, pid: int, log_start: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not recipe.is_ready():
        if is_gone(pid):
            said = _last_words(recipe.log, log_start)
            if PASSING not in said or time.monotonic() > deadline:
                raise LocalServerError(f"{recipe.name} did not start: {said} (log: {recipe.log})")
            time.sleep(POLL_SECONDS * 10)
            pid = recipe.launch()
        elif time.monotonic() > deadline:
            raise LocalServerError(
                f"{recipe.name} did not answer within {START_SECONDS:.0f} seconds: see {recipe.log}."
            )
        time.sleep(POLL_SECONDS)


def _open_log(log: Path) -> int:
    """Make room in the log, or the file itself; returns where new lines will begin."""
    log.parent.mkdir(mode=0o700, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    log.touch(mode=0o600)
    return log.stat().st_size


def _last_words(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode(errors="replace").strip().splitlines()
    telling = [line for line in lines if any(word in line for word in TELLING)]
    return (telling or lines or ["it ended without a word"])[-1].strip()
