"""Django packages on the same digest, each in a throw-away environment under var/bench.

    python -m benchmarks delivery --peers

Each works as its users let it work, by one process, and all that it does for a reader is counted: django-post_office
enqueues rows in PostgreSQL and sends them over one connection; django-newsletter sends in its submission's loop.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.installation import FOLDER, BenchmarkFailed
from benchmarks.plain_django import Plain
from digests.messages.message import Message, Recipient
from digests.models import Digest
from subscriptions.models import Subscriber

COMMON = ("psycopg[binary]", "Django>=5.2,<5.3")
INSTALL_SECONDS = 180
RUN_SECONDS = 300
# So that a reader's own values can be put in by the peer's script, which knows nothing of our markers.
STAND_IN = Recipient(0, "S" * 16, "stand-in@example.org")


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    packages: tuple[str, ...]
    script: Path

    @property
    def python(self) -> Path:
        return FOLDER / "peers" / self.name / "bin" / "python"


PEERS = (
    Peer(
        "django-post_office",
        ("django-post-office",),
        Path(__file__).with_name("peer_post_office.py"),
    ),
    Peer(
        "django-newsletter",
        ("django-newsletter", "sorl-thumbnail"),
        Path(__file__).with_name("peer_newsletter.py"),
    ),
)


def install(peer: Peer) -> str:
    """An empty string, or why the peer is not to be measured."""
    try:
        if not peer.python.exists():
            place = str(peer.python.parents[1])
            subprocess.run([sys.executable, "-m", "venv", place], check=True)
        pip = [str(peer.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run(
            [*pip, *peer.packages, *COMMON],
            check=True,
            capture_output=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.SubprocessError as error:
        return f"{peer.name} does not install here: {error}"
    return ""


def measure(peer: Peer, digest_id: int, smtp: str, *, messages: int) -> Plain:
    """Raises BenchmarkFailed."""
    digest = Digest.objects.select_related("newsletter", "approved_version").get(pk=digest_id)
    if digest.approved_version is None:
        raise BenchmarkFailed("The digest is not approved.")
    mail = Message.of(digest, digest.approved_version).personalised(STAND_IN)
    readers = Subscriber.objects.filter(subscriptions__newsletter=digest.newsletter)
    given = {
        "smtp": smtp,
        "database": os.environ["DATABASE_URL"],
        "subject": mail.subject,
        "sender": mail.from_email,
        "text": mail.body,
        "html": mail.alternatives[0][0],
        "headers": {name: str(value) for name, value in mail.extra_headers.items()},
        "stand_in": STAND_IN.address,
        "readers": list(readers.order_by("pk").values_list("address", flat=True)[:messages]),
    }
    done = subprocess.run(
        [str(peer.python), str(peer.script)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )
    if done.returncode:
        raise BenchmarkFailed(f"{peer.name} failed: {done.stderr.strip().splitlines()[-1]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Plain(
        messages=messages,
        messages_per_second=messages / told["seconds"],
        cpu_us_per_message=told["cpu_us"] / messages,
        peak_rss_mb=told["peak_rss_mb"],
    )
