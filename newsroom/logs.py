"""What every process writes to its log, and what never stands there: links that do something, and addresses."""

import logging
import logging.config
import re
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import InterfaceError, OperationalError

from newsroom.env import Environment

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
CUT = "…"
LONGEST_PATH = 200

# A link names its reader after one of these; cut or forged ones are cut as well, so no length is asked for.
_LINK = re.compile(
    r"(/(?:confirm|not-me|unsubscribe|stop|preferences/manage|preferences/address|preferences)/)(?!manage/|address/)"
    r"[^/\s\"'<>?#]+"
)
# Tokens in other places: return paths, subjects of mails that ask to leave. The shortest has 42 characters.
_TOKEN = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{42,}(?![\w-])")
_PASSWORD = re.compile(r"(?<=://)[^/\s]+(?=@)")
# The host stays: it tells which provider is in trouble. All that may stand in an address goes, hence also what stands
# right before it, such as a path whose query it is in. Read once, from where it may begin, however long it is.
_LOCAL = r"\w.!#$&'*+/=?^`{|}~-"
_ADDRESS = re.compile(
    rf"(?:(?<![%{_LOCAL}])|(?<=%40))(?!@|%40)(?P<quote>[{{'`]*+)(?:[{_LOCAL}]|%(?!40))*+"
    r"(?=(?:@|%40)[\w-]+(?:\.[\w-]+)+)"
)
# Said at each doorbell, every ten seconds; a task that fails is said louder.
_QUIET = ("celery.app.trace", "celery.beat", "celery.worker.strategy")


def discreet(text: str) -> str:
    """The same without links, tokens, passwords and the names in addresses."""
    text = _LINK.sub(rf"\1{CUT}", text)
    text = _PASSWORD.sub(CUT, text)
    text = _ADDRESS.sub(rf"\g<quote>{CUT}", text)
    return _TOKEN.sub(CUT, text)


class NoFaultOfOurs(logging.Filter):
    """A database that is away, or a request that nobody could answer, is a line and not its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and record.name == "django.request" and is_away(error):
            record.msg, record.args = f"{record.getMessage()}: {first_line(error)}", None
            record.exc_info = record.exc_text = None
        elif record.name.startswith("django.") and getattr(record, "status_code", 500) < 500:
            if record.name.startswith("django.security"):  # which does not say of what
                record.msg, record.args = f"{record.getMessage()}: {_path(record)}", None
            record.exc_info = record.exc_text = None
        return True


def is_away(error: BaseException) -> bool:
    """Does the database not answer, or is it going away? Not: it waited for a lock, or was told to stop."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(("08", "53", "57P"))


def _path(record: logging.LogRecord) -> str:
    """Return the path as it came; what would begin a line of its own is escaped."""
    path = getattr(getattr(record, "request", None), "path", "")
    return path[:LONGEST_PATH].encode("unicode_escape").decode()


def first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


class DiscreetFormatter(logging.Formatter):
    """Cuts the whole line, traceback and all: what a library says of its data is not for it to know."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))


def level(env: Environment) -> str:
    """LOG_LEVEL. Raises ImproperlyConfigured."""
    word = env.text("LOG_LEVEL", "INFO").strip().upper()
    if word not in LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL is {word!r}; write one of {', '.join(LEVELS)}.")
    return word


def logging_settings(level: str) -> dict[str, Any]:
    quiet = "DEBUG" if level == "DEBUG" else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "class": f"{__name__}.DiscreetFormatter",
                "format": "{asctime} {levelname} {name}: {message}",
                "style": "{",
            },
        },
        "filters": {"brief": {"()": NoFaultOfOurs}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "filters": ["brief"],
                "formatter": "line",
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "NOTSET"},  # no handlers of Django's own
            "django.db.backends": {"level": "WARNING"},
            "django.server": {"handlers": [], "propagate": True},
            **{name: {"level": quiet} for name in _QUIET},
        },
    }


def for_celery(chosen: int, file: str | None) -> None:
    """Workers and beat write as the other processes do. Their `--loglevel` and `--logfile` go before LOG_LEVEL."""
    from django.conf import settings

    if chosen != logging.WARNING:  # what Celery says where nobody has chosen
        settings.LOGGING = logging_settings(logging.getLevelName(chosen))
    if file:
        settings.LOGGING["handlers"]["console"] = {
            "class": "logging.handlers.WatchedFileHandler",
            "filename": file,
            "encoding": "utf-8",
            "filters": ["brief"],
            "formatter": "line",
        }
    logging.config.dictConfig(settings.LOGGING)
