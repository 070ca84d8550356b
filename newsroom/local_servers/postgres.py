"""The private PostgreSQL: durable, in UTC, reachable through its socket only."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from newsroom.local_servers import binaries, guardian
from newsroom.local_servers.errors import LocalServerError
from newsroom.local_servers.launching import Recipe, clean_environment, launch_detached
from newsroom.local_servers.unprivileged import prefix_for

SUPERUSER = "postgres"
PORT = 5432  # a part of the socket's name
STAGING_PREFIX = "postgres.new-"
# The line of postmaster.pid that says whether connections are taken, counted from 0.
STATUS_LINE = 7
# Given at every start, so that an old or copied data folder works like a new one.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # Web, workers, tests in parallel and a curious psql, each with a connection a thread.
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


def recipe(folder: Path, sockets: Path) -> Recipe:
    server = guardian.postgres_server(folder, sockets)
    log = folder / "log" / "postgres.log"
    return Recipe(
        name="PostgreSQL",
        server=server,
        log=log,
        is_ready=lambda: _is_ready(server),
        launch=lambda: _launch(server, log),
    )


def _is_ready(server: guardian.Server) -> bool:
    """Does it take connections, and is it the one of this data folder?"""
    try:
        lines = server.pid_file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    if len(lines) <= STATUS_LINE or lines[STATUS_LINE].strip() != "ready":
        return False
    return guardian.listener(server) == guardian.recorded(server)


def _launch(server: guardian.Server, log: Path) -> int:
    programs = binaries.postgres_folder()
    home = server.home
    if not home.exists():
        _create(home, programs)
    _refuse_other_version(home, programs / "postgres")
    prefix = prefix_for(home, programs / "postgres")
    _prepare_socket_folder(server)
    _remove_stale_files(server)
    settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    return launch_detached(
        [*prefix, programs / "postgres", "-D", home, "-k", server.socket.parent, *settings],
        working_folder=Path("/"),
        log=log,
    )


def _create(home: Path, programs: Path) -> None:
    """Make the data folder beside its place and move it in whole: a killed initdb leaves no half one."""
    for leftover in home.parent.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    staging = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=home.parent))
    try:
        made = subprocess.run(  # noqa: S603 - a program that binaries.py chose
            [
                *prefix_for(staging, programs / "initdb"),
                *(programs / "initdb", "-D", staging, "-U", SUPERUSER),
                *("-A", "trust", "-E", "UTF8", "--no-locale", "--no-instructions"),
            ],
            cwd="/",
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if made.returncode != 0:
            raise LocalServerError(f"PostgreSQL could not make {home}: {_reason(made)}")
        staging.rename(home)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _reason(failed: subprocess.CompletedProcess[str]) -> str:
    lines = (failed.stderr or failed.stdout).strip().splitlines()
    errors = [line for line in lines if "error" in line.lower() or "FATAL" in line]
    return (errors or lines or [f"initdb ended with status {failed.returncode}"])[-1]


def _refuse_other_version(home: Path, program: Path) -> None:
    try:
        kept = (home / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise LocalServerError(
            f"{home} is not a PostgreSQL data folder: move it away, or delete it to start with an "
            "empty database."
        ) from None
    shown = subprocess.run(  # noqa: S603 - a program that binaries.py chose
        [program, "--version"], env=clean_environment(), capture_output=True, text=True, check=True
    ).stdout
    ours = shown.split()[-1].split(".")[0]
    if kept != ours:
        raise LocalServerError(
            f"{home} was written by PostgreSQL {kept} and the one at hand is PostgreSQL {ours}: move "
            "it away, or delete it to start with an empty database."
        )


def _prepare_socket_folder(server: guardian.Server) -> None:
    """The socket belongs to whoever runs the server: to the owner of the data folder."""
    kept = server.home.stat()
    folder = server.socket.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    if kept.st_uid != os.geteuid():
        folder.parent.chmod(0o711)
        os.chown(folder, kept.st_uid, kept.st_gid)


def _remove_stale_files(server: guardian.Server) -> None:
    """Remove what a killed server left and a new one would misread. The caller knows that none runs.

    PostgreSQL refuses to start while the number in postmaster.pid is taken: by a stranger, or by the
    dead server itself where the container's first process never collects it. Without the file it
    still finds children of the old server, by their shared memory, and waits for them.
    """
    socket = server.socket
    for stale in (socket, socket.with_name(f"{socket.name}.lock"), server.pid_file):
        stale.unlink(missing_ok=True)
