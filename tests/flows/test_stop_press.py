"""A story is swapped while real workers send: who got which version, told by the ledger and by the mails themselves."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import cast

import pytest
from django.db import connection

from digests import ledger
from digests.choices import Outcome
from digests.composing import arranging
from digests.counts import progress
from digests.decisions import approval, stop_press
from digests.delivery.freezing import freeze
from digests.drafts.editing import Editor
from digests.models import Digest, Item
from subscriptions.clock import database_now
from tests.builders import Press
from tests.faults.accounts import is_through
from tests.faults.crew import Crew, SinkProcess, wait_until
from tests.smtp_sink import Sink, Taken
from tests.staff import member

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]
READERS = 600
SECONDS_A_MAIL = 0.02
WRONG, RIGHT = "Ferry sinks off Port Aldwyn", "Ferry is safe in Port Aldwyn"
MOST_SECONDS = 2.0  # from the release to the last byte of the old version


@dataclass(frozen=True, slots=True)
class Mail:
    recipient: str
    has_wrong: bool
    has_right: bool
    at: float


class Unhurried(list[Taken]):
    """The time it takes to take a mail, and when it was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []
        self._one_at_a_time = threading.Lock()

    def append(self, taken: Taken) -> None:
        time.sleep(SECONDS_A_MAIL)
        with self._one_at_a_time:
            self.times.append(time.time())
            super().append(taken)

    def mails(self) -> list[Mail]:
        return [_read(taken, at) for taken, at in zip(self, self.times, strict=True)]


def _read(taken: Taken, at: float) -> Mail:
    mail = message_from_bytes(taken.content, policy=policy.default)
    part = mail.get_body(preferencelist=("html",))
    assert part is not None
    text = part.get_content()
    return Mail(taken.recipient, WRONG in text, RIGHT in text, at)


@pytest.fixture
def taken() -> Unhurried:
    return Unhurried()


@pytest.fixture
def unhurried_crew(transactional_db: None, tmp_path: Path, taken: Unhurried) -> Iterator[Crew]:
    with Sink(taken=taken) as sink:
        # Of its sink a crew wants the port.
        crew = Crew(tmp_path, cast(SinkProcess, sink))
        yield crew
        crew.close()
        print(crew.said())  # noqa: T201 - shown by pytest when the test fails


def swap(press: Press, digest: Digest) -> None:
    """What an editor does on the page of its stories."""
    wrong = Item.objects.get(section__digest=digest, headline=WRONG)
    editor = Editor(None, database_now())
    arranging.remove(digest.pk, wrong.pk, editor)
    arranging.add(digest.pk, wrong.section_id, press.article(RIGHT).pk, 0, editor)


def under_way(press: Press) -> Digest:
    newsletter = press.newsletter()
    press.readers(newsletter, READERS)
    digest = press.digest(newsletter, due_at=database_now())
    section = press.carry(digest, press.article("Bridge reopens"))
    wrong = press.article("Ferry news")
    Item.objects.create(section=section, article=wrong, headline=WRONG, position=1)
    approval.approve(digest, by=None, now=database_now())
    freeze(digest.pk, now=database_now())
    digest.refresh_from_db()
    return digest


def test_readers_not_yet_sent_get_the_new_version(unhurried_crew: Crew, taken: Unhurried) -> None:
    press, publisher = Press(), member("publisher")
    digest = under_way(press)
    first = digest.sending_version
    unhurried_crew.start()
    unhurried_crew.ring()
    wait_until(lambda: len(taken) > READERS // 6)

    swap(press, digest)
    sent_before = len(taken)
    wait_until(lambda: len(taken) > sent_before + 20)
    assert not any(mail.has_right for mail in taken.mails()), "nothing goes out unreleased"

    made = stop_press.release(digest.pk, by=publisher, now=database_now())
    released = time.time()
    foreseen = progress.progress_of(digest.pk).waiting
    wait_until(lambda: is_through(digest), seconds=60)

    mails = taken.mails()
    old = {mail.recipient for mail in mails if mail.has_wrong}
    new = {mail.recipient for mail in mails if mail.has_right}
    assert len(mails) == len(old) + len(new) == READERS, "one copy each, of one version"
    assert len(old) > READERS // 6
    assert foreseen > 0
    assert len(new) >= foreseen - 4 * 50
    assert max(mail.at for mail in mails if mail.has_wrong) - released < MOST_SECONDS
    # The ledger tells the same of every reader.
    assert first is not None
    assert by_ledger(digest) == {first.number: old, made.version.number: new}
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    told = progress.progress_of(digest.pk)
    assert {pk: one.accepted for pk, one in told.versions.items()} == {
        first.pk: len(old),
        made.version_id: len(new),
    }
    assert unhurried_crew.stop() == [0]


def by_ledger(digest: Digest) -> dict[int, set[str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT v.number, r.address
              FROM digests_slice s JOIN digests_batch b ON b.id = s.batch_id
              JOIN digests_version v ON v.id = s.version_id
             CROSS JOIN LATERAL unnest(b.recipient_ids[s.start + 1 : s.stop]) AS u(id)
              JOIN subscriptions_subscriber r ON r.id = u.id
             WHERE b.digest_id = %s
            """,
            [digest.pk],
        )
        found: dict[int, set[str]] = {}
        for number, address in cursor.fetchall():
            found.setdefault(number, set()).add(address)
    return found
