"""`python -m benchmarks WHAT`: measures on real servers, prints Markdown, ends by itself.

python -m benchmarks delivery --recipients 100000 --smtp 127.0.0.1:2525 --json out.json
python -m benchmarks services --services mailgun ses --delays 0 300 1000 --processes 2 --connections 4
python -m benchmarks services --full --processes 2 --connections 4 --write      into docs/performance.md
python -m benchmarks delivery --mail-url 'mailgun://KEY@mg.example.org?api_url=http://127.0.0.1:2701/v3/'
python -m benchmarks all            what `make bench` runs, a few minutes; --full adds a million readers
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.installation import BenchmarkFailed, installation
from benchmarks.sink.running import SinkFailed, python_sink
from benchmarks.written import NoPlace

if TYPE_CHECKING:
    from benchmarks.delivery import Setup
    from benchmarks.reports import Report

MILLION = 1_000_000


def main() -> int:
    options = _options()
    try:
        with installation(keep=options.keep):
            return _measure(options)
    except (BenchmarkFailed, SinkFailed, NoPlace, subprocess.SubprocessError, OSError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbenchmarks: ended", file=sys.stderr)
        return 130


def _measure(options: argparse.Namespace) -> int:
    from benchmarks import machine, written  # Django has to be ready first

    found = machine.describe()
    print(f"{found.sentence()}\nMedians of {options.runs}, with the range.\n", flush=True)
    figures: dict[str, object] = {}
    problems: list[str] = []
    for name in ALL if options.what == "all" else [options.what]:
        report = MEASUREMENTS[name](options)
        print(f"\n### {report.title}\n\n{report.text}\n", flush=True)
        figures[name] = report.figures
        problems += report.problems
        if options.write:
            today = datetime.now(UTC).date()
            dated = written.dated(found.sentence(), options.runs, report.text, on=today)
            page = written.PAGE.read_text(encoding="utf-8")
            written.PAGE.write_text(written.put(page, name, dated), encoding="utf-8")
    if options.json:
        only = figures.get(options.what)
        told = dict(only) if isinstance(only, dict) else figures
        whole = told | {"machine": asdict(found)}
        options.json.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    for problem in problems:
        print(f"benchmarks: not valid: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _delivery(options: argparse.Namespace) -> "Report":
    from benchmarks import reports

    recipients = options.recipients or (100_000 if options.full else 20_000)
    return reports.delivery(
        _setup(options, recipients),
        runs=options.runs,
        # Of plain Django there is only the way by SMTP.
        plain_messages=0 if options.mail_url else options.plain,
        with_peers=options.peers,
        say=_say,
    )


def _freeze(options: argparse.Namespace) -> "Report":
    from benchmarks import reports

    return reports.freeze(_sizes(options), runs=options.runs, say=_say)


def _growth(options: argparse.Namespace) -> "Report":
    from benchmarks import reports

    sizes = _sizes(options)
    return reports.growth(_setup(options, sizes[0]), sizes, runs=options.runs, say=_say)


def _memory(options: argparse.Namespace) -> "Report":
    from benchmarks import reports

    sizes = _sizes(options)
    return reports.memory(_setup(options, sizes[0]), sizes, runs=options.runs, say=_say)


def _pipelining(options: argparse.Namespace) -> "Report":
    from benchmarks import reports

    if options.smtp:
        raise BenchmarkFailed("pipelining varies what the server offers, so it uses its own sink.")
    recipients = options.recipients or (50_000 if options.full else 8_000)
    return reports.pipelining(_setup(options, recipients), runs=options.runs, say=_say)


def _services(options: argparse.Namespace) -> "Report":
    from benchmarks import by_service
    from subscriptions.mailing.services import all_services

    recipients = options.recipients or (100_000 if options.full else 20_000)
    return by_service.services(
        _setup(options, recipients),
        options.services or list(all_services()),
        options.delays or [0.0],
        runs=options.runs,
        say=_say,
    )


def _signup(options: argparse.Namespace) -> "Report":
    from benchmarks import signup_report

    return signup_report.report(runs=options.runs, say=_say)


def _composer(_options: argparse.Namespace) -> "Report":
    from benchmarks.composing import composing

    return composing(say=_say)


def _feeds(_options: argparse.Namespace) -> "Report":
    from benchmarks.feeds import feeds

    return feeds(say=_say)


def _narrowed(options: argparse.Namespace) -> "Report":
    from benchmarks.narrowed import narrowed

    return narrowed(_sizes(options), runs=options.runs, say=_say)


MEASUREMENTS: dict[str, Callable[[argparse.Namespace], "Report"]] = {
    "delivery": _delivery,
    "pipelining": _pipelining,
    "freeze": _freeze,
    "services": _services,
    "narrowed": _narrowed,
    "growth": _growth,
    "memory": _memory,
    "signup": _signup,
    "composer": _composer,
    "feeds": _feeds,
}
ALL = ("delivery", "growth", "pipelining")  # growth shows freeze and peak memory too


def _setup(options: argparse.Namespace, recipients: int) -> "Setup":
    from benchmarks.delivery import Setup

    return Setup(
        recipients=recipients,
        connections=options.connections,
        processes=options.processes,
        smtp=options.smtp,
        mail_url=options.mail_url,
        sink_command=tuple(python_sink()) if options.python_sink else (),
    )


def _sizes(options: argparse.Namespace) -> list[int]:
    if options.sizes:
        return sorted(options.sizes)
    return [10_000, 100_000, MILLION] if options.full else [10_000, 100_000]


def _say(line: str) -> None:
    """Progress goes beside the tables, not into them."""
    print(line, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("what", choices=[*MEASUREMENTS, "all"])
    parser.add_argument("--recipients", type=_positive, help="of delivery and pipelining")
    parser.add_argument("--sizes", type=_positive, nargs="+", help="of freeze, narrowed, growth")
    parser.add_argument("--smtp", default="", metavar="HOST:PORT", help="somebody else's sink")
    parser.add_argument("--mail-url", default="", help="somebody else's stand-in for a service")
    parser.add_argument("--services", nargs="+", metavar="NAME", help="of services; else all")
    parser.add_argument("--delays", type=float, nargs="+", metavar="MS", help="of services")
    parser.add_argument("--connections", type=_positive, default=8, help="of each worker process")
    parser.add_argument("--processes", type=_positive, default=1, help="delivery workers")
    parser.add_argument("--runs", type=_positive, default=3)
    parser.add_argument("--plain", type=int, default=500, help="messages by plain Django; 0: none")
    parser.add_argument("--peers", action="store_true", help="install and measure others too")
    parser.add_argument("--full", action="store_true", help="large sizes, a million readers")
    parser.add_argument("--python-sink", action="store_true", help="even if there is a compiler")
    parser.add_argument("--keep", action="store_true", help="keep the database with its readers")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--write", action="store_true", help="services: into docs/performance.md")
    options = parser.parse_args()
    if options.smtp and not options.smtp.rpartition(":")[2].isdigit():
        parser.error(f"--smtp {options.smtp} is not HOST:PORT")
    if options.smtp and options.mail_url:
        parser.error("--smtp and --mail-url are two ways out; name one")
    if options.write and options.what != "services":
        parser.error("--write is for services")
    if options.what == "services" and (options.smtp or options.mail_url):
        parser.error("services are measured against a stand-in of our own")
    return options


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 upwards")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
