"""Services that do not answer what they have accepted: a key that lacks a right, for the most part."""

from django.utils.translation import gettext as _

from digests.models import Question
from subscriptions.condition import Trouble

PART = "delivery"
# A service that only hiccups is asked again within minutes.
PATIENCE_ATTEMPTS = 3


def troubles() -> list[Trouble]:
    """One for each service, with its words for staff."""
    open_ones = Question.objects.filter(settled_at=None, attempts__gte=PATIENCE_ATTEMPTS)
    rows = open_ones.exclude(trouble="").order_by("transport", "-due_at").distinct("transport")
    return [
        Trouble(
            PART,
            _("%(service)s does not say whether it has accepted readers who are in doubt.")
            % {"service": question.transport},
            question.trouble,
        )
        for question in rows
    ]


def being_asked(digest_id: int) -> str:
    """The way that is being asked about readers of this digest; empty: none."""
    waiting = Question.objects.filter(batch__digest_id=digest_id, settled_at=None, trouble="")
    return waiting.values_list("transport", flat=True).first() or ""
