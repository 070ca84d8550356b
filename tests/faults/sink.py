"""A mail server as a process of its own, which writes down what it takes, durably, before it answers.

    python -m tests.faults.sink FOLDER

FOLDER/port says where it listens; FOLDER/log.jsonl is what it took, as digests/delivery/audit_log.py reads it; a change
of FOLDER/rules.json changes its manners at once (a list of the fields of tests.smtp_sink.Rule). Beside what those rules
can do, “delay 0.01” waits, and “hold” leaves a file FOLDER/held-N and waits for FOLDER/go.
"""

import json
import os
import socket
import sys
import threading
import time
from email.parser import BytesHeaderParser
from pathlib import Path

from tests.smtp_sink import DROP, PIPELINING, Rule, Sink, Taken, Talk

HOLD = "hold"
DELAY = "delay "
TAKEN = "250 2.0.0 Taken"
LOOK_SECONDS = 0.005
MOST_HELD_SECONDS = 60


class DurableLog(list[Taken]):
    """Keeps nothing in memory. Several connections share one fsync."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("ab", buffering=0)
        self._writing, self._syncing = threading.Lock(), threading.Lock()
        self._written = self._synced = 0

    def append(self, taken: Taken) -> None:
        line = json.dumps(_entry(taken)).encode() + b"\n"
        with self._writing:
            self._file.write(line)
            self._written += 1
            mine = self._written
        with self._syncing:
            if self._synced < mine:
                reached = self._written
                os.fsync(self._file.fileno())
                self._synced = reached


def _entry(taken: Taken) -> dict[str, object]:
    headers = BytesHeaderParser().parsebytes(taken.content.partition(b"\r\n\r\n")[0])
    leave = "".join(str(headers.get("List-Unsubscribe", "")).split()).partition(",")[0].strip("<>")
    return {
        "at": time.time(),
        "recipient": taken.recipient,
        "message_id": str(headers.get("Message-ID", "")).strip(),
        "leave": leave,
        "reply": TAKEN,
    }


class FaultySink(Sink):
    def __init__(self, folder: Path) -> None:
        super().__init__(extensions=PIPELINING, taken=DurableLog(folder / "log.jsonl"))
        self.folder = folder
        self.held = 0
        self._rules_from = 0
        self._reading = threading.Lock()

    def talk(self, connected: socket.socket) -> Talk:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return FaultyTalk(self, connected)

    def read_rules(self) -> None:
        path = self.folder / "rules.json"
        with self._reading:
            self.commands.clear()
            changed = path.stat().st_mtime_ns if path.exists() else 0
            if changed != self._rules_from:
                self._rules_from = changed
                self.rules = [Rule(**said) for said in json.loads(path.read_text())]

    def hold(self) -> None:
        with self._reading:
            self.held += 1
            (self.folder / f"held-{self.held}").touch()
        end = time.monotonic() + MOST_HELD_SECONDS
        while not (self.folder / "go").exists() and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)


class FaultyTalk(Talk):
    sink: FaultySink

    def acted(self, moment: str) -> bool:
        self.sink.read_rules()
        return super().acted(moment)

    def act(self, rule: Rule) -> None:
        first = str(rule.act)
        if first.startswith(DELAY):
            time.sleep(float(first.removeprefix(DELAY)))
        elif first == HOLD:
            self.sink.hold()
        else:
            super().act(rule)
            return
        super().act(Rule(rule.pattern, rule.then or DROP))


def main(folder: Path) -> None:
    with FaultySink(folder) as sink:
        port = folder / "port.new"
        port.write_text(str(sink.port))
        port.rename(folder / "port")
        parent = os.getppid()
        while os.getppid() == parent:  # it does not outlive who started it
            time.sleep(0.2)
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
