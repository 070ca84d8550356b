"""Figures in docs/performance.md: between two marks, so that a run replaces what the last one has written."""

from datetime import date
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- benchmarks: {name} -->", "<!-- end of {name} -->"


class NoPlace(RuntimeError):
    """The page lacks the marks."""


def dated(machine: str, runs: int, table: str, *, on: date) -> str:
    times = "one run" if runs == 1 else f"medians of {runs} runs, with the range"
    return f"{on:%-d %B %Y}; {times}. {machine}\n\n{table}"


def put(text: str, name: str, figures: str) -> str:
    """The page with these figures. Raises NoPlace."""
    begin, end = BEGIN.format(name=name), END.format(name=name)
    before, mark, rest = text.partition(begin)
    _old, last, after = rest.partition(end)
    if not mark or not last:
        raise NoPlace(f"docs/performance.md has no place for the figures of {name}.")
    return f"{before}{begin}\n{figures}\n{end}{after}"
