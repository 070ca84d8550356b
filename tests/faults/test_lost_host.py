"""A host that is gone without a word: neither side waits for it longer than half a minute."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from newsroom.local_servers import binaries
from newsroom.local_servers.launching import clean_environment
from newsroom.local_servers.unprivileged import prefix_for
from tests.faults import networks
from tests.faults.crew import ROOT, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]

PROMISE_SECONDS = 30
HANGS_AFTER_SECONDS = 10
LATE_SECONDS = 10  # of a loaded machine
# As every process of ours connects; each says when it is where it will be cut off, and when it has noticed.
CLIENT = """
import json, sys, time
import django
django.setup()
from django.db import Error, connection, transaction
what = sys.argv[1]
def say(**words):
    print(json.dumps(words), flush=True)
try:
    with connection.cursor() as cursor:
        if what == "waits":
            say(ready=True)
            begun = time.monotonic()
            cursor.execute("SELECT pg_sleep(120)")
        elif what == "holds":
            with transaction.atomic():
                cursor.execute("LOCK TABLE place IN ACCESS EXCLUSIVE MODE")
                say(ready=True)
                time.sleep(120)
        else:
            cursor.execute("SELECT 1")
            say(ready=True)
            time.sleep(120)
except Error as error:
    say(error=type(error).__name__, seconds=time.monotonic() - begun)
"""


@pytest.fixture
def wire() -> Iterator[networks.Wire]:
    if reason := networks.why_not():
        pytest.skip(reason)
    with networks.Wire() as wire:
        yield wire


@pytest.fixture
def server(wire: networks.Wire, open_folder: Path) -> Iterator[Path]:
    """PostgreSQL on the one host; its socket is a file, and so reached from everywhere. Yields the socket's folder."""
    programs, home = binaries.postgres_folder(), open_folder / "data"
    home.mkdir(mode=0o700)
    prefix = prefix_for(home, programs / "initdb")
    options = ["-U", "postgres", "-A", "trust", "--no-sync"]
    made = [*prefix, str(programs / "initdb"), "-D", str(home), *options]
    subprocess.run(made, check=True, capture_output=True, env=clean_environment(), cwd="/")
    (home / "pg_hba.conf").write_text("local all all trust\nhost all all samenet trust\n")
    words = ["-c", f"listen_addresses={networks.SERVER}", "-c", "fsync=off", "-k", str(home)]
    process = subprocess.Popen(
        [*wire.server.inside, *prefix, str(programs / "postgres"), "-D", str(home), *words],
        env=clean_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pid_file = home / "postmaster.pid"
    wait_until(lambda: pid_file.exists() and "ready" in pid_file.read_text(), 60)
    yield home
    process.send_signal(signal.SIGQUIT)
    process.wait()


def start(wire: networks.Wire, what: str) -> "subprocess.Popen[str]":
    keys = {name: getattr(settings, name) for name in ("SECRET_KEY", "SUPPRESSION_KEY")}
    ours = {
        "NEWSROOM_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "newsroom.settings",
        "DATABASE_URL": f"postgres://postgres@{networks.SERVER}:5432/postgres",
        "LINK_KEYS": ",".join(settings.LINK_KEYS),
        "LEASE_SECONDS": str(HANGS_AFTER_SECONDS),
    }
    process = subprocess.Popen(
        [*wire.client.inside, sys.executable, "-c", CLIENT, what],
        cwd=ROOT,
        env=os.environ | keys | ours,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline()) == {"ready": True}
    return process


def test_neither_side_waits_long_for_a_host_that_vanished(
    wire: networks.Wire, server: Path
) -> None:
    """Who waits for an answer gives up; the locks of who held some, and the seats of all, are free again."""
    with psycopg.connect(
        host=str(server), user="postgres", dbname="postgres", autocommit=True
    ) as staff:
        staff.execute("CREATE TABLE place ()")
        clients = {what: start(wire, what) for what in ("waits", "holds", "idles")}
        try:
            assert at_rest(staff) == 2
            wire.cut()
            cut = time.monotonic()

            staff.execute("SELECT FROM place")
            freed = time.monotonic() - cut
            wait_until(lambda: not at_rest(staff), 60, pause=0.2)
            cleared = time.monotonic() - cut
            said, _none = clients["waits"].communicate(timeout=60)
        finally:
            for process in clients.values():
                process.kill()
                process.communicate()
    assert freed < HANGS_AFTER_SECONDS + LATE_SECONDS
    assert cleared < PROMISE_SECONDS + LATE_SECONDS
    assert json.loads(said)["error"] == "OperationalError"
    assert json.loads(said)["seconds"] < PROMISE_SECONDS + LATE_SECONDS


def at_rest(staff: "psycopg.Connection[tuple[int]]") -> int:
    """Sessions of the other host for which the server does nothing, but wait."""
    found = staff.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE client_addr IS NOT NULL AND state <> 'active'"
    ).fetchone()
    assert found is not None
    return found[0]
