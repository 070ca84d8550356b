"""Where the tests work: folders with spaces and letters beyond ASCII."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.newsroom.embedded.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    place = Office(tmp_path / "the news room é" / "var")
    yield place
    place.close()


@pytest.fixture
def open_office() -> Iterator[Office]:
    """Where every user of the machine can reach it, unlike pytest's own folders."""
    folder = Path(tempfile.mkdtemp(prefix="open office "))
    folder.chmod(0o755)
    place = Office(folder / "data")
    yield place
    place.close()
    shutil.rmtree(folder)
