"""Who has a digest open just now, told by their pages every few seconds."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from digests.models import Digest, Presence

STAYS = timedelta(seconds=20)  # four polls
KEPT = timedelta(days=1)


def arrive(digest: Digest, user: User, place: str, *, now: datetime) -> None:
    """Note that a user is at this place of a digest.

    One statement, however often; rows of yesterday are deleted with it.
    """
    Presence.objects.bulk_create(
        [Presence(digest=digest, user=user, place=place[:40], seen_at=now)],
        update_conflicts=True,
        unique_fields=["digest", "user"],
        update_fields=["place", "seen_at"],
    )
    Presence.objects.filter(digest=digest, seen_at__lt=now - KEPT).delete()


def leave(digest: Digest, user: User) -> None:
    Presence.objects.filter(digest=digest, user=user).delete()


def others(digest: Digest, user: User, *, now: datetime) -> Iterable[Presence]:
    """Those who are there beside the user, by name; at most ten."""
    return (
        Presence.objects.filter(digest=digest, seen_at__gt=now - STAYS)
        .exclude(user=user)
        .select_related("user")
        .order_by("user__first_name", "user__username")[:10]
    )
