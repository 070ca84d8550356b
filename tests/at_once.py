"""Several workers doing the same thing at the same moment, each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")
PATIENCE_SECONDS = 20


def at_once(*functions: Callable[[], T]) -> list[T]:
    """What they returned, in their order. For tests with `transaction=True`; raises what one of them raised."""
    start = Barrier(len(functions))

    def run(function: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            start.wait(PATIENCE_SECONDS)
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(functions)) as pool:
        futures = [pool.submit(run, function) for function in functions]
        return [future.result(PATIENCE_SECONDS) for future in futures]
