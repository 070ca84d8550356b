"""What the web server runs."""

import os
import subprocess
import sys

import pytest

POLICY = """
import newsroom.wsgi, os, threading
thread = threading.Thread(target=lambda: print(os.sched_getscheduler(0)))
thread.start(); thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Only Linux has it.")
def test_threads_of_the_web_server_do_not_push_each_other_off_the_core() -> None:
    told = subprocess.run(
        [sys.executable, "-c", POLICY],
        env=os.environ | {"NEWSROOM_MODE": "test"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.strip() == str(os.SCHED_BATCH)
