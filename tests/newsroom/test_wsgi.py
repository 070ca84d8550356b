"""What the web server runs."""

import os
import subprocess
import sys

import pytest

POLICY = """
import os, threading
os.sched_setscheduler(0, int(os.environ["POLICY"]), os.sched_param(0))
import newsroom.wsgi
thread = threading.Thread(target=lambda: print(os.sched_getscheduler(0)))
thread.start(); thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Only Linux has it.")
@pytest.mark.parametrize(
    ("before", "after"),
    [(os.SCHED_OTHER, os.SCHED_BATCH), (os.SCHED_IDLE, os.SCHED_IDLE)],
    ids=["by default", "where the operator chose another"],
)
def test_threads_of_the_web_server_do_not_push_each_other_off_the_core(
    before: int, after: int
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", POLICY],
        env=os.environ | {"NEWSROOM_MODE": "test", "POLICY": str(before)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.strip() == str(after)
