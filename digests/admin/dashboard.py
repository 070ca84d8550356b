"""The desk: what is wrong, what goes out today and tomorrow, and what a new house needs first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from digests.admin.house import house
from digests.admin.ways_out import ways_out
from digests.choices import EDITABLE_STATES, OPEN_STATES, UNDER_WAY_STATES
from digests.decisions import second_person
from digests.models import Alert, Approval, Digest, Schedule, Source
from digests.plan.agenda import agenda
from digests.words.second_person_words import of_waiting
from subscriptions.clock import database_now
from subscriptions.models import Letter, Newsletter, Publisher

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Step:
    is_done: bool
    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    digest: Digest
    sentences: list[str]
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
            "confirmations": confirmations(user, now=now),
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


def confirmations(user: Any, *, now: datetime) -> list[Confirmation]:
    """What waits for this person as the second one; what is being sent comes first."""
    if not user.has_perm(second_person.APPROVE):
        return []
    waiting = Approval.objects.waiting().exclude(by=user)
    states = OPEN_STATES if not user.has_perm(second_person.SEND) else EDITABLE_STATES
    found = waiting.filter(digest__state__in=states).select_related(
        "by", "version", "digest__newsletter", "digest__approved_version", "digest__sending_version"
    )
    urgency = Case(When(digest__state__in=UNDER_WAY_STATES, then=0), default=1)
    return [
        Confirmation(
            one.digest, of_waiting(one.digest, one, now=now), second_person.page_of(one.digest)
        )
        for one in found.order_by(urgency, "digest__due_at")[:SHOWN]
    ]


def first_steps(publisher: Publisher) -> list[Step]:
    """Return the first steps, in the order in which they make sense."""
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
