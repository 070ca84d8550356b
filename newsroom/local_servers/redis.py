"""The private Redis: durable to a second, never evicting, reachable through its socket only."""

import socket
import subprocess
from pathlib import Path

from newsroom.local_servers import binaries, guardian
from newsroom.local_servers.errors import LocalServerError
from newsroom.local_servers.launching import Recipe, clean_environment, launch_detached

# Parallel test workers take a number each.
DATABASES = 64
# Redis 7 keeps its append-only file in this folder; Redis 6 would not see it and start empty.
SEVENS_FOLDER = "appendonlydir"
FIRST_WITH_FOLDER = 7
ANSWER_SECONDS = 2.0


def recipe(folder: Path, sockets: Path) -> Recipe:
    server = guardian.redis_server(folder, sockets)
    log = folder / "log" / "redis.log"
    return Recipe(
        name="Redis",
        server=server,
        log=log,
        is_ready=lambda: _is_ready(server),
        launch=lambda: _launch(server, log),
    )


def _is_ready(server: guardian.Server) -> bool:
    pid = guardian.listener(server)
    return pid is not None and pid == guardian.recorded(server) and _answers(server.socket)


def _answers(path: Path) -> bool:
    """False while it still loads its data."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(ANSWER_SECONDS)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _launch(server: guardian.Server, log: Path) -> int:
    program = binaries.redis_server()
    server.home.mkdir(mode=0o700, exist_ok=True)
    if (server.home / SEVENS_FOLDER).exists():
        _refuse_older(program, server.home)
    settings = {
        "port": "0",
        "unixsocket": str(server.socket),
        "unixsocketperm": "700",
        "protected-mode": "yes",
        "pidfile": server.pid_file.name,
        "databases": str(DATABASES),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        # A broker that evicts would lose messages silently; refusing a write is seen.
        "maxmemory-policy": "noeviction",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    return launch_detached([program, *words], working_folder=server.home, log=log)


def _refuse_older(program: Path, home: Path) -> None:
    shown = subprocess.run(  # noqa: S603 - a program that binaries.py chose
        [program, "--version"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    version = shown.partition("v=")[2].split(".")[0]
    if version.isdigit() and int(version) < FIRST_WITH_FOLDER:
        raise LocalServerError(
            f"{home} was written by Redis 7 or newer and {program} is Redis {version}: install "
            f"redis-server 7, or delete {home} to start with an empty Redis."
        )
