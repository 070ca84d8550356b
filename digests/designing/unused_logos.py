"""Files of logos that nobody uses: brought to a page that was then refused, or never saved.

A logo that was ever saved is in its template's history, from where it may come back, and in the mails that show it: it
stays.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import connection, transaction

from digests.designing.logos import FOLDER
from digests.models import LookChange, Template, Version

# A page that was refused may lie open so long, with its logo beside it.
KEPT = timedelta(days=7)
MOST = 200  # a call; the next one goes on


def purge(*, now: datetime) -> list[str]:
    """Take away what is unused and old enough; returns the names. A file that is gone already is no harm."""
    used = _used()
    gone = []
    for name in _files():
        if name in used or default_storage.get_modified_time(name) > now - KEPT:
            continue
        # What was never saved is in no mail; this is for templates that have gone, with their history.
        if Version.objects.filter(html__contains=name).exists():
            continue
        if _take_away(name):
            gone.append(name)
        if len(gone) == MOST:
            break
    return gone


def _files() -> Iterator[str]:
    try:
        _folders, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:  # no logo was ever kept
        return
    yield from (f"{FOLDER}/{name}" for name in sorted(names))


def _used() -> set[str]:
    now = Template.objects.exclude(logo="").values_list("logo", flat=True)
    ever = LookChange.objects.values_list("values__logo", flat=True).distinct().order_by()
    return {*map(str, now), *(str(name) for name in ever if name)}


def _take_away(name: str) -> bool:
    """Delete a logo's file unless it is used by now; return whether it was deleted.

    The lock waits for anybody who is saving a template. Anybody who saves one meanwhile waits, and then finds the file
    gone (saving.py).
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE digests_template IN EXCLUSIVE MODE")
        if name in _used():
            return False
        default_storage.delete(name)
    return True
