"""What is said where the database cannot serve a request: come again; and what is an error of ours stays one."""

import re
from types import SimpleNamespace

import psycopg.errors
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import Error, InterfaceError, InternalError, OperationalError, ProgrammingError
from django.test import Client, RequestFactory
from django.utils.functional import SimpleLazyObject

from newsroom import error_pages
from newsroom.odd_requests import OddRequests
from subscriptions.models import Publisher
from tests.builders import Press
from tests.newsroom.test_starting import database_away
from tests.staff import chief


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


def test_without_a_database_the_page_is_the_papers_all_the_same(client: Client, db: None) -> None:
    """Where this process has shown its name before."""
    Publisher.objects.update_or_create(pk=1, defaults={"name": "The Tidings", "colour": "#772211"})
    client.raise_request_exception = False
    assert client.get("/").status_code == 200
    with database_away():
        away = client.get("/")
        wrong = client.get("/?" + "&".join(f"a{n}=1" for n in range(1200)))
    assert (away.status_code, wrong.status_code) == (503, 400)
    for answer in (away, wrong):
        assert "The Tidings" in answer.content.decode()
        assert "#772211" in answer.content.decode()
        nonce = re.search(r"'nonce-([^']+)'", answer["Content-Security-Policy"])
        assert nonce
        assert f'<style nonce="{nonce[1]}">' in answer.content.decode()


def test_a_form_of_the_desk_without_its_proof_says_what_to_do(press: Press) -> None:
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/admin/login/", {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert "reload the page" in answer.content.decode()
    browser.force_login(User.objects.create_superuser("chief", password="newsroom"))
    answer = browser.post("/admin/digests/source/add/", {"name": "x"})
    assert answer.status_code == 403
    assert "<h2>This page is out of date</h2>" in answer.content.decode()


def test_a_wrong_request_at_the_desk_is_told_there(press: Press) -> None:
    boss = chief()
    answer = boss.get("/admin/digests/source/", {"name": "\0"})
    assert answer.status_code == 400
    assert "<h2>That request did not work</h2>" in answer.content.decode()
    elsewhere = boss.get("/admin/", HTTP_HOST="evil.example.org")
    assert elsewhere.status_code == 400


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
