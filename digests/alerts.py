"""Telling staff, on their pages and by letter, that a digest needs a person. Never twice while it stands."""

from datetime import datetime

from digests.choices import AlertKind, DigestState
from digests.models import Alert, Digest
from subscriptions import letters
from subscriptions.models import Publisher

ALERT_LETTER = "digest_alert"
TEXT_LENGTH = 300


def stop(digest: Digest, state: DigestState, kind: AlertKind, text: str, *, now: datetime) -> None:
    """Move a digest to a state in which it does not go out, and say so; inside the caller's transaction."""
    digest.state = state
    digest.state_reason = text[:TEXT_LENGTH]
    digest.save(update_fields=["state", "state_reason"])
    raise_alert(digest, kind, text, now=now)


def raise_alert(digest: Digest, kind: AlertKind, text: str, *, now: datetime) -> None:
    _alert, is_new = Alert.objects.get_or_create(
        digest=digest,
        kind=kind,
        cleared_at=None,
        defaults={"text": text[:TEXT_LENGTH], "raised_at": now},
    )
    address = Publisher.objects.current().alert_address
    if is_new and address:
        letters.write(ALERT_LETTER, address, {"digest": digest.pk, "text": text}, now=now)


def clear(digest: Digest, kind: AlertKind | None = None, *, now: datetime) -> None:
    """Somebody has seen to it: to all of it, or to alerts of that kind."""
    standing = Alert.objects.filter(digest=digest, cleared_at=None)
    (standing.filter(kind=kind) if kind else standing).update(cleared_at=now)
