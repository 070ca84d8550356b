"""A day with a name, for what is about weekdays and dates: nothing here asks the real clock."""

from datetime import UTC, datetime

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
