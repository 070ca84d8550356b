"""The part of the composer's page that sends a test to a few people, and tells how it went."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from digests.admin.composer_board import staff
from digests.admin.row_ids import row_id
from digests.composing.testing import (
    addresses_in,
    colleagues,
    send_test,
    sent_tests,
    strangers_among,
)
from digests.drafts.refusals import Refused
from digests.models import Digest
from subscriptions.addresses import mask
from subscriptions.admin.tracing import trace
from subscriptions.choices import LetterState
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.models import Letter
from subscriptions.tasks import send_letter

PART = "admin/digests/composer/tests.html"
MOST_TYPED = 2000  # characters of addresses


def tests(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    """GET tells how tests stand, POST sends them; both answer with the lines for the page."""
    if request.method != "POST":
        found = map(row_id, request.GET.getlist("id"))
        ids = [test_id for test_id in found if test_id is not None]
        return _lines(request, sent_tests(digest, ids))
    if not model_admin.has_change_permission(request, digest):
        raise PermissionDenied
    typed = addresses_in(request.POST.get("others", "")[:MOST_TYPED])
    wanted = [*request.POST.getlist("colleague"), *typed]
    try:
        written = send_test(digest, wanted, staff(request), now=database_now())
    except Refused as refusal:
        return render(request, PART, {"refused": str(refusal)}, status=422)
    for letter in written:
        ring(send_letter, letter.pk)
    trace(request, [digest], _told(written))
    return _lines(request, written)


def _told(written: list[Letter]) -> str:
    """Name the addresses for the digest's history, which colleagues read.

    The addresses of people who are no colleagues are masked.
    """
    strangers = strangers_among([letter.address for letter in written])
    names = [
        mask(letter.address) if letter.address in strangers else letter.address
        for letter in written
    ]
    return _("A test was sent to %(names)s.") % {"names": ", ".join(names)}


def _lines(request: HttpRequest, written: list[Letter]) -> HttpResponse:
    is_waiting = any(letter.state == LetterState.PENDING for letter in written)
    return render(request, PART, {"letters": written, "is_waiting": is_waiting})


def testers(request: HttpRequest) -> list[tuple[str, str, bool]]:
    """Address, name, and whether it is the one who asks."""
    return [
        (user.email, user.get_full_name() or user.get_username(), user.pk == request.user.pk)
        for user in colleagues()
    ]
