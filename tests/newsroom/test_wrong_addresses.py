"""Any address of the desk that names nothing: an answer in the desk's own look, or the list; never an error of ours."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from digests.choices import DigestState
from digests.models import Digest
from newsroom import error_pages
from tests.builders import Press
from tests.staff import chief, member, signed_in

HOLE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
# What Django has for every model; it needs no more than to be asked.
PLAIN = re.compile(r"^admin/\w+/\w+/<path:object_id>/(?:(?:change|delete|history)/)?$")
ODD = {
    "424242": ("GET",),
    "9223372036854775808": ("GET", "POST"),
    "abc": ("GET", "POST"),
    "2/nonsense": ("GET",),
    "_5F%00%ff": ("GET",),
}
DAYS = ["2026-13-45", "0001-01-01", "9999-12-31", "today", "%00", "20261130"]


def routes(found: URLResolver, start: str = "") -> Iterator[str]:
    for part in found.url_patterns:
        route = start + str(part.pattern)
        if isinstance(part, URLPattern):
            yield route
        else:
            yield from routes(part, route)


ROUTES = sorted(
    {
        route
        for route in routes(get_resolver())
        # Some of Django's are patterns of an older kind: lists of models, and what nothing else answers.
        if route.startswith("admin/") and HOLE.search(route) and "(?P" not in route
    }
)
OWN = [route for route in ROUTES if not PLAIN.match(route)]


def filled(route: str, odd: str) -> str:
    """Where only digits fit, the first hole alone is odd: the address below a number that is none is meant."""
    if odd.isdecimal():
        return "/" + HOLE.sub(odd, route)
    return "/" + HOLE.sub("1", HOLE.sub(odd, route, count=1))


def errors_among(client: Client, addresses: list[str], *methods: str) -> list[str]:
    client.raise_request_exception = False
    return [
        f"{method} {address[:120]}"
        for address in addresses
        for method in methods
        if client.generic(method, address).status_code >= 500
    ]


def test_the_walk_goes_everywhere() -> None:
    """Every model has its pages among them, and so has what we have added."""
    assert len(ROUTES) > 100
    for end in ("approve/", "live/", "proof/", "alert/", "suppress/", "compose/tests/"):
        assert any(route.endswith(end) for route in OWN), end


@pytest.mark.parametrize("odd", ODD)
def test_no_address_that_names_nothing_is_an_error_of_ours(db: None, odd: str) -> None:
    assert errors_among(chief(), [filled(route, odd) for route in OWN], *ODD[odd]) == []


def test_no_plain_page_of_a_model_is_either(db: None) -> None:
    addresses = [filled(route, "2/nonsense") for route in ROUTES if route not in OWN]
    assert errors_among(chief(), addresses, "GET") == []


def test_a_day_that_is_none_is_no_error(press: Press) -> None:
    schedule = press.schedule(press.newsletter())
    addresses = [f"/admin/digests/digest/calendar/{schedule.pk}/{day}/" for day in DAYS]
    assert errors_among(chief(), addresses, "GET", "POST") == []


@pytest.mark.parametrize("state", [DigestState.DRAFT, DigestState.PAUSED, DigestState.CANCELLED])
def test_every_page_of_a_digest_answers_in_every_state(press: Press, state: str) -> None:
    """Also those that are not offered in it: an address is kept in a bookmark, or was sent to a colleague."""
    newsletter = press.newsletter()
    press.reader(newsletter)
    digest = press.frozen(newsletter)
    Digest.objects.filter(pk=digest.pk).update(state=state)
    addresses = [
        "/" + HOLE.sub(str(digest.pk), route)
        for route in OWN
        if route.startswith(("admin/digests/digest/<int", "admin/digests/digest/<path"))
    ]
    assert len(addresses) > 30
    assert errors_among(chief(), addresses, "GET") == []


@pytest.mark.parametrize("path", ["abc/", "stop/", "424242/", "1/nonsense/", "424242/change/"])
def test_what_is_no_digest_leads_back_to_the_list_with_a_word(db: None, path: str) -> None:
    answer = signed_in("curator").get(f"/admin/digests/digest/{path}", follow=True)
    assert answer.redirect_chain[-1][0] in ("/admin/", "/admin/digests/digest/")
    assert "doesn’t exist" in answer.text


@pytest.mark.parametrize("path", ["424242/live/", "424242/approve/", "abc/approve/", "1/compose/"])
def test_what_is_not_there_is_said_in_the_look_of_the_desk(db: None, path: str) -> None:
    answer = signed_in("publisher").get(f"/admin/digests/digest/{path}")
    assert answer.status_code == 404
    assert "Page not found" in answer.text
    assert 'id="nav-sidebar"' in answer.text
    assert 'href="/admin/"' in answer.text
    assert "See our newsletters" not in answer.text


def test_what_is_not_open_to_a_colleague_is_said_there_as_well(press: Press) -> None:
    digest = press.digest(press.newsletter())
    answer = signed_in("analyst").get(f"/admin/digests/digest/{digest.pk}/approve/")
    assert answer.status_code == 403
    assert "You do not have access to this page" in answer.text
    assert 'id="nav-sidebar"' in answer.text


@pytest.mark.parametrize("role", ["analyst", None])
def test_an_error_of_ours_is_owned_up_to_in_the_look_of_whom_it_meets(
    db: None, rf: RequestFactory, role: str | None
) -> None:
    request = rf.get("/admin/digests/digest/")
    request.user = member(role) if role else AnonymousUser()
    answer = error_pages.failed(request)
    assert answer.status_code == 500
    assert "The error is ours" in answer.text
    assert ('id="nav-sidebar"' in answer.text) == (role is not None)


def test_an_error_before_anybody_is_known_is_owned_up_to_as_well(rf: RequestFactory) -> None:
    assert "The error is ours" in error_pages.failed(rf.get("/admin/")).text


def test_readers_see_their_own_page(client: Client, db: None) -> None:
    assert "See our newsletters" in client.get("/nothing/here/").text
