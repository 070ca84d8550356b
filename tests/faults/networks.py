"""Two hosts of this machine with a wire between them that can be cut without a word: network namespaces, for root."""

import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType

SERVER, CLIENT = "10.213.77.1", "10.213.77.2"
NOBODYS = "02:00:00:00:00:99"  # what is sent to it, nobody takes
TOOLS = ("ip", "nsenter", "unshare")


def why_not() -> str:
    """Why this machine cannot; empty where it can."""
    path = "/usr/sbin:/sbin:/usr/bin:/bin"
    missing = [tool for tool in TOOLS if shutil.which(tool, path=path) is None]
    if missing:
        return f"{' and '.join(missing)} is missing"
    try:
        with Wire():
            return ""
    except (OSError, subprocess.SubprocessError) as error:
        return f"no network namespaces here: {error}"


class Host:
    """A namespace, held by a process that sleeps."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(["unshare", "--net", "sleep", "600"])
        own = Path("/proc/self/ns/net").readlink()
        end = time.monotonic() + 10
        while Path(f"/proc/{self.pid}/ns/net").readlink() == own:
            if self._process.poll() is not None or time.monotonic() > end:
                raise OSError("a namespace could not be made")
            time.sleep(0.01)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def inside(self) -> list[str]:
        """What to put before a command that is to run there."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--"]

    def run(self, *command: str) -> None:
        subprocess.run([*self.inside, *command], check=True, capture_output=True)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


class Wire:
    """A context manager. The namespaces, and all that is in them, go with their last process."""

    def __enter__(self) -> "Wire":
        self.server, self.client = Host(), Host()
        try:
            self._connect()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end()

    def _connect(self) -> None:
        pair = ["type", "veth", "peer", "name", "wire1", "netns", str(self.client.pid)]
        self.server.run("ip", "link", "add", "dev", "wire0", *pair)
        for host, device, own, _other in self._ends():
            host.run("ip", "link", "set", "lo", "up")
            host.run("ip", "address", "add", f"{own}/24", "dev", device)
            host.run("ip", "link", "set", device, "up")

    def cut(self) -> None:
        """Either loses the other's packets, and is told nothing: as when a cable is pulled at a switch far away."""
        for host, device, _own, other in self._ends():
            lost = ["lladdr", NOBODYS, "nud", "permanent"]
            host.run("ip", "neighbour", "replace", other, *lost, "dev", device)

    def _ends(self) -> list[tuple[Host, str, str, str]]:
        return [
            (self.server, "wire0", SERVER, CLIENT),
            (self.client, "wire1", CLIENT, SERVER),
        ]

    def _end(self) -> None:
        for host in (self.server, self.client):
            host.end()
