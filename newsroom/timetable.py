"""What beat rings for, and how often. An entry that nobody takes in time is dropped: the next one does its work."""

from typing import Any

A_MINUTE = 60  # seconds


def timetable(tick_seconds: int) -> dict[str, dict[str, Any]]:
    return {
        "tick": _entry("digests.tasks.tick", tick_seconds),
        "letters": _entry("subscriptions.tasks.sweep_letters", tick_seconds),
        "events": _entry("digests.tasks.process_events", tick_seconds),
        "reminders": _entry("subscriptions.tasks.remind", 10 * A_MINUTE),
        "purge": _entry("subscriptions.tasks.purge", 60 * A_MINUTE),
        "logos": _entry("digests.tasks.purge_logos", 60 * A_MINUTE),
        "mail_domains": _entry("digests.tasks.ask_mail_domains", A_MINUTE),
        "sources": _entry("digests.tasks.fetch_due_sources", A_MINUTE),
    }


def _entry(task: str, seconds: int) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}
