"""Freezes that look at each reader: a news alert's and a correction's in the ledger, a warm-up's by mailbox."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

from benchmarks import machine
from benchmarks.audience import newsletter_with
from benchmarks.edition import approved_digest
from benchmarks.installation import BenchmarkFailed
from benchmarks.reports import Report, Say
from benchmarks.tables import markdown, spread
from digests.audience.recipients import have_story_now
from digests.choices import DigestState, Outcome
from digests.decisions import approval, correcting, news_alerts
from digests.decisions.news_alerts import Words
from digests.delivery import freezing
from digests.models import Batch, Digest, WarmUp
from subscriptions.clock import database_now

# Of ten readers one does not have the alert's story, and a warm-up has no room for about a third.
UNINFORMED = 10
HELD = 0.35
LARGE_PROVIDERS = 3  # of benchmarks/audience.py, a quarter of the readers each
# As after a night in which no autovacuum came by: PostgreSQL knows nothing of what it reads.
FORGET = """
DELETE FROM pg_statistic
 WHERE starelid IN ('digests_batch'::regclass, 'digests_slice'::regclass, 'digests_reason'::regclass)
"""
SEND = """
UPDATE digests_batch SET outcomes = decode(repeat(%(accepted)s, cardinality(recipient_ids)), 'hex'),
       next = cardinality(recipient_ids), token = 1, finished_at = clock_timestamp()
 WHERE digest_id = %(digest)s
"""
SLICES = """
INSERT INTO digests_slice (batch_id, start, stop, token, version_id, transport, started_at, settled_at)
SELECT b.id, at, least(at + 50, cardinality(b.recipient_ids)), 1, %(version)s, 'smtp', clock_timestamp(),
       clock_timestamp()
  FROM digests_batch b CROSS JOIN LATERAL generate_series(0, cardinality(b.recipient_ids) - 1, 50) AS at
 WHERE b.digest_id = %(digest)s
"""


@dataclass(frozen=True, slots=True)
class Taken:
    readers: int  # who get it now
    seconds: float
    postgres_cpu_seconds: float | None  # None: PostgreSQL runs on another host


def narrowed(sizes: Sequence[int], *, runs: int, say: Say) -> Report:
    taken: dict[str, list[Taken]] = {}
    for size in sizes:
        for name, measure in MEASURES.items():
            title = f"{size:,} readers, {name}"
            taken[title] = [measure(size) for _run in range(runs)]
            say(f"  {title}: {spread([one.seconds for one in taken[title]], 2)} s")
    rows = [[title, *_cells(done)] for title, done in taken.items()]
    head = ["", "of whom get it now", "seconds", "PostgreSQL CPU s"]
    figures: dict[str, Any] = {
        title: [asdict(one) for one in done] for title, done in taken.items()
    }
    return Report("Freezes that look at each reader", markdown(head, rows), figures)


def _cells(done: Sequence[Taken]) -> list[str]:
    cpu = [one.postgres_cpu_seconds for one in done if one.postgres_cpu_seconds is not None]
    return [f"{done[0].readers:,}", spread([one.seconds for one in done], 2), spread(cpu, 2)]


def _alert(size: int) -> Taken:
    return _frozen(_alert_after(size))


def _informed(size: int) -> Taken:
    """What the desk's page asks."""
    alert = _alert_after(size)
    return _timed(lambda: have_story_now(alert))


def _alert_after(size: int) -> Digest:
    """All of `size` readers have its story; a tenth more read its newsletter."""
    bulk = _sent(size)
    version = bulk.sending_version
    assert version is not None
    letter = newsletter_with(size + size // UNINFORMED)
    alert = news_alerts.draft(
        letter.pk, version.article_ids[0], Words("The harbour ferries run"), now=database_now()
    )
    _forget_statistics()
    return alert


def _correction(size: int) -> Taken:
    """For all of `size` readers."""
    bulk = _sent(size)
    assert bulk.sending_version_id is not None
    wrong = [bulk.sending_version_id]
    correction = correcting.draft(
        bulk.pk, wrong, subject="Put right", words="It is noon.", now=database_now()
    )
    _forget_statistics()
    return _frozen(correction)


def _warm_up(size: int) -> Taken:
    digest = approved_digest(newsletter_with(size), now=database_now())
    room = int(size / 4 - size * HELD / LARGE_PROVIDERS)
    plan = WarmUp.objects.create(starts_on=database_now().date(), first_day=room)
    try:
        return _frozen(digest)
    finally:
        plan.delete()


MEASURES: dict[str, Callable[[int], Taken]] = {
    "a news alert that they all have but a tenth more": _alert,
    "the count of them for the alert's page": _informed,
    "a correction to all of them": _correction,
    "a warm-up that holds 35 % back": _warm_up,
}


def _sent(size: int) -> Digest:
    digest = approved_digest(newsletter_with(size), now=database_now())
    _freeze(digest)
    digest.refresh_from_db()
    values = {
        "digest": digest.pk,
        "version": digest.sending_version_id,
        "accepted": f"{int(Outcome.ACCEPTED):02x}",
    }
    with connection.cursor() as cursor:
        cursor.execute(SEND, values)
        cursor.execute(SLICES, values)
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.SENT, sent_at=database_now())
    return digest


def _forget_statistics() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FORGET)


def _frozen(digest: Digest) -> Taken:
    if digest.state == DigestState.DRAFT:
        approval.approve(digest, by=None, now=database_now())
    taken = _timed(lambda: _freeze(digest))
    waiting = Batch.objects.waiting().filter(digest=digest).values_list("recipient_ids", flat=True)
    digest.refresh_from_db()
    held = sum(map(len, waiting))
    return Taken((digest.audience_size or 0) - held, taken.seconds, taken.postgres_cpu_seconds)


def _freeze(digest: Digest) -> None:
    done = freezing.freeze(digest.pk, now=database_now())
    if done is not freezing.Freeze.DONE:
        raise BenchmarkFailed(f"It could not be frozen, but was {done.value}.")


def _timed(work: Callable[[], object]) -> Taken:
    postmaster = machine.postmaster()
    before = machine.tree_cpu_us(postmaster) if postmaster else 0
    begun = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - begun
    cpu = (machine.tree_cpu_us(postmaster) - before) / 1e6 if postmaster else None
    return Taken(found if isinstance(found, int) else 0, seconds, cpu)
