"""The desk tells how mail leaves when that is not as usual, and staff may have it tried again."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client

from subscriptions.clock import database_now
from subscriptions.mailing import transports
from subscriptions.mailing.mail import as_fallback, parse_mail_url
from subscriptions.models import TransportState
from tests.builders import Press
from tests.staff import chief, signed_in

MAIN, FALLBACK = "smtp mail.example.org", "mailgun"


@pytest.fixture(autouse=True)
def _routes(settings: LazySettings) -> None:
    main = parse_mail_url("smtp://mail.example.org?connections=8")
    settings.MAIL_ROUTES = {"digests": main, "letters": main}


def with_fallback(settings: LazySettings) -> None:
    main = settings.MAIL_ROUTES["digests"]
    fallback = as_fallback(parse_mail_url("mailgun://KEY@mg.example.org"), main)
    settings.MAIL_ROUTES = settings.MAIL_ROUTES | {"fallback": fallback}


def desk(client: Client | None = None) -> str:
    return (client or chief()).get("/admin/").content.decode()


def fail(times: int) -> None:
    now = database_now() - timedelta(seconds=1)
    for _time in range(times):
        transports.note_trouble(MAIN, "421 4.3.2 Too <busy>", rest_seconds=30, now=now)
        if _time < times - 1:
            transports.end_rest(MAIN, now=now)


def test_a_single_way_that_is_well_is_not_talked_about(press: Press) -> None:
    assert "Sending routes" not in desk()


def test_a_way_that_rests_says_why_and_until_when(press: Press) -> None:
    fail(1)
    words = desk()
    assert "421 4.3.2 Too &lt;busy&gt;" in words
    assert "Backing off until" in words
    assert "Try it again now" in words


def test_the_fallback_in_use_is_named(press: Press, settings: LazySettings) -> None:
    with_fallback(settings)
    client = chief()
    assert "Standby" in desk(client)
    fail(3)
    words = desk(client)
    assert "Down since" in words
    assert "Digests are sent by this route." in words
    assert words.index(MAIN) < words.index("Down since") < words.index("In use")


def test_a_way_that_comes_back_tells_its_connections(press: Press) -> None:
    fail(1)
    now = database_now()
    transports.end_rest(MAIN, now=now)
    transports.note_success(MAIN, now=now)
    assert "1 connection may be open" in desk()


def test_staff_may_have_it_tried_at_once(press: Press) -> None:
    fail(3)
    client = chief()
    answer = client.post("/admin/digests/digest/try-way-out/", {"way": MAIN}, follow=True)
    assert "is tried again now" in answer.content.decode()
    assert TransportState.objects.get().rests_until <= database_now()
    again = client.post("/admin/digests/digest/try-way-out/", {"way": MAIN}, follow=True)
    assert "The route is in use again." in again.content.decode()


def test_only_who_may_send_may_have_it_tried(press: Press) -> None:
    fail(1)
    client = signed_in("analyst")
    assert client.post("/admin/digests/digest/try-way-out/", {"way": MAIN}).status_code == 403
    assert client.get("/admin/digests/digest/try-way-out/").status_code == 405
    assert "Try it again now" not in client.get("/admin/").content.decode()
