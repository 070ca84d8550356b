"""What is said where a page cannot be shown: to staff in the look of the desk, to everybody else in the publisher's."""

import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import admin
from django.core.exceptions import SuspiciousOperation
from django.db import Error, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from newsroom.staff_pages import is_staff_page
from subscriptions import pages

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

AGAIN_SECONDS = 5
# Errors that PostgreSQL counts among wrong transactions, though the next one may pass: this server serves readers only
# since another took over, or it gave the transaction up because it took too long.
PASSING = frozenset({"25006", "25P03", "25P04"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """What staff are told of a page that cannot be shown."""

    title: "StrPromise"
    text: "StrPromise"


TROUBLES = {
    HTTPStatus.BAD_REQUEST: Trouble(
        _("That request did not work"),
        _(
            "Your browser sent something damaged or too large. What you have saved is safe. Go back and try again."
        ),
    ),
    HTTPStatus.FORBIDDEN: Trouble(
        _("You do not have access to this page"),
        _(
            "It takes a role that you do not have. Ask a colleague who has it, or whoever manages the staff."
        ),
    ),
    HTTPStatus.NOT_FOUND: Trouble(
        _("Page not found"),
        _("The address may be mistyped, or the page has moved."),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: Trouble(
        _("Something went wrong"),
        _(
            "The error is ours. What you have saved is safe. Try again in a minute. If it happens again, tell "
            "your administrator what you did."
        ),
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: Trouble(
        _("The database does not answer just now"),
        _(
            "What you saved before is safe; what you have just sent may not be saved. Try again in a minute. If it "
            "happens again, tell your administrator."
        ),
    ),
}

STALE_FORM = Trouble(
    _("This page is out of date"),
    _(
        "You logged in or out since you opened it, or your browser blocks cookies from this site. What you have saved "
        "is safe. Go back, reload the page and send it again."
    ),
)


def wrong(request: HttpRequest, exception: Exception) -> HttpResponse:
    status = HTTPStatus.BAD_REQUEST
    return _at_the_desk(request, status) or pages.unasked(request, "400.html", status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _at_the_desk(request, HTTPStatus.NOT_FOUND) or pages.not_found(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    status = HTTPStatus.FORBIDDEN
    return _at_the_desk(request, status) or pages.unasked(request, "403.html", status=status)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Where a form of the desk comes without its proof (CSRF). Readers' forms have none."""
    status = HTTPStatus.FORBIDDEN
    at_the_desk = _at_the_desk(request, status, STALE_FORM)
    return at_the_desk or pages.unasked(
        request, "stale_form.html", {"trouble": STALE_FORM}, status=status
    )


def failed(request: HttpRequest) -> HttpResponse:
    """500; and 503 where the database does not answer, so that caches, robots and mail services come again."""
    is_passing = _is_passing(sys.exc_info()[1])
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_passing else HTTPStatus.INTERNAL_SERVER_ERROR
    response = _at_the_desk(request, status) or pages.unasked(request, "500.html", status=status)
    if is_passing:
        response["Retry-After"] = str(AGAIN_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def _is_passing(error: BaseException | None) -> bool:
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) in PASSING
    return isinstance(error, OperationalError | InterfaceError)


def _at_the_desk(
    request: HttpRequest, status: HTTPStatus, trouble: Trouble | None = None
) -> HttpResponse | None:
    """Return the admin's own error page.

    None: the page is not the admin's, nobody of staff asks, or the database does not say who does.
    """
    if not is_staff_page(request):
        return None
    try:
        if not admin.site.has_permission(request):
            return None
        context = admin.site.each_context(request) | {"trouble": trouble or TROUBLES[status]}
        return TemplateResponse(request, "admin/trouble.html", context, status=status).render()
    except (AttributeError, Error, SuspiciousOperation):  # AttributeError: before anybody was known
        return None
