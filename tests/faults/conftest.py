"""A sink and a crew for each test; both end with it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.crew import Crew, SinkProcess

IS_LONG = os.environ.get("FAULTS") == "long"


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkProcess]:
    process = SinkProcess(tmp_path / "sink")
    yield process
    process.stop()


@pytest.fixture
def crew(transactional_db: None, tmp_path: Path, sink: SinkProcess) -> Iterator[Crew]:
    crew = Crew(tmp_path, sink)
    yield crew
    crew.close()
    print(crew.said())  # noqa: T201 - shown by pytest when the test fails
