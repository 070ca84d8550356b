"""Services that do not answer what they have accepted: a key that lacks a right, for the most part."""

from django.utils.translation import gettext as _

from digests.models import Question
from subscriptions.condition import Trouble
from subscriptions.mailing.mail import service_of
from subscriptions.mailing.services import service_named

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
            % {"service": _title(question.transport)},
            question.trouble,
        )
        for question in rows
    ]


def being_asked(digest_id: int) -> str:
    """The service that is being asked about readers of this digest, or called again; empty: none."""
    waiting = Question.objects.filter(batch__digest_id=digest_id, settled_at=None, trouble="")
    return _title(waiting.values_list("transport", flat=True).first() or "")


def _title(transport: str) -> str:
    """As its people write it; the name of the way, where it is no service any more."""
    service = service_named(service_of(transport))
    return transport if service is None else service.title
