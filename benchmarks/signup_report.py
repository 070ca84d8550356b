"""Sign-ups in a table: ours, the plain way, and nothing at all, in turns on the same server."""

from dataclasses import asdict
from statistics import median

from benchmarks import signup
from benchmarks.reports import Report, Say
from benchmarks.tables import markdown, spread

NAMES = {
    "newsroom": "Newsroom: limits, consent, outbox, doorbell",
    "plain": "plain Django: the same rows through the ORM, no limits, no doorbell",
    "empty": "empty view behind the same middleware",
}


def report(*, runs: int, say: Say) -> Report:
    found: dict[str, list[signup.Run]] = {kind: [] for kind in NAMES}
    for number in range(runs):
        for run in signup.measure():
            found[run.kind].append(run)
            say(f"  {run.kind} {number + 1}: {run.per_second:,.0f} sign-ups/s")
    ratios = [
        ours.per_second / plain.per_second
        for ours, plain in zip(found["newsroom"], found["plain"], strict=True)
    ]
    head = ["", "requests/s", "web CPU µs", "PostgreSQL CPU µs", "99 % within ms"]
    rows = [
        [
            NAMES[kind],
            spread([run.per_second for run in these]),
            spread([run.server_cpu_us for run in these]),
            spread([run.postgres_cpu_us for run in these if run.postgres_cpu_us is not None]),
            spread([run.p99_ms for run in these], 1),
        ]
        for kind, these in found.items()
    ]
    rows.append(["ratio to plain Django", spread(ratios, 1), "–", "–", "–"])
    return Report(
        f"Sign-ups by HTTP, one process of {signup.THREADS} threads on one core, {signup.CLIENTS} clients",
        markdown(head, rows),
        {
            "ratio_to_plain_django": round(median(ratios), 2),
            "runs": [asdict(run) for these in found.values() for run in these],
        },
        [problem for these in found.values() for run in these for problem in run.problems],
    )
