"""One digest through each mail service, by real workers with the ledger, against a stand-in with a delay of its own.

By a mail server first, in the same run: what else the machine does hits both.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from benchmarks.delivery import Run, Setup, measure
from benchmarks.reports import Report, Say
from benchmarks.sink.standing_in import ServiceSink, mail_url
from benchmarks.tables import markdown, spread

SMTP = "a mail server"
# Readers a second by two workers, with an answer at once, and µs of a worker's CPU a reader. Of those that take one
# reader a call only the CPU is ours to say.
FIELDS, WHOLE_MAILS, ALONE = (20_000, 60), (8_000, 150), (0, 1_000)
AIMS = {
    **dict.fromkeys(
        ("brevo", "mailgun", "mailjet", "sendgrid", "sparkpost", "unisender-go"), FIELDS
    ),
    **dict.fromkeys(("mailtrap", "postmark", "resend"), WHOLE_MAILS),
    "ses": (4_000, 250),
    **dict.fromkeys(("mailersend", "mandrill", "postal", "scaleway"), ALONE),
}
SLOW_AIM = 10_000  # readers a second by four connections a worker, where an answer takes 300 ms
HEAD = [
    "service",
    "answers after",
    "readers/s",
    "aim",
    "worker CPU µs/reader",
    "aim",
    "database CPU µs/reader",
    "peak RSS MB",
    "calls",
    "bytes/reader",
]


def services(
    setup: Setup, names: Sequence[str], delays_ms: Sequence[float], *, runs: int, say: Say
) -> Report:
    rows: list[list[str]] = []
    figures: dict[str, Any] = {}
    problems: list[str] = []
    for name, delay in [(SMTP, 0.0), *((name, delay) for name in names for delay in delays_ms)]:
        done = [_measured(setup, name, delay, say) for _run in range(runs)]
        rows.append([name, f"{delay:g} ms", *_cells(done, *_aims(name, delay))])
        figures[f"{name} {delay:g} ms"] = [asdict(run) for run in done]
        problems += [f"{name}: {problem}" for run in done for problem in run.problems]
    title = (
        f"Through services to {setup.recipients:,} readers, {setup.processes} worker process(es) "
        f"with {setup.connections} connections"
    )
    return Report(title, markdown(HEAD, rows), figures, problems)


def _aims(name: str, delay_ms: float) -> tuple[str, str]:
    rate, cpu = AIMS.get(name, (0, 0))
    if delay_ms:
        is_fast = rate >= SLOW_AIM and delay_ms <= 300
        return (f"{SLOW_AIM:,}" if is_fast else "–"), "–"
    return (f"{rate:,}" if rate else "–"), (f"{cpu:,}" if cpu else "–")


def _measured(setup: Setup, name: str, delay_ms: float, say: Say) -> Run:
    run = measure(setup) if name == SMTP else _by_service(setup, name, delay_ms)
    say(f"  {name}, {delay_ms:g} ms: {run.messages_per_second:,.0f} readers/s")
    return run


def _by_service(setup: Setup, name: str, delay_ms: float) -> Run:
    with ServiceSink(delay_ms=delay_ms) as sink:
        run = measure(replace(setup, mail_url=mail_url(name, sink.port)))
        counts = sink.counts()
    run.sink_kind = "stand-in"
    run.taken_by_sink = counts["readers"]
    run.calls = counts["calls"]
    run.bytes_per_message = counts["bytes"] / max(1, counts["readers"])
    if not counts["readers"] == counts["different_readers"] == run.accepted:
        run.problems.append(f"The stand-in took {counts}, the ledger says {run.accepted}.")
    return run


def _cells(done: Sequence[Run], rate_aim: str, cpu_aim: str) -> list[str]:
    database = [run.postgres_cpu_us_per_message for run in done]
    return [
        spread([run.messages_per_second for run in done]),
        rate_aim,
        spread([run.worker_cpu_us_per_message for run in done], 1),
        cpu_aim,
        spread([value for value in database if value is not None], 1),
        spread([run.peak_rss_mb for run in done]),
        spread([run.calls for run in done]),
        spread([run.bytes_per_message or 0 for run in done]),
    ]
