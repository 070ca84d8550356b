"""Who runs the servers: root in a namespace, root as nobody, an ordinary user."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import psycopg.conninfo
import pytest

from newsroom.local_servers import guardian
from tests.newsroom.local_servers.office import (
    NOBODY,
    ROOT,
    Office,
    as_root,
    kill,
    wait_until,
    without_namespaces,
)

pytestmark = pytest.mark.service


@as_root
@pytest.mark.service
def test_root_without_namespaces_runs_postgres_as_nobody(office: Office, tmp_path: Path) -> None:
    user = office.user(env=without_namespaces(tmp_path))
    parent_mode = office.folder.parent.stat().st_mode

    assert user.ask("join") == "joined"

    office.write("by nobody")
    pid = office.pids()["postgres"]
    assert Path(f"/proc/{pid}").stat().st_uid == NOBODY.pw_uid
    assert office.postgres.home.stat().st_uid == NOBODY.pw_uid
    assert office.folder.stat().st_uid == 0
    assert office.folder.parent.stat().st_mode == parent_mode
    kill(pid)
    assert user.ask("join") == "joined"
    assert office.stories()[0] == ["by nobody"]
    pids = office.pids()
    user.close()
    wait_until(lambda: all(guardian.is_gone(pid) for pid in pids.values()))


@as_root
@pytest.mark.service
def test_root_where_nobody_can_reach_the_folder_gets_one_clear_line(
    office: Office, tmp_path: Path
) -> None:
    office.folder.parent.chmod(0o700)
    answer = office.user(env=without_namespaces(tmp_path)).ask("join")

    assert "PostgreSQL must not run as root" in answer
    assert office.folder.parent.stat().st_mode & 0o777 == 0o700


@as_root
@pytest.mark.service
def test_an_ordinary_user_has_servers_of_his_own(office: Office) -> None:
    identity = {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []}
    packages = str(Path(psycopg.__file__).parents[1])
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": packages}
    python = next(
        (
            candidate
            for candidate in (sys.executable, "/usr/bin/python3")
            if _can_import(candidate, env=env, **identity)
        ),
        None,
    )
    if python is None:
        pytest.skip("the user nobody can reach no Python with our packages on this machine")
    office.folder.mkdir()
    os.chown(office.folder, NOBODY.pw_uid, NOBODY.pw_gid)
    log = office.folder / "log"

    user = office.user([python], env=env, **identity)
    assert user.ask("join") == "joined"

    owners = {path.stat().st_uid for path in (log, office.postgres.home)}
    assert owners == {NOBODY.pw_uid}
    pids = office.pids()
    assert sorted(pids) == ["guardian", "postgres", "redis"]
    user.kill()
    wait_until(lambda: all(guardian.is_gone(pid) for pid in pids.values()))


def _can_import(python: str, **options: object) -> bool:
    command = [
        python,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import psycopg, newsroom.local_servers",
    ]
    try:
        return subprocess.run(command, capture_output=True, cwd="/", **options).returncode == 0  # type: ignore[call-overload, no-any-return]
    except PermissionError:
        return False
