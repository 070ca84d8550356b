"""Newsletters, readers and what was said and sent to them, for staff."""

from subscriptions.admin import (
    embedded_forms,
    letters,
    newsletters,
    publisher,
    subscribers,
    suppressions,
)

__all__ = ["embedded_forms", "letters", "newsletters", "publisher", "subscribers", "suppressions"]
