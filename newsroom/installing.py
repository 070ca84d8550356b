"""`manage.py setup`: from a checkout to an installation. Runs before there are settings, so without Django.

It writes .env with random keys, makes the tables, collects static files, creates the role groups and the first
staff user. Run again, it keeps the .env that is there and brings the rest up to date.
"""

import os
import secrets
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from getpass import getpass
from pathlib import Path

from newsroom.env import KEY_BYTES

ROOT = Path(__file__).resolve().parents[1]
KEYS = ("SECRET_KEY", "LINK_KEYS", "SUPPRESSION_KEY")
QUESTIONS = {
    "SITE_URL": "Address of the site, such as https://news.example.org",
    "DATABASE_URL": "PostgreSQL, such as postgres://user:password@127.0.0.1:5432/newsroom",
    "REDIS_URL": "Redis, such as redis://127.0.0.1:6379/0",
    "MAIL_URL": "Mail, such as smtp://user:password@mail.example.org:587?tls=starttls",
}


class CannotInstall(Exception):
    """One line: what is missing, or which step did not work."""


def main(arguments: list[str], env_file: Path = ROOT / ".env") -> int:
    options = _parser().parse_args(arguments)
    try:
        if env_file.exists():
            _say(f"{env_file} is there already and stays as it is.")
        else:
            write_env(env_file, _values(options))
            _say(
                f"{env_file} is written. Keep its SUPPRESSION_KEY with your backups: it may never change."
            )
        _manage("migrate", "--no-input", "--verbosity", "0")
        _manage("collectstatic", "--no-input", "--verbosity", "0")
        _manage("make_roles")
        _staff_user(options)
        _manage(
            "check", "--database", "default"
        )  # which also writes down what proves SUPPRESSION_KEY
    except CannotInstall as error:
        print(f"newsroom: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\nnewsroom: setup was ended; run it again to go on.", file=sys.stderr)
        return 130
    _say("Done. `python manage.py up` runs everything in one terminal.")
    return 0


def write_env(env_file: Path, values: dict[str, str]) -> None:
    """Readable for its owner only, whole or not at all, and never over an existing file. Raises CannotInstall."""
    lines = {"NEWSROOM_MODE": "production"}
    lines |= {name: secrets.token_urlsafe(KEY_BYTES) for name in KEYS}
    text = "".join(f"{name}={value}\n" for name, value in (lines | values).items())
    draft = env_file.with_name(f"{env_file.name}.{secrets.token_hex(4)}")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(text, encoding="utf-8")
        os.link(draft, env_file)  # unlike a rename, refuses to replace
    except OSError as error:
        raise CannotInstall(f"{env_file} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="manage.py setup", description=(__doc__ or "").splitlines()[0])
    for name, help_text in QUESTIONS.items():
        parser.add_argument(f"--{name.lower().replace('_', '-')}", help=help_text)
    parser.add_argument("--staff", help="user name of the first staff user")
    parser.add_argument("--staff-email", default="")
    parser.add_argument(
        "--no-input", action="store_true", help="ask nothing; fail where something is missing"
    )
    return parser


def _values(options: Namespace) -> dict[str, str]:
    """Each from its option, else the environment, else the person at the terminal. Raises CannotInstall."""
    values = {}
    for name, question in QUESTIONS.items():
        value = getattr(options, name.lower()) or os.environ.get(name, "")
        if not value and options.no_input:
            raise CannotInstall(f"{name} is missing: give --{name.lower().replace('_', '-')}.")
        values[name] = value or input(f"{question}: ").strip()
        if not values[name]:
            raise CannotInstall(f"{name} cannot be empty.")
        if not values[name].isprintable():
            raise CannotInstall(f"{name} must be one line.")
    return values


def _staff_user(options: Namespace) -> None:
    name = options.staff or (
        "" if options.no_input else input("Staff user name (empty for none): ")
    )
    if not name:
        _say("No staff user was made; `manage.py createsuperuser` makes one.")
        return
    given = os.environ.get("STAFF_PASSWORD") or ("" if options.no_input else getpass("Password: "))
    password = given or secrets.token_urlsafe(12)
    _manage(
        "createsuperuser",
        "--no-input",
        "--username",
        name,
        "--email",
        options.staff_email,
        extra={"DJANGO_SUPERUSER_PASSWORD": password},
    )
    if not given:
        _say(f"Staff user {name}, password {password} (change it after the first login).")


def _manage(*command: str, extra: dict[str, str] | None = None) -> None:
    """In a process of its own, which reads the .env just written. Raises CannotInstall."""
    environment = {name: value for name, value in os.environ.items() if name != "NEWSROOM_MODE"}
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment | (extra or {}),
        check=False,
    )
    if done.returncode:
        raise CannotInstall(f"`manage.py {command[0]}` did not work; the line above says why.")


def _say(text: str) -> None:
    print(text, flush=True)
