"""A Redis that a test may fill, stop, kill or make a replica of nobody."""

import socket
import subprocess
import time
from pathlib import Path

import redis

from newsroom.local_servers import binaries


class OwnRedis:
    """On loopback, with nothing on disk. A context manager; it may be killed and started anew."""

    def __init__(self, folder: Path, **options: str) -> None:
        """`options`: of its configuration, with _ for -."""
        self.folder = folder
        self._options = {name.replace("_", "-"): value for name, value in options.items()}
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "OwnRedis":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def start(self) -> None:
        options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        options |= self._options
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [binaries.redis_server(), *words], cwd=self.folder, stdout=log, stderr=log
            )
        end = time.monotonic() + 20
        while True:
            try:
                if self.client.ping():
                    return
            except redis.RedisError:
                assert time.monotonic() < end, "Redis did not start"
                time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def fill(self) -> None:
        """From now on it refuses whatever needs room."""
        with self.client as client:
            client.config_set("maxmemory", "1")
            client.config_set("maxmemory-policy", "noeviction")

    def evict(self) -> None:
        self.client.config_set("maxmemory-policy", "allkeys-lru")

    def let_in(self, user: str, password: str, *rules: str) -> str:
        """As ACL SETUSER; returns the URL."""
        with self.client as client:
            client.execute_command("ACL", "SETUSER", user, "reset", "on", f">{password}", *rules)
        return f"redis://{user}:{password}@127.0.0.1:{self.port}/0"

    def follow_nobody(self) -> None:
        """As after a failover: it answers, and refuses to be written to."""
        with self.client as client:
            client.replicaof("127.0.0.1", "1")
