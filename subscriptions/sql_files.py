"""The database's functions, triggers and views: each is a file in an app's folder `sql/`, which migrations install.

A file that changes needs a new migration that installs it again, or databases that are there already keep the old text.
Words in braces are filled in, so that nothing is written twice: {SubscriptionState.ACTIVE} is a value of `choices`, and
{not_suppressed} and {not_paused} are who may be mailed (models/subscriber.py), for a reader r.
"""

import re
from enum import Enum
from importlib import import_module
from pathlib import Path

from django.db import migrations

from subscriptions.models.subscriber import not_paused_sql, not_suppressed_sql

ROOT = Path(__file__).parents[1]
_CHOICE = re.compile(r"\{(\w+)\.(\w+)\}")


def names_of(app: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / app / "sql").glob("*.sql"))


def text_of(app: str, name: str) -> str:
    """Return a statement as the database gets it. Raises LookupError for words in braces that nobody knows."""
    text = (ROOT / app / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    text = text.replace("{not_suppressed}", not_suppressed_sql())
    text = text.replace("{not_paused}", not_paused_sql("clock_timestamp()"))
    return _CHOICE.sub(lambda found: _literal(app, *found.groups()), text)


def install(app: str, name: str) -> migrations.RunSQL:
    """The operation of a migration. Going back leaves it: nothing of before calls it."""
    return migrations.RunSQL(text_of(app, name), migrations.RunSQL.noop)


def _literal(app: str, choices: str, name: str) -> str:
    for place in (app, "subscriptions"):
        found = getattr(import_module(f"{place}.choices"), choices, None)
        if isinstance(found, type) and issubclass(found, Enum):
            value = found[name].value
            return str(value) if isinstance(value, int) else f"'{value}'"
    raise LookupError(f"No choices are called {choices}.")
