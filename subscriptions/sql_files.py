"""The database's functions and triggers: each is a file in an app's folder `sql/`, which migrations install."""

from pathlib import Path

from django.db import migrations

ROOT = Path(__file__).parents[1]


def text_of(app: str, name: str) -> str:
    return (ROOT / app / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def install(app: str, name: str) -> migrations.RunSQL:
    """The operation of a migration. Going back leaves the function: nothing of before calls it."""
    return migrations.RunSQL(text_of(app, name), migrations.RunSQL.noop)
