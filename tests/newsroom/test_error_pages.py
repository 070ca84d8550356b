"""What is said where the database cannot serve a request: come again; and what is an error of ours stays one."""

from types import SimpleNamespace

import psycopg.errors
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import Error, InterfaceError, InternalError, OperationalError, ProgrammingError
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from newsroom import error_pages
from newsroom.odd_requests import OddRequests


def wrapped(error: Error, cause: psycopg.Error) -> Error:
    """As Django hands on what psycopg raises."""
    error.__cause__ = cause
    return error


FOR_THE_MOMENT = {
    "no server": OperationalError("connection failed: Connection refused"),
    "closed": InterfaceError("the cursor is closed"),
    "shut down": wrapped(OperationalError(), psycopg.errors.AdminShutdown()),
    "crashed": wrapped(OperationalError(), psycopg.errors.CrashShutdown()),
    "starting": wrapped(OperationalError(), psycopg.errors.CannotConnectNow()),
    "full": wrapped(OperationalError(), psycopg.errors.TooManyConnections()),
    "locked": wrapped(OperationalError(), psycopg.errors.LockNotAvailable()),
    "a standby": wrapped(InternalError(), psycopg.errors.ReadOnlySqlTransaction()),
    "too slow": wrapped(InternalError(), psycopg.errors.IdleInTransactionSessionTimeout()),
}
OURS = {
    "no table": wrapped(ProgrammingError(), psycopg.errors.UndefinedTable()),
    "in a failed one": wrapped(InternalError(), psycopg.errors.InFailedSqlTransaction()),
    "no error of the database": ValueError("nothing to do with it"),
}
PATHS = ["/", "/admin/"]


def answer(error: Exception, path: str, **of_request: object) -> tuple[int, str | None, str]:
    request = RequestFactory().get(path)
    vars(request).update(of_request)
    try:
        raise error
    except type(error):
        response = error_pages.failed(request)
    assert response["Cache-Control"] == "no-store"
    return response.status_code, response.get("Retry-After"), response.content.decode()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", FOR_THE_MOMENT)
def test_what_passes_by_itself_asks_to_come_again(name: str, path: str) -> None:
    status, again, words = answer(FOR_THE_MOMENT[name], path)
    assert (status, again) == (503, "5")
    assert "again in a few minutes" in words


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", OURS)
def test_an_error_of_ours_does_not(name: str, path: str) -> None:
    assert answer(OURS[name], path)[:2] == (500, None)


@pytest.mark.parametrize("name", FOR_THE_MOMENT)
def test_at_the_desk_nobody_can_be_known_either(name: str) -> None:
    def who() -> AnonymousUser:
        raise FOR_THE_MOMENT[name]

    found = answer(FOR_THE_MOMENT[name], "/admin/", user=SimpleLazyObject(who))
    assert found[:2] == (503, "5")


@pytest.mark.parametrize("name", FOR_THE_MOMENT)
def test_a_list_that_is_looked_through_is_no_wrong_request_then(name: str) -> None:
    request = RequestFactory().get("/admin/digests/digest/?state=draft")
    request.resolver_match = SimpleNamespace(url_name="digests_digest_changelist")  # type: ignore[assignment]
    middleware = OddRequests(lambda _request: pytest.fail("is not asked"))
    # For a wrong request it would raise BadRequest.
    middleware.process_exception(request, FOR_THE_MOMENT[name])


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (FOR_THE_MOMENT["a standby"], 503, "The database does not answer just now"),
        (OURS["no table"], 500, "Something went wrong"),
    ],
)
def test_staff_are_told_whose_fault_it_is(
    db: None, error: Exception, status: int, title: str
) -> None:
    user = User.objects.create_superuser("chief", password="newsroom")
    found = answer(error, "/admin/", user=user, session={})
    assert found[0] == status
    assert f"<h2>{title}</h2>" in found[2]
