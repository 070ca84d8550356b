"""An own Postfix on loopback, in a temporary folder, that hands everything on to another port, or takes it itself."""

import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

POSTFIX = shutil.which("postfix") or "/usr/sbin/postfix"
DAEMONS = Path("/usr/lib/postfix/sbin")

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example.org
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ {{ refused@example.org = 550 5.1.1 Nobody here }} }}, permit
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
default_transport = smtp:[127.0.0.1]:{onward}
relay_transport = smtp:[127.0.0.1]:{onward}
smtp_destination_concurrency_limit = 4
smtpd_discard_ehlo_keywords = {without}
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
local unix - n n - - local
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def why_not() -> str:
    """Empty if it can be run here."""
    if not Path(POSTFIX).exists() or not DAEMONS.is_dir():
        return "Postfix is not installed (Debian: apt-get install postfix)"
    if os.geteuid() != 0:
        return "Postfix starts only as root"
    try:
        pwd.getpwnam("postfix")
    except KeyError:
        return "the user postfix does not exist"
    return ""


class Postfix:
    """A context manager. `without`: EHLO keywords it shall not announce, as “chunking, pipelining”.

    `main`, `master`: lines for its own two files, which overrule what stands above.
    """

    def __init__(
        self, onward: int = 9, *, without: str = "", main: str = "", master: str = ""
    ) -> None:
        self._onward = onward
        self._without = without
        self._further = {"main.cf": main, "master.cf": master}
        self.port = _free_port()

    def __enter__(self) -> Self:
        # Its users must be able to enter: pytest's own folders are private.
        self._folder = Path(tempfile.mkdtemp(prefix="newsroom-postfix-"))
        self._folder.chmod(0o755)
        fields = {
            "folder": self._folder,
            "daemons": DAEMONS,
            "onward": self._onward,
            "without": self._without,
            "port": self.port,
        }
        for name, text in (("main.cf", MAIN), ("master.cf", MASTER)):
            (self._folder / name).write_text(text.format(**fields) + self._further[name])
        (self._folder / "spool").mkdir()
        (self._folder / "data").mkdir()
        shutil.copy("/etc/postfix/dynamicmaps.cf", self._folder)
        shutil.chown(self._folder / "data", "postfix")
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def log(self) -> str:
        path = self._folder / "log"
        return path.read_text() if path.exists() else ""

    def take(self, raw: bytes, *recipients: str) -> None:
        """A mail from outside, without a sender, as bounces are."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as session:
            session.sendmail("", recipients, raw)

    def reload(self) -> None:
        """Begin anew with what the files say now."""
        subprocess.run([POSTFIX, "-c", self._folder, "reload"], check=True, capture_output=True)

    def flush(self) -> None:
        """Try everything again that waits."""
        subprocess.run(["/usr/sbin/postqueue", "-c", self._folder, "-f"], check=True)

    def _start(self) -> None:
        done = subprocess.run(
            [POSTFIX, "-c", self._folder, "start"], capture_output=True, text=True, timeout=30
        )
        end = time.monotonic() + 15
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"Postfix does not start: {done.stderr}\n{self.log()}")

    def _stop(self) -> None:
        """The master's own process, whose number it wrote down itself; it takes its children along."""
        pid_file = self._folder / "spool" / "pid" / "master.pid"
        if pid_file.exists():
            pid = int(pid_file.read_text())
            os.kill(pid, signal.SIGTERM)
            end = time.monotonic() + 10
            while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
                time.sleep(0.05)
        shutil.rmtree(self._folder, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
