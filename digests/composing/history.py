"""What editors did to a digest, for those who look back, and for pages that have fallen behind."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db.models import QuerySet

from digests.models import Change, Digest

PAGE = 30
MOST_CHANGES = 200
NEWS = 5  # a page that has missed more is shown how it stands, not how it came to


def page_of(digest: Digest, before: int | None = None) -> tuple[list[Change], int | None]:
    """The newest first, and the number to go on before; None at the beginning."""
    changes = _told(digest)
    if before is not None:
        changes = changes.filter(number__lt=before)
    found = list(changes.order_by("-number")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].number if len(found) > PAGE else None


def news_for(digest: Digest, user: User, since: int) -> Iterable[Change]:
    """What others did after a revision, the oldest first; only the latest of it."""
    others = _told(digest).filter(number__gt=since).exclude(by=user)
    return reversed(others.order_by("-number")[:NEWS])


def latest_of_fields(digest: Digest, since: int) -> dict[str, dict[str, Change]]:
    """The last change of each field after a revision, by target; of the latest changes, where there are very many."""
    found: dict[str, dict[str, Change]] = {}
    for change in _told(digest).filter(number__gt=since).order_by("-number")[:MOST_CHANGES]:
        for target, fields in change.after.items():
            for name in fields or ():
                found.setdefault(target, {}).setdefault(name, change)
    return found


def can_undo(digest: Digest, user: User) -> bool:
    return digest.changes.filter(by=user, undoes=None, is_undone=False).exists()


def can_redo(digest: Digest, user: User) -> bool:
    """May be refused all the same: others may have changed the same since."""
    own = digest.changes.filter(by=user, is_undone=False).order_by("-number")
    last = own.filter(undoes__isnull=False, undoes__undoes=None).first()
    newest = own.filter(undoes=None).first()
    return last is not None and (newest is None or newest.number < last.number)


def _told(digest: Digest) -> QuerySet[Change]:
    return digest.changes.select_related("by", "digest", "undoes__undoes")
