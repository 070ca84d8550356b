"""A column with a time, in the publisher's zone and with the zone named."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from subscriptions.local_times import here

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def moment(field: str, description: "StrOrPromise", *, without: "StrOrPromise" = "–") -> Any:
    """Make a column for a moment, for the body of a ModelAdmin; `without` while the row has no such time."""

    @admin.display(description=description, ordering=field)
    def shown(_model_admin: Any, row: Any) -> str:
        at = getattr(row, field)
        return here(at) if at else str(without)

    return shown
