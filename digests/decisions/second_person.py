"""The rule of two people: where it holds, who may confirm, and how they learn that an approval waits for them."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse

from digests.choices import AlertKind
from digests.models import Approval, Digest, Template
from digests.notices import alerts
from digests.words.second_person_words import of_waiting

APPROVE = "digests.approve_digest"
SEND = "digests.send_digest"
# Whoever has it may end the rule for a newsletter, or let a schedule send what nobody has approved.
END_RULE = "digests.end_rule_of_two"
BACKEND = "django.contrib.auth.backends.ModelBackend"
MOST_TOLD = 50


def is_needed(digest: Digest) -> bool:
    """Return whether a digest needs a second approval; also if an approval of it needed one before.

    Ending the rule puts no waiting approval in force.
    """
    rule = Template.objects.filter(newsletter=digest.newsletter_id, needs_second_person=True)
    return rule.exists() or digest.approvals.filter(needs_second=True).exists()


def confirmers(digest: Digest, approval: Approval) -> QuerySet[User]:
    """Staff who may; what is being sent takes the right to send as well."""
    found = User.objects.with_perm(APPROVE, backend=BACKEND).filter(is_staff=True)
    if digest.is_under_way:
        found = found.filter(pk__in=User.objects.with_perm(SEND, backend=BACKEND).values("pk"))
    first = [approval.by_id] if approval.by_id else []
    return found.exclude(pk__in=first).order_by("username")


def page_of(digest: Digest) -> str:
    """Return the address of the page where a digest is looked at and confirmed."""
    page = "live" if digest.is_under_way else "release_alert" if digest.is_urgent else "approve"
    return reverse(f"admin:digests_digest_{page}", args=[digest.pk])


def tell(digest: Digest, approval: Approval, *, now: datetime) -> None:
    """That it waits, at once, to each who may confirm it; inside the caller's transaction."""
    text = " ".join(of_waiting(digest, approval, now=now))
    addresses = confirmers(digest, approval).exclude(email="").values_list("email", flat=True)
    alerts.tell(digest, AlertKind.SECOND, text, now=now, also_to=addresses[:MOST_TOLD])
