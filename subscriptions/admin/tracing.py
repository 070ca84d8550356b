"""One line in the log of what staff did, for each row that an action changed."""

from collections.abc import Iterable

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.http import HttpRequest


def trace(request: HttpRequest, rows: Iterable[Model], text: str) -> None:
    """Who, when, and what, in the words that the person was told; inside the transaction of the change."""
    LogEntry.objects.log_actions(request.user.pk, rows, CHANGE, change_message=text)  # type: ignore[arg-type]  # any rows do
