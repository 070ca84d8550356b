"""`manage.py setup`: from a checkout to an installation. Runs before there are settings, so without Django.

It tries database, Redis and mail server, and only then writes .env with random keys; makes the tables, collects static
files, creates the role groups and the first staff user. Run again, it keeps the .env that is there, names each option
that says something else, and brings the rest up to date.
"""

import os
import secrets
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from newsroom import database_url, env_file, redis_url, site_url
from newsroom.env import FALSE_WORDS, KEY_BYTES, TRUE_WORDS
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.smtp_url import BadMailUrl

ROOT = Path(__file__).resolve().parents[1]
KEYS = ("SECRET_KEY", "LINK_KEYS", "SUPPRESSION_KEY")
QUESTIONS = {
    "SITE_URL": "Address of the site, such as https://news.example.org",
    "DATABASE_URL": "PostgreSQL, such as postgres://user:password@127.0.0.1:5432/newsroom",
    "REDIS_URL": "Redis, such as redis://127.0.0.1:6379/0",
    "MAIL_URL": "Mail, such as smtp://user:password@mail.example.org:587?tls=starttls",
}
READERS = {
    "SITE_URL": site_url.parse,
    "DATABASE_URL": database_url.database,
    "REDIS_URL": redis_url.parse,
    "MAIL_URL": parse_mail_url,
}
PROXY_QUESTION = (
    "Is there a proxy in front that sets X-Forwarded-Proto and X-Forwarded-For itself, as docs/proxy/ "
    "shows? [Y/n] "
)
NO_PROXY_HINT = (
    "SITE_URL is https: with a proxy in front, write TRUST_PROXY=1 and TRUSTED_PROXIES=1 into .env, or no "
    "HSTS is sent, and readers count as one network (--behind-proxy does it)."
)


class CannotInstall(Exception):
    """Setup cannot go on. The text is one line: what is missing or wrong, or which step did not work."""


def main(arguments: list[str], env: Path = ROOT / ".env") -> int:
    options = _parser().parse_args(arguments)
    try:
        _settle_env(env, options)
        _manage("migrate", "--no-input", "--verbosity", "0")
        _manage("collectstatic", "--no-input", "--verbosity", "0")
        _manage("make_roles")
        _staff_user(options)
        # Which also writes down what proves SUPPRESSION_KEY.
        _manage("check", "--database", "default")
    except CannotInstall as error:
        print(f"newsroom: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\nnewsroom: setup was ended; run it again to go on.", file=sys.stderr)
        return 130
    _say("Done. `python manage.py up` runs everything in one terminal.")
    return 0


def _settle_env(env: Path, options: Namespace) -> None:
    """Make sure that the file is there and that every server answers. Raises CannotInstall."""
    if env.exists():
        _refuse_others(env, options)
        _say(f"{env} is there already and stays as it is.")
        _try_servers({}, f"Put it right in {env}, then run setup again.")
        return
    values = _values(options)
    values |= _proxy(values["SITE_URL"], options)
    values = complete(values)
    _try_servers(values, "Nothing was written: run setup again.")
    write_env(env, values)
    _say(f"{env} is written. Keep its SUPPRESSION_KEY with your backups: it may never change.")


def write_env(env: Path, values: Mapping[str, str]) -> None:
    """Readable for its owner only, whole or not at all, and never over an existing file. Raises CannotInstall."""
    text = "".join(f"{name}={value}\n" for name, value in values.items())
    draft = env.with_name(f"{env.name}.{secrets.token_hex(4)}")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(text, encoding="utf-8")
        os.link(draft, env)  # unlike a rename, refuses to replace
    except OSError as error:
        raise CannotInstall(f"{env} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="manage.py setup", description=(__doc__ or "").splitlines()[0])
    for name, help_text in QUESTIONS.items():
        parser.add_argument(_option(name), help=help_text)
    proxy = parser.add_mutually_exclusive_group()
    proxy.add_argument(
        "--behind-proxy",
        action="store_true",
        default=None,
        help="a proxy in front sets X-Forwarded-Proto and X-Forwarded-For itself: TRUST_PROXY=1, TRUSTED_PROXIES=1",
    )
    proxy.add_argument("--no-proxy", dest="behind_proxy", action="store_false", default=None)
    parser.add_argument("--staff", help="user name of the first staff user")
    parser.add_argument("--staff-email", default="")
    parser.add_argument(
        "--no-input", action="store_true", help="ask nothing; fail where something is missing"
    )
    return parser


def complete(values: Mapping[str, str]) -> dict[str, str]:
    """With new keys."""
    keys = {name: secrets.token_urlsafe(KEY_BYTES) for name in KEYS}
    return {"NEWSROOM_MODE": "production"} | keys | dict(values)


def _values(options: Namespace) -> dict[str, str]:
    """Each from its option, else the environment, else the person at the terminal. Raises CannotInstall."""
    values = {}
    for name in QUESTIONS:
        value = getattr(options, name.lower()) or os.environ.get(name, "")
        if not value and options.no_input:
            raise CannotInstall(f"{name} is missing: give {_option(name)}.")
        if value and (wrong := _what_is_wrong(name, value)):
            raise CannotInstall(wrong)
        values[name] = value or _asked(name)
    return values


def _asked(name: str) -> str:
    """Until it is one that can be read."""
    while True:
        value = input(f"{QUESTIONS[name]}: ").strip()
        wrong = _what_is_wrong(name, value)
        if not wrong:
            return value
        _say(wrong)


def _what_is_wrong(name: str, value: str) -> str:
    if not value:
        return f"{name} cannot be empty."
    if not value.isprintable():
        return f"{name} must be one line."
    try:
        READERS[name](value)
    except ImproperlyConfigured as error:
        return str(error)
    except BadMailUrl as error:
        return f"{name} cannot be used. {error}"
    return ""


def _proxy(site: str, options: Namespace) -> dict[str, str]:
    """What the site believes of the requests that it gets."""
    is_behind = options.behind_proxy
    if is_behind is None and site_url.parse(site).is_https:
        if options.no_input:
            _say(NO_PROXY_HINT)
        else:
            is_behind = input(PROXY_QUESTION).strip().lower() not in {"n", "no"}
    return {"TRUST_PROXY": "1", "TRUSTED_PROXIES": "1"} if is_behind else {}


def _refuse_others(env: Path, options: Namespace) -> None:
    """An option that says something else than the file that stays. Raises CannotInstall."""
    try:
        kept = env_file.read(env)
    except ImproperlyConfigured as error:
        raise CannotInstall(str(error)) from error
    except OSError as error:
        raise CannotInstall(f"{env} cannot be read: {error.strerror}.") from error
    others = [
        f"{_option(name)} (its line {name}=…)"
        for name in QUESTIONS
        if (given := getattr(options, name.lower())) and given != kept.get(name)
    ]
    trust = kept.get("TRUST_PROXY", "0").strip().lower()
    if options.behind_proxy is not None and trust not in (
        TRUE_WORDS if options.behind_proxy else FALSE_WORDS
    ):
        others.append("--behind-proxy or --no-proxy (its line TRUST_PROXY=…)")
    if others:
        raise CannotInstall(
            f"{env} is there already and says otherwise than {', '.join(others)}. Edit that line, or "
            "leave the option out; do not delete the file: without its SUPPRESSION_KEY the list of "
            "suppressed readers cannot be read."
        )


def _try_servers(values: Mapping[str, str], then: str) -> None:
    """In a process that has these settings. Raises CannotInstall."""
    try:
        _manage("check_surroundings", "--without-site", extra=values)
    except CannotInstall:
        raise CannotInstall(
            f"A server does not do; the lines above say what to write. {then}"
        ) from None


def _staff_user(options: Namespace) -> None:
    name = options.staff or (
        "" if options.no_input else input("Staff user name (empty for none): ").strip()
    )
    if not name:
        _say("No staff user was made; `manage.py make_staff NAME` makes one.")
        return
    made_up = secrets.token_urlsafe(12)
    is_made_up = options.no_input and not os.environ.get("STAFF_PASSWORD")
    said = _manage(
        "make_staff",
        name,
        "--email",
        options.staff_email,
        extra={"STAFF_PASSWORD": made_up} if is_made_up else {},
        is_heard=is_made_up,
    )
    if said:
        _say(said)
    if is_made_up and "is made" in said:
        _say(f"Its password is {made_up} (change it after the first login).")


def _manage(*command: str, extra: Mapping[str, str] | None = None, is_heard: bool = False) -> str:
    """In a process of its own, which reads the .env just written; returns what it says if it is heard.

    Raises CannotInstall.
    """
    environment = {name: value for name, value in os.environ.items() if name != "NEWSROOM_MODE"}
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment | dict(extra or {}),
        stdout=subprocess.PIPE if is_heard else None,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotInstall(f"`manage.py {command[0]}` did not work; the line above says why.")
    return (done.stdout or "").strip()


def _option(name: str) -> str:
    return f"--{name.lower().replace('_', '-')}"


def _say(text: str) -> None:
    print(text, flush=True)
