"""An installation as docs/operations.md describes one, in a folder of its own, owned by a user who is not root."""

import os
import pwd
import shlex
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[1]
CODE = ("manage.py", "newsroom", "digests", "subscriptions", "templates", "locale")
# Both are on every Unix. The first runs the service; Postfix runs commands of nobody in particular as the second.
USER, NOBODY = "daemon", "nobody"
# The interpreter of the tests may lie where only root may look.
PYTHONS = (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")


def python_for(user: str) -> str:
    """A Python that this user may run, with the libraries of the tests; empty if there is none."""
    for python in PYTHONS:
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                [python, "-c", "import django, psycopg"], check=True, capture_output=True,
                cwd="/", user=user, group=pwd.getpwnam(user).pw_gid, extra_groups=[],
                env={"PYTHONPATH": sysconfig.get_path("purelib")},
            )  # fmt: skip
            return python
    return ""


def why_not() -> str:
    """Empty if there can be one here."""
    if os.geteuid() != 0:
        return "only root can give files to another user"
    return "" if python_for(USER) else f"no Python with our libraries that {USER} may run"


class Installation:
    """A context manager. Its database is the tests' own, its Redis away."""

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="newsroom-installation-"))
        self.folder.chmod(0o755)
        for name in CODE:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, self.folder / name)
        python = self.folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        libraries = sysconfig.get_path("purelib")
        # Pythons before 3.11.3 need this name of a library that the tests' own may do without.
        (python.parent / "async_timeout.py").write_text("timeout = None\n")
        path = f"{libraries}:{python.parent}"
        python.write_text(
            f'#!/bin/sh\nPYTHONPATH={shlex.quote(path)} exec {shlex.quote(python_for(USER))} "$@"\n'
        )
        python.chmod(0o755)
        (self.folder / "var").mkdir()
        self.give(self.folder / "var", USER)
        self._door = _Door()
        self.write_env()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._door.close()
        shutil.rmtree(self.folder)

    def write_env(self, **changes: str) -> None:
        """As `setup` does: for its owner's eyes only."""
        database = connection.settings_dict
        values = {
            "SECRET_KEY": settings.SECRET_KEY,
            "LINK_KEYS": ",".join(settings.LINK_KEYS),
            "SUPPRESSION_KEY": settings.SUPPRESSION_KEY,
            "SITE_URL": "https://news.example.org",
            "DATABASE_URL": f"postgres://{database['USER']}:{database['PASSWORD']}@127.0.0.1:{self._door.port}"
            f"/{database['NAME']}",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "MAIL_URL": "smtp://127.0.0.1:25",
            "BOUNCE_ADDRESS": settings.BOUNCE_ADDRESS,
        }  # fmt: skip
        path = self.folder / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in (values | changes).items()))
        path.chmod(0o600)
        self.give(path, USER)

    def give(self, path: Path, user: str) -> None:
        shutil.chown(path, user, pwd.getpwnam(user).pw_gid)


class _Door:
    """A port of loopback that leads to the tests' database, whose socket may lie in a private folder."""

    def __init__(self) -> None:
        connection.ensure_connection()
        info = connection.connection.info
        self._target: tuple[str, int] | str = (info.host, info.port)
        if info.host.startswith("/"):
            self._target = f"{info.host}/.s.PGSQL.{info.port}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _address = self._listener.accept()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        family = socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET
        with client, socket.socket(family) as server:
            server.connect(self._target)
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
