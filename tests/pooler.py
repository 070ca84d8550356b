"""A real PgBouncer in front of the test's database, which pools by transaction."""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from django.db import connection

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Pooler:
    """A context manager; it may be killed and started anew, in another mode, at the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        name = connection.settings_dict["NAME"]
        self.url = f"postgresql://newsroom@127.0.0.1:{self.port}/{name}"
        self._process: subprocess.Popen[bytes] | None = None
        self._forwarder: _Forwarder | None = None

    def __enter__(self) -> "Pooler":
        ours = connection.get_connection_params()
        self._server = str(ours["host"]), int(ours.get("port", 5432))
        if self._server[0].startswith("/"):
            self._forwarder = _Forwarder(f"{self._server[0]}/.s.PGSQL.{self._server[1]}")
            self._server = "127.0.0.1", self._forwarder.port
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        if self._forwarder is not None:
            self._forwarder.close()

    def start(self, mode: str = "transaction") -> None:
        assert PROGRAM is not None
        config = self.folder / "pgbouncer.ini"
        config.write_text(self._config(mode))
        # It refuses to be root.
        as_nobody = ["--user", "nobody"] if os.geteuid() == 0 else []
        with (self.folder / "pgbouncer.log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, *as_nobody, config], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        end = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            assert time.monotonic() < end, (self.folder / "pgbouncer.log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _config(self, mode: str) -> str:
        ours = connection.get_connection_params()
        host, port = self._server
        server = f"host={host} port={port} user={ours['user']}"
        if ours.get("password"):
            server += f" password={ours['password']}"
        return (
            f"[databases]\n* = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            f"unix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 6\n"
        )


class _Forwarder:
    """The local PostgreSQL's socket is its owner's, and PgBouncer refuses to be root: so by TCP."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _peer = self._listener.accept()
                threading.Thread(target=self._carry, args=(here,), daemon=True).start()

    def _carry(self, here: socket.socket) -> None:
        with contextlib.suppress(OSError), here, socket.socket(socket.AF_UNIX) as there:
            there.connect(self._address)
            while True:
                for source in select.select([here, there], [], [])[0]:
                    part = source.recv(65536)
                    if not part:
                        return
                    (there if source is here else here).sendall(part)
