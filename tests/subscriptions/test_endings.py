"""What a process still does at its end."""

import subprocess
import sys

import pytest

FORKED = """
import multiprocessing
from subscriptions.endings import at_end

def serve():
    at_end(lambda: print("done", flush=True))

process = multiprocessing.get_context("fork").Process(target=serve)
process.start()
process.join()
"""
ALONE = 'from subscriptions.endings import at_end; at_end(lambda: print("done", flush=True))'


@pytest.mark.parametrize("program", [FORKED, ALONE])
def test_it_is_done_where_a_process_was_forked_as_where_it_stands_alone(program: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout.split() == ["done"]
