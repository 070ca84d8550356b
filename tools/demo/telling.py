"""What the demo says on the terminal: each step as it happens, then a table, then where to look."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from newsroom.interrupts import heeded

WIDTH = 62


class DemoFailed(Exception):
    """One clear line about the step that did not work."""


@contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """Prints the title at once and how it ended when it has; the caller may say more through what it gets."""
    said: list[str] = []
    print(f"  {title:<{WIDTH}} ", end="", flush=True)
    started = time.monotonic()
    try:
        with heeded():
            yield said.append
    except BaseException:
        print("failed", flush=True)
        raise
    detail = f"{said[-1]}, " if said else ""
    print(f"{detail}{time.monotonic() - started:.1f} s", flush=True)


def wait_until(is_done: Callable[[], bool], *, seconds: float, problem: Callable[[], str]) -> None:
    """Look again and again. Raises DemoFailed with the problem's words when the time is up."""
    end = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > end:
            raise DemoFailed(problem())
        time.sleep(0.2)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    for number, row in enumerate([head, *rows]):
        cells = (
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "   ".join(cells))
        if number == 0:
            print("  " + "   ".join("-" * width for width in widths))


def fail(text: str) -> int:
    print(f"demo: {text}", file=sys.stderr)
    return 1
