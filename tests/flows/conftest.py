"""Flows with real workers and a mail server that takes its time."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.faults.crew import Crew, SinkProcess
from tests.smtp_sink import Sink, Taken

SECONDS_A_MAIL = 0.02


class Unhurried(list[Taken]):
    """The time it takes to take a mail, and when it was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []
        self._one_at_a_time = threading.Lock()

    def append(self, taken: Taken) -> None:
        time.sleep(SECONDS_A_MAIL)
        with self._one_at_a_time:
            self.times.append(time.time())
            super().append(taken)


@pytest.fixture
def taken() -> Unhurried:
    return Unhurried()


@pytest.fixture
def unhurried_crew(transactional_db: None, tmp_path: Path, taken: Unhurried) -> Iterator[Crew]:
    with Sink(taken=taken) as sink:
        # Of its sink a crew wants the port.
        crew = Crew(tmp_path, cast(SinkProcess, sink))
        yield crew
        crew.close()
        print(crew.said())  # noqa: T201 - shown by pytest when the test fails
