"""A benchmark runs from the command line, on servers of its own that wait for the disk."""

import os
import subprocess
import sys

import pytest

from benchmarks.installation import ROOT

# It would empty their tables.
OF_THE_SUITE = {"DATABASE_URL", "REDIS_URL"}


@pytest.mark.service
def test_a_benchmark_runs_and_prints_its_table() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "freeze", "--sizes", "100", "--runs", "1"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in OF_THE_SUITE},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert "| readers | seconds |" in run.stdout
    assert "| 100 |" in run.stdout
