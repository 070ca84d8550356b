"""The main job, end to end, over a real web server, Celery workers, PostgreSQL, Redis and SMTP."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.office import ROOT, open_office

PATIENCE_SECONDS = 240  # 25 on an idle machine
# The flow imports models, which wants Django to be set up first.
RUN = "import django; django.setup(); from tests.flows.signup_to_unsubscribe import flow; flow()"


@pytest.mark.service
@pytest.mark.timeout(PATIENCE_SECONDS + 60)
def test_a_reader_signs_up_reads_leaves_and_is_left_alone(tmp_path: Path) -> None:
    """The flow runs in a process of its own, whose settings name its own servers."""
    with open_office(tmp_path) as office:
        done = subprocess.run(
            [sys.executable, "-c", RUN],
            env=office.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    logs = "".join(
        f"\n--- {log.name}\n{log.read_text()[-3000:]}" for log in tmp_path.glob("log/*.log")
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{logs}"
    assert done.stdout.splitlines()[-1] == "flow: done"
    whole = "".join(log.read_text() for log in tmp_path.glob("log/*.log"))
    for line in ("is frozen for 2 readers.", "begins to go out.", "is sent: accepted 2."):
        assert line in whole
    assert "@example.org" not in whole.replace("…@example.org", "")
