"""A digest that somebody has paused while its readers wait, and nobody has thought of since."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.choices import AlertKind, DigestState
from digests.counts.progress import progress_of
from digests.models import Alert, Batch, Digest
from digests.notices import alerts
from digests.words.outlook import readers_text

PATIENCE = timedelta(minutes=10)
AT_ONCE = 100
# What pauses by itself has told why, in the moment in which it did.
TOLD_BY = (AlertKind.HELD, AlertKind.SENDING, AlertKind.PAUSED)


def tell(*, now: datetime) -> list[int]:
    """Raise an alert for each, once for each pause, and take back those of digests that go on."""
    paused = Digest.objects.filter(state=DigestState.PAUSED)
    standing = Alert.objects.filter(kind=AlertKind.PAUSED, cleared_at=None)
    standing.exclude(digest__in=paused).update(cleared_at=now)
    told = []
    for digest in _forgotten(paused, now).select_related("newsletter")[:AT_ONCE]:
        with transaction.atomic():
            alerts.raise_alert(digest, AlertKind.PAUSED, _text(digest, now), now=now)
        told.append(digest.pk)
    return told


def _forgotten(paused: QuerySet[Digest], now: datetime) -> QuerySet[Digest]:
    said = Alert.objects.filter(
        digest=OuterRef("pk"), kind__in=TOLD_BY, raised_at__gte=OuterRef("paused_at")
    )
    waiting = Batch.objects.filter(digest=OuterRef("pk"), finished_at=None)
    long = paused.filter(paused_at__lte=now - PATIENCE)
    return long.filter(Exists(waiting), ~Exists(said)).order_by(F("paused_at"))


def _text(digest: Digest, now: datetime) -> str:
    minutes = int((now - digest.paused_at).total_seconds() // 60) if digest.paused_at else 0
    since = ngettext(
        "It has been paused for %(number)s minute.",
        "It has been paused for %(number)s minutes.",
        minutes,
    ) % {"number": minutes}
    waiting = progress_of(digest.pk).waiting
    who = ngettext(
        "%(readers)s waits for it. Resume it, or cancel it.",
        "%(readers)s wait for it. Resume it, or cancel it.",
        waiting,
    ) % {"readers": readers_text(waiting)}
    approval = digest.approvals.waiting().select_related("version").first()
    if approval is None:
        return f"{since} {who}"
    number = approval.version.number
    confirm = _("Version %(number)s waits for a second person.") % {"number": number}
    return f"{since} {who} {confirm}"
