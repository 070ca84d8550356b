"""One digest from its first slice to its last reader, by real Celery workers, with the ledger on."""

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import time as time_of_day
from subprocess import Popen

from django.conf import settings
from django.db import connection

from benchmarks import machine
from benchmarks.audience import newsletter_with
from benchmarks.edition import approved_digest
from benchmarks.installation import FOLDER, BenchmarkFailed
from benchmarks.sink.running import Behaviour, Sink
from digests import ledger, tasks, ticking
from digests.choices import DigestState, Outcome
from digests.delivery import freezing
from digests.models import Digest
from digests.tracking import esps
from newsroom import queues
from newsroom.celery import app
from newsroom.processes import Processes, worker
from subscriptions import heartbeats
from subscriptions.clock import database_now
from subscriptions.mailing.mail import for_single_mails, parse_mail_url
from subscriptions.mailing.smtp_url import BadMailUrl

READY = b" ready."
READY_SECONDS = 60
POLL_SECONDS = 0.1
# Longest wait for a send: fast enough for one message at a time through Django's own backend.
PATIENCE_SECONDS = 120
PATIENCE_SECONDS_A_MESSAGE = 0.02
TICK_SECONDS = settings.TICK_SECONDS
# A delayed sink takes a round trip for each of a transaction's commands at the least able of our clients.
ROUND_TRIPS = 6
FAULTS = (
    "not_one_recipient",
    "misaddressed",
    "bare_newlines",
    "long_lines",
    "early",
    "out_of_order",
    "syntax_errors",
)


@dataclass(frozen=True, slots=True)
class Setup:
    """What is varied."""

    recipients: int
    connections: int = 8  # in each process
    processes: int = 1
    smtp: str = ""  # host:port of a sink of somebody else's; empty: our own
    mail_url: str = ""  # of somebody else's stand-in for a service; instead of `smtp`
    behaviour: Behaviour = field(default_factory=Behaviour)
    sink_command: tuple[str, ...] = ()

    @property
    def patience_seconds(self) -> float:
        waiting = ROUND_TRIPS * self.behaviour.delay_ms / 1000 / self.connections
        return PATIENCE_SECONDS + self.recipients * (PATIENCE_SECONDS_A_MESSAGE + waiting)


@dataclass(slots=True)
class Run:
    """What one run showed. CPU is of all threads and of both user and system time."""

    recipients: int
    freeze_seconds: float = 0.0
    seconds: float = 0.0
    worker_cpu_us_per_message: float = 0.0
    postgres_cpu_us_per_message: float | None = None
    sink_cpu_us_per_message: float | None = None
    peak_rss_mb: float = 0.0
    rss_mb: list[float] = field(default_factory=list)  # of the first worker, as time went by
    accepted: int = 0
    taken_by_sink: int | None = None
    bytes_per_message: float | None = None
    sink_kind: str = "external"
    calls: int = 0  # by a service
    problems: list[str] = field(default_factory=list)

    @property
    def messages_per_second(self) -> float:
        return self.accepted / self.seconds if self.seconds else 0.0


def measure(setup: Setup) -> Run:
    """Freeze and send one digest. Raises BenchmarkFailed when it does not end."""
    digest = approved_digest(newsletter_with(setup.recipients), now=database_now())
    run = Run(setup.recipients)
    with ExitStack() as outside:
        is_ours = not setup.smtp and not setup.mail_url
        sink = outside.enter_context(open_sink(setup)) if is_ours else None
        _send_by(setup, sink)
        # We are beat here: else the workers would freeze it by themselves.
        heartbeats.note(heartbeats.TICK, heartbeats.LETTERS, heartbeats.ERRANDS)
        workers = _start_workers(outside.enter_context(Processes(FOLDER / "log")), setup)
        begun = time.perf_counter()
        _freeze(digest)
        run.freeze_seconds = time.perf_counter() - begun
        _deliver(digest, workers, setup, run)
        _account(digest, sink, run)
    _forget_doorbells()
    return run


def _freeze(digest: Digest) -> None:
    """A worker whom nobody rings for looks for what is due by itself, and may come first."""
    end = time.monotonic() + READY_SECONDS
    while freezing.freeze(digest.pk, now=database_now()) is not freezing.Freeze.DONE:
        digest.refresh_from_db()
        if digest.is_under_way or digest.state == DigestState.SENT:
            return
        if digest.state != DigestState.APPROVED or time.monotonic() > end:
            raise BenchmarkFailed(f"It could not be frozen: {digest.state} {digest.state_reason}")
        time.sleep(POLL_SECONDS)


def measure_freeze(recipients: int, *, local: bool = False) -> float:
    """Seconds from the row lock to the commit. `local`: each reader gets it at a time of their own."""
    digest = approved_digest(newsletter_with(recipients), now=database_now())
    if local:
        Digest.objects.update(local_time=time_of_day(6, 0))
    begun = time.perf_counter()
    if freezing.freeze(digest.pk, now=database_now()) is not freezing.Freeze.DONE:
        raise BenchmarkFailed("The digest could not be frozen.")
    return time.perf_counter() - begun


def open_sink(setup: Setup) -> Sink:
    return Sink(setup.behaviour, command=list(setup.sink_command) or None)


def _send_by(setup: Setup, sink: Sink | None) -> None:
    address = setup.smtp if sink is None else f"127.0.0.1:{sink.port}"
    url = setup.mail_url or f"smtp://{address}"
    # One is reserved for letters, which leave the same way.
    url += f"{'&' if '?' in url else '?'}connections={setup.connections + 1}"
    for variable in esps.variables():  # nothing starts whose events could be forged
        os.environ.setdefault(variable, "benchmark:benchmark")
    os.environ["MAIL_URL"] = url  # for the workers,
    try:
        route = parse_mail_url(url)
    except BadMailUrl as error:
        raise BenchmarkFailed(f"--mail-url: {error}") from error
    settings.MAIL_ROUTES |= {"digests": route, "letters": for_single_mails(route)}  # and for us


def _start_workers(processes: Processes, setup: Setup) -> list[Popen[bytes]]:
    names = [f"bench-{number}" for number in range(setup.processes)]
    started = [processes.start(worker(name, queues.DELIVERY, setup.connections)) for name in names]
    end = time.monotonic() + READY_SECONDS
    for name in names:
        log = FOLDER / "log" / f"{name}.log"
        while READY not in log.read_bytes():
            if processes.ended() or time.monotonic() > end:
                raise BenchmarkFailed(f"The Celery worker did not start; {log} says why.")
            time.sleep(POLL_SECONDS)
    return started


def _deliver(digest: Digest, workers: Sequence[Popen[bytes]], setup: Setup, run: Run) -> None:
    postmaster = machine.postmaster()
    pids = [process.pid for process in workers]
    postgres_before = machine.tree_cpu_us(postmaster) if postmaster else 0
    workers_before = sum(map(machine.cpu_us, pids))
    for _process in workers:
        tasks.ring_drains()
    _wait_until_sent(digest, workers, setup, run)
    run.worker_cpu_us_per_message = (
        sum(map(machine.cpu_us, pids)) - workers_before
    ) / setup.recipients
    if postmaster:
        used = machine.tree_cpu_us(postmaster) - postgres_before
        run.postgres_cpu_us_per_message = used / setup.recipients
    run.peak_rss_mb = max(map(machine.peak_rss_mb, pids))


def _wait_until_sent(
    digest: Digest, workers: Sequence[Popen[bytes]], setup: Setup, run: Run
) -> None:
    begun = ticked = time.monotonic()
    while Digest.objects.values_list("state", flat=True).get(pk=digest.pk) != DigestState.SENT:
        if any(process.poll() is not None for process in workers):
            raise BenchmarkFailed(f"A worker has ended by itself; see {FOLDER / 'log'}.")
        if time.monotonic() - begun > setup.patience_seconds:
            told = {outcome.name.lower(): n for outcome, n in ledger.counts(digest.pk).items()}
            raise BenchmarkFailed(f"Not sent after {setup.patience_seconds:.0f} s: {told}.")
        if time.monotonic() - ticked > TICK_SECONDS:
            ticked = time.monotonic()
            ticking.tick()  # beat's part: it rings again for drains that have done their minute
        time.sleep(POLL_SECONDS)
        run.rss_mb.append(machine.rss_mb(workers[0].pid))


def _account(digest: Digest, sink: Sink | None, run: Run) -> None:
    """Hold the ledger against the sink, which knows nothing of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT extract(epoch FROM max(d.sent_at) - min(s.started_at))
              FROM digests_digest d JOIN digests_batch b ON b.digest_id = d.id
              JOIN digests_slice s ON s.batch_id = b.id WHERE d.id = %s
            """,
            [digest.pk],
        )
        run.seconds = float(cursor.fetchone()[0])
    run.accepted = ledger.counts(digest.pk)[Outcome.ACCEPTED]
    if run.accepted != run.recipients:
        run.problems.append(f"The ledger says {run.accepted} accepted of {run.recipients}.")
    if sink is None:
        return
    counts = sink.counts()
    run.sink_kind = counts["kind"]
    run.taken_by_sink = counts["messages"]
    if run.taken_by_sink != run.accepted:
        run.problems.append(f"The sink took {run.taken_by_sink}, the ledger says {run.accepted}.")
    run.problems += [f"The sink counted {counts[name]} {name}." for name in FAULTS if counts[name]]
    messages = max(1, counts["messages"])
    run.bytes_per_message = counts["bytes"] / messages
    run.sink_cpu_us_per_message = counts["cpu_us"] / messages


def _forget_doorbells() -> None:
    with app.connection_for_write() as broker:
        for queue in (queues.DELIVERY, queues.DEFAULT):
            bound = app.amqp.queues[queue].bind(broker.default_channel)
            bound.declare()
            bound.purge()
