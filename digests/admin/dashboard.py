"""The desk: what is wrong, what goes out today and tomorrow, and what a new house needs first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from digests.admin.house import house
from digests.admin.ways_out import ways_out
from digests.models import Alert, Schedule, Source
from digests.plan.agenda import agenda
from subscriptions.clock import database_now
from subscriptions.models import Letter, Newsletter, Publisher

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Step:
    is_done: bool
    text: str
    link: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by Unfold for the first page of the admin."""
    now = database_now()
    publisher = Publisher.objects.current()
    user = request.user
    if user.has_perm("digests.view_digest"):
        steps = first_steps(publisher)
        context |= {
            "steps": steps if not all(step.is_done for step in steps) else [],
            "entries": agenda(now=now, zone=publisher.zone),
            "alerts": list(
                Alert.objects.filter(cleared_at=None).select_related("digest__newsletter")[:SHOWN]
            ),
            "house": house(now=now),
            "ways": ways_out(now=now),
            "today": now,
            "zone": publisher.zone,
        }
    if user.has_perm("digests.view_source"):
        context["troubled"] = list(Source.objects.filter(is_active=True, failures__gt=0)[:SHOWN])
    if user.has_perm("subscriptions.view_letter"):
        context["letters_waiting"] = _letters_waiting(now)
    context["title"] = _("Desk")
    return context


def first_steps(publisher: Publisher) -> list[Step]:
    """In the order in which they make sense."""
    newsletter = Newsletter.objects.order_by("pk").first()
    return [
        Step(
            bool(publisher.postal_address),
            _(
                "Say who you are: the paper’s name and logo, its postal address, sender and time zone"
            ),
            reverse("admin:subscriptions_publisher_changelist"),
        ),
        Step(
            newsletter is not None,
            _("Create a newsletter: its name, its sender, what readers are told of it"),
            reverse("admin:subscriptions_newsletter_add"),
        ),
        Step(
            Source.objects.exists(),
            _("Add a source: the feed your stories come from"),
            reverse("admin:digests_source_add"),
        ),
        Step(
            Schedule.objects.exists(),
            _("Give the newsletter a schedule: weekdays, a time, a time zone"),
            _page_of_the_first(newsletter) + "#schedules",
        ),
        Step(
            Newsletter.objects.live().exists(),
            _("Set the newsletter live, so that readers can sign up"),
            _page_of_the_first(newsletter),
        ),
    ]


def _page_of_the_first(newsletter: Newsletter | None) -> str:
    if newsletter is None:
        return reverse("admin:subscriptions_newsletter_add")
    return reverse("admin:subscriptions_newsletter_change", args=[newsletter.pk])


def _letters_waiting(now: datetime) -> int:
    return Letter.objects.due(now).count()
