"""The measurements by name: each takes what is varied and gives a table, its figures, and what was wrong."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import Any

from benchmarks import peers, plain_django
from benchmarks.delivery import Run, Setup, measure, measure_freeze, open_sink
from benchmarks.peers import PEERS, Peer
from benchmarks.plain_django import Plain
from benchmarks.sink.running import Behaviour
from benchmarks.tables import markdown, spread
from digests.models import Digest

DELAYS_MS = (0.0, 1.0, 10.0)
OFFERS = {
    "one command at a time": Behaviour(pipelining=False, chunking=False),
    "PIPELINING": Behaviour(pipelining=True, chunking=False),
    "PIPELINING and CHUNKING": Behaviour(pipelining=True, chunking=True),
}
GROWTH_AIM = 10.5  # design, section 8: time for ten times as many readers
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    text: str  # Markdown
    figures: dict[str, Any]
    problems: list[str] = field(default_factory=list)


def delivery(setup: Setup, *, runs: int, plain_messages: int, with_peers: bool, say: Say) -> Report:
    """Ours and the plain way, in turns on the same digest, so that what else the machine does hits both."""
    ours: list[Run] = []
    plain: list[Plain] = []
    others: dict[Peer, list[Plain]] = {
        peer: [] for peer in PEERS if with_peers and _is_here(peer, say)
    }
    for number in range(runs):
        ours.append(_measured(setup, say))
        if plain_messages:
            plain.append(_plain(setup, plain_messages))
            say(f"  plain Django {number + 1}: {plain[-1].messages_per_second:,.0f} messages/s")
        for peer, done in others.items() if plain_messages else ():
            done.append(_by_peer(peer, setup, plain_messages))
            say(f"  {peer.name}: {done[-1].messages_per_second:,.0f} messages/s")
    ratios = [
        run.messages_per_second / other.messages_per_second
        for run, other in zip(ours, plain, strict=False)
    ]
    cpu_ratios = [
        other.cpu_us_per_message / run.worker_cpu_us_per_message
        for run, other in zip(ours, plain, strict=False)
    ]
    figures = _figures(setup, ours) | {
        "ratio_to_plain_django": round(median(ratios), 2) if ratios else None,
        "cpu_ratio_to_plain_django": round(median(cpu_ratios), 2) if ratios else None,
        "plain_django": [asdict(one) for one in plain],
        "peers": {peer.name: [asdict(one) for one in done] for peer, done in others.items()},
    }
    rows = [["Newsroom", *_cells(ours)]]
    if plain:
        rows.append(["plain Django", *_plain_cells(plain)])
        rows.append(["ratio", spread(ratios, 1), spread(cpu_ratios, 1), *["–"] * (len(HEAD) - 3)])
    rows += [[peer.name, *_plain_cells(done)] for peer, done in others.items() if done]
    title = (
        f"Delivery to {setup.recipients:,} readers, {setup.processes} worker process(es) "
        f"with {setup.connections} connections"
    )
    return Report(title, markdown(HEAD, rows), figures, _problems(ours))


def freeze(sizes: Sequence[int], *, runs: int, say: Say) -> Report:
    seconds: dict[str, list[float]] = {}
    for size in sizes:
        for name, local in ((f"{size:,}", False), (f"{size:,} at their local time", True)):
            seconds[name] = [measure_freeze(size, local=local) for _run in range(runs)]
            say(f"  freeze of {name}: {spread(seconds[name], 3)} s")
    rows = [[name, spread(taken, 3)] for name, taken in seconds.items()]
    return Report(
        "Freeze: choosing the audience and writing its batches",
        markdown(["readers", "seconds"], rows),
        {"seconds": seconds},
    )


def growth(setup: Setup, sizes: Sequence[int], *, runs: int, say: Say) -> Report:
    """The same at growing sizes: what a reader costs must not depend on how many there are."""
    rows, problems, figures = [], [], {}
    sending: list[float] = []
    freezing: list[float] = []
    for size in sizes:
        varied = replace(setup, recipients=size)
        done = [_measured(varied, say) for _run in range(runs)]
        last_sending, sending = sending, [run.seconds for run in done]
        last_freezing, freezing = freezing, [run.freeze_seconds for run in done]
        rows.append(
            [
                f"{size:,}",
                *(spread(sending, 2), _growth(last_sending, sending)),
                *(spread(freezing, 3), _growth(last_freezing, freezing)),
                spread([run.worker_cpu_us_per_message for run in done], 1),
                spread([run.peak_rss_mb for run in done]),
            ]
        )
        figures[str(size)] = _figures(varied, done)
        problems += _problems(done)
    head = ["readers", "sending s", "x before", "freeze s", "x before"]
    head += ["worker CPU µs/message", "peak RSS MB"]
    title = f"Growth (aim: at most x{GROWTH_AIM} for ten times the readers)"
    return Report(title, markdown(head, rows), figures, problems)


def memory(setup: Setup, sizes: Sequence[int], *, runs: int, say: Say) -> Report:
    """A worker's resident memory at four moments of a send, and its peak."""
    rows, problems, figures = [], [], {}
    for size in sizes:
        varied = replace(setup, recipients=size)
        done = [_measured(varied, say) for _run in range(runs)]
        moments = [
            [run.rss_mb[len(run.rss_mb) * part // 4 - 1] for run in done if len(run.rss_mb) >= 4]
            for part in (1, 2, 3, 4)
        ]
        peaks = [run.peak_rss_mb for run in done]
        rows.append([f"{size:,}", *map(spread, moments), spread(peaks)])
        figures[str(size)] = _figures(varied, done)
        problems += _problems(done)
    head = ["readers", "after 25 %", "50 %", "75 %", "at the end", "peak"]
    title = f"Memory of a delivery worker with {setup.connections} connections, MB"
    return Report(title, markdown(head, rows), figures, problems)


def pipelining(setup: Setup, *, runs: int, say: Say) -> Report:
    """What the server offers against how far away it is."""
    rows, problems, figures = [], [], {}
    for name, offer in OFFERS.items():
        row = [name]
        for delay in DELAYS_MS:
            say(f"  {name}, {delay:g} ms")
            varied = replace(setup, behaviour=replace(offer, delay_ms=delay))
            done = [_measured(varied, say) for _run in range(runs)]
            row.append(spread([run.messages_per_second for run in done]))
            figures[f"{name}, {delay:g} ms"] = _figures(varied, done)
            problems += _problems(done)
        rows.append(row)
    head = ["the server offers", *[f"{delay:g} ms" for delay in DELAYS_MS]]
    title = (
        f"Messages/s by the time of a round trip: {setup.recipients:,} readers, "
        f"{setup.processes} x {setup.connections} connections"
    )
    return Report(title, markdown(head, rows), figures, problems)


HEAD = [
    "",
    "messages/s",
    "worker CPU µs/message",
    "PostgreSQL CPU µs/message",
    "sink CPU µs/message",
    "peak RSS MB",
    "freeze s",
]


def _measured(setup: Setup, say: Say) -> Run:
    run = measure(setup)
    told = "; ".join(run.problems)
    say(
        f"  {run.recipients:,} readers: {run.messages_per_second:,.0f} messages/s, "
        f"{run.worker_cpu_us_per_message:,.0f} µs a message {told}"
    )
    return run


def _plain(setup: Setup, messages: int) -> Plain:
    """To the same readers with the digest that has just been sent."""
    digest_id = Digest.objects.get().pk
    given = {"messages": min(messages, setup.recipients), "processes": setup.processes}
    if setup.smtp:
        return plain_django.measure(digest_id, setup.smtp, **given)
    with open_sink(setup) as sink:
        return plain_django.measure(digest_id, f"127.0.0.1:{sink.port}", **given)


def _is_here(peer: Peer, say: Say) -> bool:
    if why_not := peers.install(peer):
        say(f"  {why_not}")
    return not why_not


def _by_peer(peer: Peer, setup: Setup, messages: int) -> Plain:
    digest_id = Digest.objects.get().pk
    messages = min(messages, setup.recipients)
    if setup.smtp:
        return peers.measure(peer, digest_id, setup.smtp, messages=messages)
    with open_sink(setup) as sink:
        return peers.measure(peer, digest_id, f"127.0.0.1:{sink.port}", messages=messages)


def _growth(before: Sequence[float], after: Sequence[float]) -> str:
    return f"{median(after) / median(before):.1f}" if before else "–"


def _cells(runs: Sequence[Run]) -> list[str]:
    postgres = [run.postgres_cpu_us_per_message for run in runs]
    sink = [run.sink_cpu_us_per_message for run in runs]
    return [
        spread([run.messages_per_second for run in runs]),
        spread([run.worker_cpu_us_per_message for run in runs], 1),
        spread([value for value in postgres if value is not None], 1),
        spread([value for value in sink if value is not None], 1),
        spread([run.peak_rss_mb for run in runs]),
        spread([run.freeze_seconds for run in runs], 3),
    ]


def _plain_cells(plain: Sequence[Plain]) -> list[str]:
    return [
        spread([one.messages_per_second for one in plain]),
        spread([one.cpu_us_per_message for one in plain], 1),
        "–",
        "–",
        spread([one.peak_rss_mb for one in plain]),
        "–",
    ]


def _figures(setup: Setup, runs: Sequence[Run]) -> dict[str, Any]:
    """Medians under stable names, and every run as it was."""
    postgres = [run.postgres_cpu_us_per_message for run in runs]
    is_known = all(value is not None for value in postgres)
    return {
        "recipients": runs[0].recipients,
        "connections": setup.connections,
        "processes": setup.processes,
        "messages_per_second": round(median(run.messages_per_second for run in runs), 1),
        "worker_cpu_us_per_message": round(
            median(run.worker_cpu_us_per_message for run in runs), 2
        ),
        "postgres_cpu_us_per_message": round(
            median(value for value in postgres if value is not None), 2
        )
        if is_known
        else None,
        "peak_rss_mb": round(max(run.peak_rss_mb for run in runs), 1),
        "freeze_seconds": round(median(run.freeze_seconds for run in runs), 4),
        "is_valid": not _problems(runs),
        "runs": [asdict(run) | {"messages_per_second": run.messages_per_second} for run in runs],
    }


def _problems(runs: Sequence[Run]) -> list[str]:
    return [problem for run in runs for problem in run.problems]
