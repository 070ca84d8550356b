"""`manage.py setup`: from a checkout to an installation."""

import hmac
import os
import shutil
import stat
import subprocess
import sys
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from newsroom import env_file, installing
from newsroom.installing import CannotInstall, complete, write_env
from newsroom.management.commands import make_staff
from subscriptions.mailing.suppression import CANARY
from subscriptions.models import SuppressionCanary

pytestmark = pytest.mark.service

ROOT = Path(__file__).parents[2]
VALUES = {
    "SITE_URL": "https://news.example.org",
    "DATABASE_URL": "postgres://u:p%23ss@127.0.0.1:1/n",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "MAIL_URL": "smtp://user:p%23ss%20word=1@mail.example.org:587?tls=starttls",
}


def read(env_file: Path) -> dict[str, str]:
    lines = env_file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_env_file_is_its_owners_alone_and_holds_random_keys(tmp_path: Path) -> None:
    first, second = tmp_path / "first.env", tmp_path / "second.env"
    write_env(first, complete(VALUES))
    write_env(second, complete(VALUES))
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    kept = read(first)
    assert kept["NEWSROOM_MODE"] == "production"
    keys = [kept[name] for name in installing.KEYS] + [
        read(second)[name] for name in installing.KEYS
    ]
    assert len(set(keys)) == 6
    assert min(map(len, keys)) >= 32
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.env", "second.env"]


def test_what_is_written_is_what_is_read_again(tmp_path: Path) -> None:
    values = complete(VALUES)
    write_env(tmp_path / ".env", values)
    assert env_file.read(tmp_path / ".env") == values


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
        (
            ["--site-url", "https://a.example/news"],
            (
                "SITE_URL has a path (/news), but Newsroom answers at the root of a host of its own: "
                "write https://a.example, or https://news.example.org for a host that has none yet."
            ),
        ),
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


def test_nothing_is_written_before_every_server_has_answered(tmp_path: Path) -> None:
    """In a checkout of its own, since .env stands beside manage.py."""
    checkout = checkout_in(tmp_path)
    away = VALUES | {"MAIL_URL": "smtp://user:p%23ss@127.0.0.1:1?tls=none"}
    done = subprocess.run(
        [sys.executable, checkout / "manage.py", "setup", "--no-input", *options_of(away)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert not (checkout / ".env").exists()
    lines = done.stderr.splitlines()
    assert len(lines) == 4, done.stderr
    for line, name in zip(lines, ("DATABASE_URL", "REDIS_URL", "MAIL_URL"), strict=False):
        assert line.startswith("newsroom: ")
        assert name in line
    assert lines[-1].endswith("Nothing was written: run setup again.")
    assert "p#ss" not in done.stderr
    assert "p%23ss" not in done.stderr


def options_of(values: dict[str, str]) -> list[str]:
    return [f"--{name.lower().replace('_', '-')}={value}" for name, value in values.items()]


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--database-url=postgres://u:other@h/n", "--database-url (its line DATABASE_URL=…)"),
        ("--mail-url=console://", "--mail-url (its line MAIL_URL=…)"),
        ("--behind-proxy", "--behind-proxy or --no-proxy (its line TRUST_PROXY=…)"),
    ],
)
def test_a_second_run_names_each_option_that_says_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, words: str
) -> None:
    env = tmp_path / ".env"
    write_env(env, complete(VALUES))
    before = env.read_text()
    assert installing.main(["--no-input", option], env) == 1
    said = capsys.readouterr().err
    assert words in said
    assert "other@h" not in said
    assert said.count("\n") == 1
    assert env.read_text() == before


@pytest.mark.parametrize(
    ("options", "answer", "expected"),
    [
        (["--behind-proxy"], "", {"TRUST_PROXY": "1", "TRUSTED_PROXIES": "1"}),
        (["--no-proxy"], "", {}),
        (["--no-input"], "", {}),
        ([], "", {"TRUST_PROXY": "1", "TRUSTED_PROXIES": "1"}),
        ([], "n", {}),
    ],
)
def test_the_proxy_in_front_is_asked_about(
    monkeypatch: pytest.MonkeyPatch, options: list[str], answer: str, expected: dict[str, str]
) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: answer)
    parsed = installing._parser().parse_args(options)
    assert installing._proxy("https://news.example.org", parsed) == expected
    if not options:
        assert installing._proxy("http://news.example.org", parsed) == {}


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
        "staff": "chief",
    }
    done = subprocess.run(
        [sys.executable, str(checkout / "manage.py"), "setup", "--no-input"]
        + [f"--{name}={value}" for name, value in options.items()],
        env={"PATH": os.environ["PATH"], "STAFF_PASSWORD": "a quay with eleven lamps"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert User.objects.get(username="chief").password.startswith("pbkdf2_sha256$")
    assert "TRUST_PROXY=1" in done.stdout  # how to have HSTS
    key = read(checkout / ".env")["SUPPRESSION_KEY"]
    expected = hmac.digest(key.encode(), CANARY.encode(), "sha256")
    assert bytes(SuppressionCanary.objects.get().address_hash) == expected


# --- The first staff user ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    ["123", "elevenchars", "123456789012345", "chief-of-desk"],
)
def test_a_password_that_can_be_guessed_makes_nobody(
    db: None, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("STAFF_PASSWORD", password)
    with pytest.raises(CommandError, match="STAFF_PASSWORD: "):
        call_command("make_staff", "chief-of-desk")
    assert not User.objects.exists()


def test_a_staff_user_who_is_there_stays(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for password in ("a quay with eleven lamps", "another quay with a lamp"):
        monkeypatch.setenv("STAFF_PASSWORD", password)
        call_command("make_staff", "chief", email="chief@example.org")
    assert "is there already, and stays as it is" in capsys.readouterr().out
    chief = User.objects.get()
    assert chief.check_password("a quay with eleven lamps")
    assert (chief.is_staff, chief.is_superuser, chief.email) == (True, True, "chief@example.org")


def test_a_password_is_asked_for_twice_until_it_is_a_good_one(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = "a quay with two lamps"
    typed = iter(["short", "a quay with eleven lamps", "a quay with ten lamps", good, good])
    monkeypatch.delenv("STAFF_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", TerminalOfNobody())
    monkeypatch.setattr(make_staff, "getpass", lambda _prompt: next(typed))
    call_command("make_staff", "chief", stderr=StringIO())
    assert User.objects.get().check_password(good)


class TerminalOfNobody(StringIO):
    def isatty(self) -> bool:
        return True
