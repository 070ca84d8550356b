"""What the environment says, and what is said when it says nonsense."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from newsroom import env_file
from newsroom.env import Environment

ROOT = Path(__file__).parents[2]
KEY = "a-key-of-forty-characters-or-rather-more"


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setenv("NEWSROOM_MODE", "development")
    return Environment(tmp_path)


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setenv("NEWSROOM_MODE", "production")
    return Environment(tmp_path)


def test_a_variable_is_read_or_its_default(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLOUR", "blue")
    assert (env.text("COLOUR", "red"), env.text("SHAPE", "round")) == ("blue", "round")


def test_a_variable_that_is_missing_or_empty_is_named(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "")
    for name in ("EMPTY", "MISSING"):
        with pytest.raises(ImproperlyConfigured, match=f"^{name} is not set"):
            env.text(name)


def test_a_secret_may_lie_in_a_file(
    env: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("SECRET", "from the environment")
    assert env.text("SECRET") == "from the file"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(
    env: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("SECRET_FILE", str(path))
    with pytest.raises(
        ImproperlyConfigured, match=r"SECRET_FILE names .*secret, which cannot be read"
    ):
        env.text("SECRET")


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("1", True), ("Yes", True), ("on", True), ("0", False), (" false ", False)],
)
def test_a_flag_is_a_word_for_yes_or_no(
    env: Environment, monkeypatch: pytest.MonkeyPatch, word: str, meaning: bool
) -> None:
    monkeypatch.setenv("FLAG", word)
    assert env.flag("FLAG", default=not meaning) is meaning


def test_a_flag_that_is_neither_is_refused(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAG", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="FLAG is 'perhaps'; write 1 or 0"):
        env.flag("FLAG", default=True)
    monkeypatch.setenv("FLAG", "")
    assert env.flag("FLAG", default=True)


def test_a_number_that_is_none_is_refused(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECONDS", "60")
    assert (env.number("SECONDS", 5), env.number("OTHER", 5)) == (60, 5)
    for nonsense in ("soon", "-1", "1.5"):
        monkeypatch.setenv("SECONDS", nonsense)
        with pytest.raises(ImproperlyConfigured, match=r"SECONDS is .*; write a whole number"):
            env.number("SECONDS", 5)


def test_a_list_is_parted_by_commas_or_spaces(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSTS", "a.example.org, b.example.org c.example.org")
    assert env.words("HOSTS") == ["a.example.org", "b.example.org", "c.example.org"]


def test_keys_of_a_demo_are_made_once_and_kept_for_their_owner(env: Environment) -> None:
    first, second = env.key("SECRET_KEY"), env.key("LINK_KEYS")
    assert first != second
    assert min(len(first), len(second)) > 40
    assert (env.key("SECRET_KEY"), env.key("LINK_KEYS")) == (first, second)
    path = env.state_dir / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(json.loads(path.read_text())) == {"SECRET_KEY", "LINK_KEYS"}


def test_kept_keys_that_cannot_be_read_are_named(env: Environment) -> None:
    env.key("SECRET_KEY")
    (env.state_dir / "keys.json").write_text("{")
    with pytest.raises(ImproperlyConfigured, match=r"keys\.json .* delete it"):
        env.key("SECRET_KEY")


def test_production_makes_no_key_of_its_own(
    production: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        production.key("SECRET_KEY")
    monkeypatch.setenv("SECRET_KEY", "short")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY can be guessed"):
        production.key("SECRET_KEY")
    monkeypatch.setenv("SECRET_KEY", KEY)
    assert production.key("SECRET_KEY") == KEY


def test_an_unknown_mode_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSROOM_MODE", "staging")
    with pytest.raises(ImproperlyConfigured, match="NEWSROOM_MODE is 'staging'"):
        Environment(tmp_path)


@pytest.mark.parametrize("key", ["short", "k" * 40, "abcabc" * 8])
def test_a_key_that_can_be_guessed_is_none(
    production: Environment, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("SECRET_KEY", key)
    with pytest.raises(
        ImproperlyConfigured, match="SECRET_KEY can be guessed: it needs 32 or more"
    ):
        production.key("SECRET_KEY")


# --- The file .env --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        b"NAME=one two",
        b"NAME = one two",
        b"export NAME='one two'",
        b'  NAME="one two"  ',
        b"# a word\r\n\r\nNAME=one two\r",
        b"\xef\xbb\xbfNAME=one two",
        b"NAME=another\nNAME=one two",
    ],
)
def test_a_line_is_read_however_an_editor_wrote_it(tmp_path: Path, line: bytes) -> None:
    (tmp_path / ".env").write_bytes(line)
    assert env_file.read(tmp_path / ".env") == {"NAME": "one two"}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b"NAME=a=b#c", "a=b#c"),
        (b"NAME='a\\b'", r"a\b"),
        (b'NAME="a\\"b"', 'a"b'),
        (b"NAME=", ""),
        (b"NAME='", "'"),
        ("NAME=é".encode(), "é"),
    ],
)
def test_a_value_is_taken_as_it_stands(tmp_path: Path, line: bytes, value: str) -> None:
    (tmp_path / ".env").write_bytes(line)
    assert env_file.read(tmp_path / ".env") == {"NAME": value}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A=1\nnonsense verysecret\n", "Line 2 of .* is no NAME=value"),
        (b"A=1\n\nB-C=verysecret", "Line 3 of .* is no NAME=value"),
        (b"A=1\nB=very\xe9secret", "Line 2 of .* is not UTF-8"),
        ("A=verysecret".encode("utf-16"), "is UTF-16: save it as UTF-8"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=words) as refused:
        env_file.read(tmp_path / ".env")
    assert "secret" not in str(refused.value)


# --- The whole project in production ---------------------------------------------------------------------

GOOD = {
    "NEWSROOM_MODE": "production",
    "SECRET_KEY": KEY,
    "LINK_KEYS": KEY,
    "SUPPRESSION_KEY": KEY,
    "SITE_URL": "https://news.example.org",
    "DATABASE_URL": "postgres://n:verysecret@127.0.0.1:1/n",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "MAIL_URL": "smtp://user:verysecret@127.0.0.1:1?tls=none",
}


def manage(*command: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    wanted = {**GOOD, **changes}
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", *command],
        env={"PATH": os.environ["PATH"]} | {k: v for k, v in wanted.items() if v is not None},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.service
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        *[(name, None, f"{name} is not set") for name in GOOD if name != "NEWSROOM_MODE"],
        ("SITE_URL", "news.example.org", "SITE_URL must be a full address"),
        ("DATABASE_URL", "mysql://u@h/d", "DATABASE_URL must be a URL such as postgres://"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL must be a URL"),
        ("DATABASE_URL", "postgres://u:verysecret@h:port/d", "DATABASE_URL must be a URL"),
        ("REDIS_URL", "nonsense", "REDIS_URL must"),
        ("REDIS_URL", "redis://:verysecret@h/0?socket_timeout=5", "REDIS_URL has socket_timeout=…"),
        ("SITE_URL", "https://news.example.org/news", "SITE_URL has a path (/news)"),
        ("MAIL_URL", "smtp://user:verysecret@h", "MAIL_URL cannot be used. Its password would go"),
        ("LINK_KEYS", "k" * 40, "LINK_KEYS can be guessed"),
        ("WEBHOOK_SECRET", "a:b", "WEBHOOK_SECRET can be guessed"),
        ("SIGN_UP_LIMIT_FORM", "lots", "SIGN_UP_LIMIT_FORM: 'lots' is no limit"),
        ("DISPOSABLE_ADDRESSES", "burn", "write one of allow, challenge, refuse"),
        ("MAIL_URL", "pigeon://coop", "MAIL_URL cannot be used. 'pigeon' is no known way"),
        ("SECURE_HSTS_SECONDS", "soon", "SECURE_HSTS_SECONDS is 'soon'"),
        ("NEWSROOM_MODE", "staging", "NEWSROOM_MODE is 'staging'"),
    ],
)
def test_production_says_in_one_line_what_is_missing_or_wrong(
    name: str, value: str | None, words: str
) -> None:
    done = manage("stop_sending", **{name: value})
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("newsroom: ")
    assert words in done.stderr
    assert "verysecret" not in done.stderr


@pytest.mark.service
def test_a_database_that_is_away_is_said_in_one_line() -> None:
    done = manage("stop_sending")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("newsroom: The database does not answer.")
