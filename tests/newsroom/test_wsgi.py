"""What the web server runs."""

import os
import subprocess
import sys

import pytest

POLICY = """
import os, threading
def is_given(name):
    try:
        os.sched_setscheduler(0, getattr(os, name), os.sched_param(0))
    except OSError:
        return False
    return True

if not all(map(is_given, ("SCHED_BATCH", os.environ["POLICY"]))):
    raise SystemExit("refused")
import newsroom.wsgi
thread = threading.Thread(target=lambda: print(os.sched_getscheduler(0)))
thread.start(); thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Only Linux has it.")
@pytest.mark.parametrize(
    ("before", "after"),
    [("SCHED_OTHER", "SCHED_BATCH"), ("SCHED_IDLE", "SCHED_IDLE")],
    ids=["by default", "where the operator chose another"],
)
def test_threads_of_the_web_server_do_not_push_each_other_off_the_core(
    before: str, after: str
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", POLICY],
        env=os.environ | {"NEWSROOM_MODE": "test", "POLICY": before},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if told.stderr.strip() == "refused":
        pytest.skip("This system lets nobody choose.")
    assert told.stdout.strip() == str(getattr(os, after)), told.stderr
