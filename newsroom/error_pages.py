"""What is said where a page cannot be shown: to staff in the look of the desk, to everybody else in the publisher's."""

import sys
from http import HTTPStatus

from django.contrib import admin
from django.db import Error, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.defaults import permission_denied, server_error

from newsroom.staff_pages import is_staff_page
from subscriptions import pages

AGAIN_SECONDS = 5
# Errors that PostgreSQL counts among wrong transactions, though the next one may pass: this server serves readers only
# since another took over, or it gave the transaction up because it took too long.
PASSING = frozenset({"25006", "25P03", "25P04"})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _at_the_desk(request, "admin/404.html", HTTPStatus.NOT_FOUND) or pages.not_found(
        request, exception
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _at_the_desk(request, "admin/403.html", HTTPStatus.FORBIDDEN) or permission_denied(
        request, exception
    )


def failed(request: HttpRequest) -> HttpResponse:
    """500; and 503 where the database does not answer, so that caches, robots and mail services come again."""
    is_database = _is_passing(sys.exc_info()[1])
    response = _at_the_desk(
        request, "admin/500.html", HTTPStatus.INTERNAL_SERVER_ERROR
    ) or server_error(request)
    if is_database:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response["Retry-After"] = str(AGAIN_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def _is_passing(error: BaseException | None) -> bool:
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) in PASSING
    return isinstance(error, OperationalError | InterfaceError)


def _at_the_desk(request: HttpRequest, template: str, status: HTTPStatus) -> HttpResponse | None:
    """None: it is no page of the desk, nobody of staff asks, or the database does not say who does."""
    if not is_staff_page(request):
        return None
    try:
        if not admin.site.has_permission(request):
            return None
        return TemplateResponse(
            request, template, admin.site.each_context(request), status=status
        ).render()
    except (AttributeError, Error):  # AttributeError: it failed before anybody was known
        return None
