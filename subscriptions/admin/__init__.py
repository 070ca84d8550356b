"""Newsletters, readers and what was said and sent to them, for staff."""

from subscriptions.admin import letters, newsletters, publisher, subscribers, suppressions

__all__ = ["letters", "newsletters", "publisher", "subscribers", "suppressions"]
