"""`manage.py setup`: from a checkout to an installation."""

import hmac
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from newsroom import env_file, installing
from newsroom.installing import CannotInstall, write_env
from subscriptions.mailing.suppression import CANARY
from subscriptions.models import SuppressionCanary

ROOT = Path(__file__).parents[2]
VALUES = {
    "SITE_URL": "https://news.example.org",
    "DATABASE_URL": "postgres://u:p%23ss@127.0.0.1:1/n",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "MAIL_URL": "smtp://user:p#ss word=1@mail.example.org:587?tls=starttls",
}


def read(env_file: Path) -> dict[str, str]:
    lines = env_file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_env_file_is_its_owners_alone_and_holds_random_keys(tmp_path: Path) -> None:
    first, second = tmp_path / "first.env", tmp_path / "second.env"
    write_env(first, VALUES)
    write_env(second, VALUES)
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    kept = read(first)
    assert kept["NEWSROOM_MODE"] == "production"
    keys = [kept[name] for name in installing.KEYS] + [
        read(second)[name] for name in installing.KEYS
    ]
    assert len(set(keys)) == 6
    assert min(map(len, keys)) >= 32
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.env", "second.env"]


def test_what_is_written_is_what_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env(tmp_path / ".env", VALUES)
    for name in VALUES:
        monkeypatch.delenv(name, raising=False)
    with monkeypatch.context() as patched:
        # Registered for undoing, then left to the file.
        for name in (*VALUES, *installing.KEYS):
            patched.setenv(name, "")
            patched.delenv(name)
        patched.setenv("NEWSROOM_MODE", "test")
        assert VALUES.items() <= env_file.read(tmp_path / ".env").items()
        for name in (*VALUES, *installing.KEYS):
            patched.delenv(name)


def test_an_env_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("SUPPRESSION_KEY=precious\n")
    with pytest.raises(CannotInstall, match="cannot be written: File exists"):
        write_env(env_file, VALUES)
    assert env_file.read_text() == "SUPPRESSION_KEY=precious\n"
    assert list(tmp_path.iterdir()) == [env_file]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "SITE_URL is missing: give --site-url."),
        (["--site-url", "https://a.example.org"], "DATABASE_URL is missing: give --database-url."),
        (["--site-url", "https://a\nMAIL_URL=x"], "SITE_URL must be one line."),
    ],
)
def test_what_is_missing_is_said_in_one_line_and_nothing_is_written(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in VALUES:
        monkeypatch.delenv(name, raising=False)
    env_file = tmp_path / ".env"
    assert installing.main(["--no-input", *arguments], env_file) == 1
    assert capsys.readouterr().err == f"newsroom: {words}\n"
    assert not env_file.exists()


def checkout_in(folder: Path) -> Path:
    checkout = folder / "a checkout"
    for name in ("newsroom", "subscriptions", "digests", "templates", "static"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", checkout)
    return checkout


def test_a_step_that_fails_ends_the_set_up_and_the_keys_stay(tmp_path: Path) -> None:
    """In a checkout of its own, since .env stands beside manage.py."""
    checkout = checkout_in(tmp_path)
    options = [f"--{name.lower().replace('_', '-')}={value}" for name, value in VALUES.items()]
    for said in ("is written", "is there already and stays as it is"):
        done = subprocess.run(
            [sys.executable, checkout / "manage.py", "setup", "--no-input", *options],
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert said in done.stdout
        assert done.stderr.splitlines()[-1] == (
            "newsroom: `manage.py migrate` did not work; the line above says why."
        )
        assert "Traceback" not in done.stderr
        assert "p#ss" not in done.stderr
    assert stat.S_IMODE((checkout / ".env").stat().st_mode) == 0o600


def test_the_set_up_writes_down_what_proves_the_suppression_key(
    transactional_db: None, tmp_path: Path
) -> None:
    """Into tables that are there already, to save time."""
    checkout = checkout_in(tmp_path)
    shutil.copytree(ROOT / "locale", checkout / "locale")
    here = urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}")
    options = {
        "site-url": "https://news.example.org",
        "database-url": here.geturl(),
        "redis-url": settings.REDIS_URL,
        "mail-url": "console://",
    }
    done = subprocess.run(
        [sys.executable, str(checkout / "manage.py"), "setup", "--no-input"]
        + [f"--{name}={value}" for name, value in options.items()],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    key = read(checkout / ".env")["SUPPRESSION_KEY"]
    expected = hmac.digest(key.encode(), CANARY.encode(), "sha256")
    assert bytes(SuppressionCanary.objects.get().address_hash) == expected
