"""Where the tests work: folders with spaces and letters beyond ASCII."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.newsroom.local_servers.office import Office


@pytest.fixture
def office(open_folder: Path) -> Iterator[Office]:
    place = Office(open_folder / "var")
    yield place
    place.close()
