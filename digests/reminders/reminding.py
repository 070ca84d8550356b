"""A word to staff before the deadline, once: nobody has approved it, and this is what will happen."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.choices import AlertKind, DigestState
from digests.models import Digest, Preflight
from digests.notices import alerts
from digests.words.outlook import deadline_sentence


def due_ids(*, now: datetime) -> list[int]:
    """Drafts between their reminder and their deadline that staff have not been told of."""
    due = Digest.objects.filter(
        state=DigestState.DRAFT,
        assembled_at__isnull=False,
        reminded_at__isnull=True,
        remind_at__lte=now,
        deadline_at__gt=now,
    )
    return list(due.order_by("deadline_at").values_list("pk", flat=True)[:500])


def remind(digest_id: int, *, now: datetime) -> bool:
    """Whether it was this call that told staff."""
    with transaction.atomic():
        waiting = Digest.objects.filter(
            pk=digest_id, state=DigestState.DRAFT, reminded_at__isnull=True, deadline_at__gt=now
        )
        if not waiting.filter(remind_at__lte=F("deadline_at")).update(reminded_at=now):
            return False
        digest = Digest.objects.select_related("newsletter", "approved_version").get(pk=digest_id)
        alerts.raise_alert(digest, AlertKind.DEADLINE, _text(digest), now=now)
    return True


def _text(digest: Digest) -> str:
    waiting = digest.approvals.waiting().select_related("by").first()
    if waiting is None:
        sentences = [_("Nobody has approved it yet.")]
    else:
        text = _("%(who)s approved it; the second approval is missing.")
        sentences = [text % {"who": waiting.by or _("Somebody")}]
    sentences.append(deadline_sentence(digest))
    found = Preflight.objects.filter(digest=digest).first()
    if found is not None and found.blocking:
        sentences.append(
            ngettext(
                "Preflight: %(number)s error blocks it.",
                "Preflight: %(number)s errors block it.",
                found.blocking,
            )
            % {"number": found.blocking}
        )
    return " ".join(sentences)
