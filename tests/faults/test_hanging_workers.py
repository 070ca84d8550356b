"""F3: a worker that hangs while it holds rows (stopped; its host lost power) holds them for seconds, not for ever."""

import signal
from datetime import timedelta

import pytest
from django.db import connection

from digests.choices import DigestState
from newsroom.processes import worker
from subscriptions.clock import database_now
from tests.builders import Press
from tests.faults.accounts import account, assert_sound, is_through
from tests.faults.crew import Crew, wait_until
from tests.faults.test_killed_workers import blocked

pytestmark = [pytest.mark.fault, pytest.mark.timeout(240)]

READERS = 120
SECONDS = 90


def test_a_worker_stopped_within_the_freeze_does_not_keep_the_digest(crew: Crew) -> None:
    """Whatever it was started for. The database gives its transaction up, and the next worker freezes it."""
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    digest = press.approved(newsletter, due_at=database_now() - timedelta(seconds=1))
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE subscriptions_subscription IN ACCESS EXCLUSIVE MODE")
        hung = crew.run(worker("hung", "errands", 1))
        wait_until(lambda: blocked("subscriptions_subscription"), SECONDS)
        hung.send_signal(signal.SIGSTOP)
        cursor.execute("ROLLBACK")
    crew.start()

    wait_until(lambda: is_through(digest), SECONDS)

    hung.send_signal(signal.SIGCONT)
    assert crew.stop() == [0, 0]
    assert digest.state == DigestState.SENT
    assert_sound(account(crew, digest), readers, most_doubts=0)
