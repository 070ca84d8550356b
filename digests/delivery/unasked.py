"""Services that do not answer what they have accepted: a key that lacks a right, for the most part."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from digests.models import Question
from subscriptions.condition import Trouble
from subscriptions.mailing.mail import service_of
from subscriptions.mailing.services import service_named

PART = "delivery"
# A service that only hiccups is asked again within minutes.
PATIENCE_ATTEMPTS = 3


def troubles() -> list[Trouble]:
    """Return one trouble for each service that does not answer our questions, with its words for staff."""
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


class Standing(NamedTuple):
    """How the asking goes at one service, for readers of one digest."""

    service: str
    trouble: str = ""
    is_settled: bool = False  # nobody will hear of the readers who are still in doubt
    is_by_key: bool = False  # it is called again, not asked


def standings(digest_id: int) -> list[Standing]:
    """Those that go on, and those given up; without those that were answered."""
    questions = Question.objects.filter(batch__digest_id=digest_id)
    rows = questions.exclude(settled_at__isnull=False, trouble="").order_by("transport", "trouble")
    found = rows.values_list("transport", "trouble", "settled_at").distinct("transport", "trouble")
    return [
        Standing(_title(way), trouble, settled_at is not None, _is_by_key(way))
        for way, trouble, settled_at in found
    ]


def _is_by_key(transport: str) -> bool:
    service = service_named(service_of(transport))
    return service is not None and service.repeats_by_key


def _title(transport: str) -> str:
    """Return a service's name as its people write it; the sending route's name, where it is no service any more."""
    service = service_named(service_of(transport))
    return transport if service is None else service.title
