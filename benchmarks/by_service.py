"""One digest through each mail service, by real workers with the ledger, against a stand-in with a delay of its own."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from benchmarks.delivery import Run, Setup, measure
from benchmarks.reports import Report, Say
from benchmarks.sink.standing_in import ServiceSink, mail_url
from benchmarks.tables import markdown, spread

HEAD = [
    "service",
    "answers after",
    "readers/s",
    "worker CPU µs/reader",
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
    for name in names:
        for delay in delays_ms:
            done = [_measured(setup, name, delay, say) for _run in range(runs)]
            rows.append([name, f"{delay:g} ms", *_cells(done)])
            figures[f"{name} {delay:g} ms"] = [asdict(run) for run in done]
            problems += [f"{name}: {problem}" for run in done for problem in run.problems]
    title = (
        f"Through services to {setup.recipients:,} readers, {setup.processes} worker process(es) "
        f"with {setup.connections} connections"
    )
    return Report(title, markdown(HEAD, rows), figures, problems)


def _measured(setup: Setup, name: str, delay_ms: float, say: Say) -> Run:
    with ServiceSink(delay_ms=delay_ms) as sink:
        run = measure(replace(setup, mail_url=mail_url(name, sink.port)))
        counts = sink.counts()
    run.sink_kind = "stand-in"
    run.taken_by_sink = counts["readers"]
    run.calls = counts["calls"]
    run.bytes_per_message = counts["bytes"] / max(1, counts["readers"])
    if not counts["readers"] == counts["different_readers"] == run.accepted:
        run.problems.append(f"The stand-in took {counts}, the ledger says {run.accepted}.")
    say(f"  {name}, {delay_ms:g} ms: {run.messages_per_second:,.0f} readers/s")
    return run


def _cells(done: Sequence[Run]) -> list[str]:
    database = [run.postgres_cpu_us_per_message for run in done]
    return [
        spread([run.messages_per_second for run in done]),
        spread([run.worker_cpu_us_per_message for run in done], 1),
        spread([value for value in database if value is not None], 1),
        spread([run.peak_rss_mb for run in done]),
        spread([run.calls for run in done]),
        spread([run.bytes_per_message or 0 for run in done]),
    ]
