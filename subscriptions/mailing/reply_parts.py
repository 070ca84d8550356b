"""Small questions to a service's JSON, which may be of any shape."""

from collections.abc import Sized
from typing import Any

from subscriptions.mailing.service import ACCEPTED, ReaderAnswer, Reply


def text(data: Any, *names: str) -> str:
    """What stands there, as text; empty where nothing does."""
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return "" if data is None or isinstance(data, dict | list) else str(data)


def dicts(data: Any, name: str = "") -> list[dict[str, Any]] | None:
    """The list of objects there, or the data itself without a name; None: it is none."""
    found = data.get(name) if name and isinstance(data, dict) else data
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        return None
    return found


def listed(data: Any, name: str = "") -> list[dict[str, Any]]:
    """The same where there must be one. Raises ValueError: nothing found and nothing readable are two things."""
    found = dicts(data.get(name) if name and isinstance(data, dict) else data)
    if found is None or (name and not isinstance(data, dict)):
        raise ValueError(f"it lists nothing under {name or 'its answer'}")
    return found


def accepted_all(readers: Sized) -> list[ReaderAnswer]:
    return [ACCEPTED] * len(readers)


def coded_fault(code: str, words: str) -> Any:
    """Return a reader of faults, for services that write an error as an object with these two fields."""

    def fault(reply: Reply) -> tuple[str, str] | None:
        if reply.is_good or not text(reply.data, words):
            return None
        return text(reply.data, code), text(reply.data, words)

    return fault
