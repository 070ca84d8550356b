"""A model's row as JSON, for a database function that writes several tables at once.

It holds every column with the model's own default, so that a function need not know those it does not care for.
"""

import json
from typing import Any

from django.db import models


def row(instance: models.Model) -> dict[str, Any]:
    """Column names to values, without the primary key. Fill in beforehand what save() would (auto_now_add)."""
    return {
        field.column: getattr(instance, field.attname)
        for field in instance._meta.concrete_fields
        if not field.primary_key
    }


def rows_json(**rows: dict[str, Any]) -> str:
    """Moments are written with all their digits, in a form that PostgreSQL reads."""
    return json.dumps(rows, default=str)
