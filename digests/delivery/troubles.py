"""When staff hear that sending does not get on: not of every hiccup, but before readers miss their paper."""

from collections.abc import Collection
from datetime import datetime, timedelta

from digests.choices import AlertKind
from digests.models import Alert, Digest, Slice
from digests.notices import alerts
from subscriptions.mailing import letters, transports
from subscriptions.mailing.mail import MailRoute
from subscriptions.models import Publisher

PATIENCE = timedelta(minutes=2)
TEXT = "Nothing has gone out for {minutes} minutes. {trouble}"


def rest(
    route: MailRoute, why: str, rest_seconds: float, *, now: datetime, needs_person: bool = False
) -> None:
    """Let a way out rest, for all processes; staff hear of it once it is down: at once where only they can mend it."""
    goes_down = transports.note_trouble(
        route.name, why, rest_seconds=rest_seconds, now=now, is_down=needs_person
    )
    address = Publisher.objects.current().alert_address
    if goes_down and address:
        letters.write(alerts.TRANSPORT_LETTER, address, {"name": route.name, "why": why}, now=now)


def tell(troubled: Collection[int], going_on: Collection[int], text: str, *, now: datetime) -> None:
    """Alert about digests that stand still, and take the alert back for those that go on (ids of digests)."""
    if going_on:
        Alert.objects.filter(
            digest_id__in=going_on, kind=AlertKind.SENDING, cleared_at=None
        ).update(cleared_at=now)
    waiting = Digest.objects.under_way().filter(
        pk__in=set(troubled) - set(going_on), frozen_at__lte=now - PATIENCE
    )
    for digest in waiting:
        if not _got_on(digest, since=now - PATIENCE):
            said = TEXT.format(minutes=int(PATIENCE.total_seconds() // 60), trouble=text)
            alerts.raise_alert(digest, AlertKind.SENDING, said, now=now)


def _got_on(digest: Digest, *, since: datetime) -> bool:
    return Slice.objects.filter(batch__digest=digest, settled_at__gt=since, is_lost=False).exists()
