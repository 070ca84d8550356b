"""Where the tests work: folders with spaces and letters beyond ASCII."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.newsroom.embedded.office import Office


@pytest.fixture
def office() -> Iterator[Office]:
    """Where every user of the machine can reach it, unlike pytest's own folders: without namespaces, nobody works."""
    folder = Path(tempfile.mkdtemp(prefix="the news room é "))
    folder.chmod(0o755)
    place = Office(folder / "var")
    yield place
    place.close()
    shutil.rmtree(folder)
