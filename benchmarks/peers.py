"""django-post_office on the same digest, in a throw-away environment under var/bench: it is no dependency of ours.

    python -m benchmarks delivery --peers

The rows are enqueued in PostgreSQL, as its users do, and sent by one process with one connection; both are counted.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.installation import FOLDER, BenchmarkFailed
from benchmarks.plain_django import Plain
from digests.delivery.messages import Message, Recipient
from digests.models import Digest
from subscriptions.models import Subscriber

ENVIRONMENT = FOLDER / "peers"
PACKAGES = ("django-post_office", "psycopg[binary]", "Django>=5.2,<5.3")
INSTALL_SECONDS = 180
RUN_SECONDS = 300
SCRIPT = Path(__file__).with_name("peer_post_office.py")
# So that a reader's own values can be put in by the peer's script, which knows nothing of our markers.
STAND_IN = Recipient(0, "S" * 16, "stand-in@example.org")


def install() -> str:
    """An empty string, or why there is no peer to be measured."""
    python = ENVIRONMENT / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *PACKAGES,
            ],
            check=True,
            capture_output=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.SubprocessError as error:
        return f"django-post_office does not install here: {error}"
    return ""


def measure(digest_id: int, smtp: str, *, messages: int) -> Plain:
    """Raises BenchmarkFailed."""
    digest = Digest.objects.select_related("newsletter", "approved_version").get(pk=digest_id)
    if digest.approved_version is None:
        raise BenchmarkFailed("The digest is not approved.")
    mail = Message.of(digest, digest.approved_version).made_out_to(STAND_IN)
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
        [str(ENVIRONMENT / "bin" / "python"), str(SCRIPT)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )
    if done.returncode:
        raise BenchmarkFailed(f"django-post_office failed: {done.stderr.strip().splitlines()[-1]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Plain(
        messages=messages,
        messages_per_second=messages / told["seconds"],
        cpu_us_per_message=told["cpu_us"] / messages,
        peak_rss_mb=told["peak_rss_mb"],
    )
