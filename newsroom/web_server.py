"""granian with what this site wants of it: `python -m newsroom.web_server --host 0.0.0.0 --port 8000 --workers 2`.

Every option of granian may follow.
"""

import os
import signal
import socket
import sys
from argparse import ArgumentParser
from pathlib import Path

from granian.cli import entrypoint

DEFAULTS = (
    *("--interface", "rsgi", "--no-ws"),
    # Less than processes.STOP_SECONDS: granian then kills a worker that does not end, and ends in order itself.
    *("--workers-kill-timeout", "25"),
    # Its lines are cut like all others, those of --access-log, too (logs.py).
    *("--log-config", str(Path(__file__).with_name("web_log.json"))),
)
LAST_PORT = 65535
TARGET = "newsroom.rsgi:application"


def main(options: list[str]) -> None:
    parser = ArgumentParser(add_help=False)
    parser.add_argument("--host", default=os.environ.get("GRANIAN_HOST", "127.0.0.1"))
    parser.add_argument("--port", default=os.environ.get("GRANIAN_PORT", "8000"))
    known, rest = parser.parse_known_args(options)
    place = ["--host", known.host, "--port", known.port]
    if "--uds" not in rest and (problem := why_not(known.host, known.port)):
        sys.exit(f"newsroom: {problem}")
    # A worker is forked with its parent's way to take a TERM, by which nothing ends until it serves.
    os.register_at_fork(after_in_child=_end_at_once)
    sys.argv[1:] = [*DEFAULTS, *place, *rest, TARGET]
    entrypoint()  # type: ignore[no-untyped-call]  # granian types its server only


def why_not(host: str, port: str) -> str:
    """Why nobody can listen there, in a sentence; empty where it can be done."""
    if not (port.isdecimal() and 0 < int(port) <= LAST_PORT):
        return f"{port} is no port for the web server: write a number from 1 to {LAST_PORT}."
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return (
            f"The web server cannot listen on port {port} of {host}: {error.strerror}. "
            "End what listens there, or choose another with --port and --host."
        )
    return ""


def _end_at_once() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


if __name__ == "__main__":
    main(sys.argv[1:])
