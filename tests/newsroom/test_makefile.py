"""A newcomer's first command: it mends a half-made .venv, and says in a sentence what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """With nothing to install."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements-dev.txt").touch()
    return tmp_path


def make(checkout: Path, python: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", ".venv/.installed", f"PYTHON={python}"],
        cwd=checkout,
        env={"PATH": os.environ["PATH"], "HOME": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )


def script(checkout: Path, text: str) -> str:
    path = checkout / "python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_venv_without_pip_is_made_anew(checkout: Path) -> None:
    """What a failed `python3 -m venv` leaves behind."""
    bare = [sys.executable, "-m", "venv", "--without-pip", str(checkout / ".venv")]
    subprocess.run(bare, check=True)
    good = script(checkout, MAKES_A_VENV)
    done = make(checkout, good)
    assert done.returncode == 0, done.stderr
    assert (checkout / "called").read_text() == "-m venv --clear .venv\n"
    again = make(checkout, good)
    assert again.returncode == 0
    assert (checkout / "called").read_text().count("venv --clear") == 1


# Without the seconds that pip takes.
MAKES_A_VENV = """
case "$1" in -c) exit 0;; esac
echo "$@" >> called
rm -rf .venv
mkdir -p .venv/bin
printf '#!/bin/sh\nexit 0\n' > .venv/bin/python
chmod +x .venv/bin/python
"""


def test_an_old_python_is_one_sentence(checkout: Path) -> None:
    old = script(checkout, '[ "$1" = --version ] && echo Python 3.10.4 || exit 1')
    done = make(checkout, old)
    assert done.returncode == 2
    assert "Newsroom needs Python 3.11 or newer" in done.stderr
    assert "is Python 3.10.4. Name another, as in: make .venv/.installed PYTHON=" in done.stderr
    assert not (checkout / ".venv").exists()


def test_so_is_a_debian_without_python3_venv(checkout: Path) -> None:
    bare = script(checkout, 'case "$1" in -m) echo no ensurepip >&2; exit 1;; *) exit 0;; esac')
    done = make(checkout, bare)
    assert done.returncode == 2
    assert "On Debian: apt install python3-venv" in done.stderr
