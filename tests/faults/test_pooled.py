"""Through a PgBouncer that pools by transaction: killed in the middle of a send, with workers, and switched over."""

import signal
from datetime import timedelta
from pathlib import Path

import pytest

from subscriptions.clock import database_now
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.models import TransportState
from tests.builders import Press
from tests.faults.accounts import account, assert_sound, is_through
from tests.faults.crew import CONNECTIONS, Crew, wait_until
from tests.faults.sink import DELAY, TAKEN
from tests.pooler import PROGRAM, Pooler
from tests.smtp_sink import Rule

pytestmark = [
    pytest.mark.fault,
    pytest.mark.timeout(300),
    pytest.mark.skipif(PROGRAM is None, reason="PgBouncer is not installed."),
]

READERS = 600
SECONDS = 150


def test_a_digest_goes_out_whatever_becomes_of_the_pooler(crew: Crew, tmp_path: Path) -> None:
    """After trouble, so that seats are counted; nobody rings, so that the workers tick as well."""
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    now = database_now()
    TransportState.objects.create(
        name=parse_mail_url(crew.surroundings()["MAIL_URL"]).name,
        rests_until=now,
        grows_at=now + timedelta(hours=1),
        failures=1,
        connections=1,
    )
    crew.sink.behaves(Rule("ACCEPTED", f"{DELAY}0.004", then=TAKEN))
    folder = tmp_path / "pooler"
    folder.mkdir()
    folder.chmod(0o755)
    with Pooler(folder) as pooler:
        crew.environment["DATABASE_URL"] = pooler.url
        digest = press.approved(newsletter, due_at=now - timedelta(seconds=1))
        crew.start(2)
        wait_until(lambda: crew.sink.taken > READERS // 6, SECONDS)
        pooler.kill()
        pooler.start()
        wait_until(lambda: crew.sink.taken > READERS // 3, SECONDS)
        crew.signal(signal.SIGKILL, crew.alive[:1])
        crew.start()
        wait_until(lambda: crew.sink.taken > READERS // 2, SECONDS)
        pooler.kill()
        pooler.start("session")
        wait_until(lambda: is_through(digest), SECONDS)
        crew.stop()

    found = account(crew, digest)
    assert "_django_curs_" not in crew.said()
    assert_sound(found, readers, most_doubts=3 * CONNECTIONS)
