"""Typed readers of the environment that fail in one clear line.

Modes, chosen by NEWSROOM_MODE: `production` (the default) demands every key and URL. `development` and `demo` make
random keys under var/ and use the local servers when no URL is set; `test` does the same for the test suite.
"""

import fcntl
import json
import os
import pwd
import secrets
from collections.abc import Callable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from newsroom import env_file
from subscriptions.secret_strength import KEY_LENGTH, is_weak_key

PRODUCTION = "production"
MODES = (PRODUCTION, "development", "demo", "test")
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})
KEY_BYTES = 48


def forget_servers() -> None:
    """Before there are settings, for what empties its database: the servers that the terminal names are somebody's."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)


class Environment:
    """The process environment, over the file .env beside manage.py."""

    def __init__(self, base_dir: Path) -> None:
        self.base_dir = base_dir
        path = base_dir / ".env"
        self.hint = (
            "Run `python manage.py setup` to write .env, set it as .env.example describes, or try "
            "NEWSROOM_MODE=development."
        )
        if path.is_file() and os.environ.get("NEWSROOM_MODE", PRODUCTION) == PRODUCTION:
            # The demo and the tests never touch a real installation's database or mail server.
            if os.access(path, os.R_OK):
                for name, value in env_file.read(path).items():
                    os.environ.setdefault(name, value)
            else:
                self.hint = (
                    f"{path} may not be read by user {_user()}: work as the user who owns it."
                )
        self.mode = os.environ.get("NEWSROOM_MODE", PRODUCTION)
        if self.mode not in MODES:
            raise ImproperlyConfigured(
                f"NEWSROOM_MODE is {self.mode!r}; it must be one of {', '.join(MODES)}."
            )

    @property
    def is_production(self) -> bool:
        return self.mode == PRODUCTION

    @property
    def state_dir(self) -> Path:
        """Where this mode keeps what it makes: var/ in production, var/<mode>/ otherwise."""
        var = self.base_dir / "var"
        return var if self.is_production else var / self.mode

    def text(self, name: str, default: str | None = None) -> str:
        """The variable, or `default`; without a default it must be set and not empty.

        NAME_FILE, if set, names a file that holds the value (a container secret).
        """
        file_name = os.environ.get(f"{name}_FILE")
        if file_name:
            try:
                return Path(file_name).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is no text"
                raise ImproperlyConfigured(
                    f"{name}_FILE names {file_name}, which cannot be read: {why}."
                ) from error
        value = os.environ.get(name, "")
        if value:
            return value
        if default is None:
            raise ImproperlyConfigured(f"{name} is not set. {self.hint}")
        return default

    def flag(self, name: str, default: bool) -> bool:
        word = os.environ.get(name, "").strip().lower()
        if not word:
            return default
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
        raise ImproperlyConfigured(f"{name} is {word!r}; write 1 or 0.")

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        """Whole and not negative."""
        text = self.text(name, str(default)).strip()
        if not (text.isascii() and text.isdecimal() and int(text) >= least):
            from_on = f", {least} or more" if least else ""
            raise ImproperlyConfigured(f"{name} is {text!r}; write a whole number{from_on}.")
        return int(text)

    def seconds(self, name: str, default: int) -> int:
        """A whole number of seconds, at least one."""
        word = self.text(name, str(default)).strip()
        if not (word.isascii() and word.isdecimal() and int(word) > 0):
            raise ImproperlyConfigured(f"{name} is {word!r}; write a whole number of seconds.")
        return int(word)

    def words(self, name: str, default: str = "") -> list[str]:
        """A list separated by commas or white space."""
        return self.text(name, default).replace(",", " ").split()

    def key(self, name: str) -> str:
        """A secret: from the environment, or, outside production, a random one kept under var/."""
        if self.is_production:
            value = self.text(name)
            if is_weak_key(value):
                raise ImproperlyConfigured(
                    f"{name} can be guessed: it needs {KEY_LENGTH} or more random characters, as "
                    f"`python -c 'import secrets; print(secrets.token_urlsafe({KEY_BYTES}))'` makes them."
                )
            return value
        return self.text(name, "") or self._kept_key(name)

    def _kept_key(self, name: str) -> str:
        path = self.state_dir / "keys.json"
        keys = _read_json(path)
        if name not in keys:
            keys = _update_json(path, lambda kept: {name: secrets.token_urlsafe(KEY_BYTES)} | kept)
        return keys[name]


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's
        return str(os.geteuid())


def _read_json(path: Path) -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"{path} holds this mode's keys and cannot be read. Put it right, or delete it for new ones."
        ) from error
    return kept


def _update_json(path: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> dict[str, str]:
    """Replace the file whole, so that a second process sees the old keys or the new ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / "keys.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        keys = change(_read_json(path))
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(keys, indent=1), encoding="utf-8")
        draft.replace(path)
    return keys
