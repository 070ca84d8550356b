"""The calendar's pages: who may look, who may plan, and what is said."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digests.choices import DigestState
from digests.models import Digest, Schedule
from subscriptions.clock import database_now
from tests.builders import Press
from tests.staff import signed_in

CALENDAR = "/admin/digests/digest/calendar/"


@pytest.fixture
def schedule(press: Press) -> Schedule:
    return press.schedule(press.newsletter(), zone="UTC", planned_until=database_now())


def in_days(number: int) -> str:
    return f"{database_now().date() + timedelta(days=number):%Y-%m-%d}"


def planned(schedule: Schedule, number: int = 3) -> str:
    return f"{CALENDAR}{schedule.pk}/{in_days(number)}/"


def told(response: object) -> str:
    return str(list(get_messages(response.wsgi_request))[-1])  # type: ignore[attr-defined]


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?view=week",
        "?view=month&on=2026-02-01",
        "?on=nonsense&view=year&newsletter=x",
        "?on=0001-01-01",
        "?on=9999-12-31&view=week",
    ],
)
def test_every_view_answers_whatever_is_asked(schedule: Schedule, query: str) -> None:
    page = text(signed_in("analyst"), CALENDAR + query)
    assert "Times are those of UTC" in page
    assert "Make a digest" not in page


def test_the_month_marks_today_and_names_what_is_planned_tomorrow(schedule: Schedule) -> None:
    page = text(signed_in("publisher"), CALENDAR)
    assert page.count('aria-current="date"') == 1
    assert "1 planned" in page
    assert f"{CALENDAR}{schedule.pk}/{in_days(1)}/" in page
    assert "Make a digest" in page


def test_held_and_missed_are_red_and_said_in_words(press: Press, schedule: Schedule) -> None:
    today = database_now().date()
    press.digest(schedule.newsletter, local_date=today, state=DigestState.HELD)
    page = text(signed_in("curator"), f"{CALENDAR}?view=week")
    assert "cal-bad" in page
    assert '<span class="desk-badge desk-bad">On hold</span>' in page


def test_a_holiday_is_skipped_and_taken_back(schedule: Schedule) -> None:
    client = signed_in("publisher")
    assert "Skip this digest" in text(client, planned(schedule))
    response = client.post(planned(schedule), {"do": "skip", "reason": "A holiday"})
    assert response["Location"].startswith(CALENDAR)
    assert told(response).startswith("The digest is skipped.")
    digest = Digest.objects.get()
    assert digest.state_reason == "Skipped by publisher. A holiday"
    # The page of what was planned leads to what there is now.
    assert client.get(planned(schedule))["Location"].endswith(f"/{digest.pk}/change/")

    assert "Skipped by publisher. A holiday" in text(
        client, f"/admin/digests/digest/{digest.pk}/unskip/"
    )
    client.post(f"/admin/digests/digest/{digest.pk}/unskip/")
    assert Digest.objects.get().state == DigestState.DRAFT
    client.post(f"/admin/digests/digest/{digest.pk}/skip/", {"reason": ""})
    assert Digest.objects.get().state == DigestState.SKIPPED
    assert LogEntry.objects.count() == 3


def test_one_is_moved_and_a_time_that_makes_no_sense_is_said_on_the_page(
    schedule: Schedule,
) -> None:
    client = signed_in("publisher")
    for at in ("tomorrow", "", f"{in_days(3)}T09:00+01:00"):
        response = client.post(planned(schedule), {"do": "move", "at": at})
        assert response.status_code == 200
    assert not Digest.objects.exists()
    response = client.post(planned(schedule), {"do": "move", "at": f"{in_days(4)}T09:00"})
    assert "already. Move or skip that one first." in told(response)
    response = client.post(planned(schedule), {"do": "move", "at": f"{in_days(3)}T09:00"})
    assert response.status_code == 302
    assert Digest.objects.get().due_at.hour == 9


def test_one_is_made_now_or_by_hand(schedule: Schedule) -> None:
    client = signed_in("publisher")
    client.post(planned(schedule), {"do": "make"})
    assert Digest.objects.count() == 1
    form = {"schedule": schedule.pk, "day": in_days(5)}
    assert client.post(f"{CALENDAR}make/", form).status_code == 302
    again = client.post(f"{CALENDAR}make/", form)
    assert "has a digest of" in again.content.decode()
    past = client.post(f"{CALENDAR}make/", form | {"day": in_days(-2)})
    assert "That day has passed." in past.content.decode()
    assert Digest.objects.count() == 2


@pytest.mark.parametrize("role", ["curator", "analyst", "audience"])
def test_who_may_not_send_plans_nothing(schedule: Schedule, role: str) -> None:
    client = signed_in(role)
    assert "Skip this digest" not in text(client, planned(schedule))
    for url in (planned(schedule), f"{CALENDAR}make/"):
        assert client.post(url, {"do": "skip"}).status_code == 403
    assert not Digest.objects.exists()


def test_what_is_no_occurrence_is_not_found(schedule: Schedule) -> None:
    client = signed_in("publisher")
    for url in (
        planned(schedule, -3),
        f"{CALENDAR}{schedule.pk}/nonsense/",
        f"{CALENDAR}0/{in_days(1)}/",
    ):
        assert client.get(url).status_code == 404
    assert Client().get(CALENDAR).status_code == 302


def test_the_page_asks_no_more_where_there_are_more(press: Press, schedule: Schedule) -> None:
    client = signed_in("publisher")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            text(client, CALENDAR)
        return len(captured)

    queries()
    few = queries()
    for number in range(30):
        newsletter = press.newsletter(f"Letter {number}")
        press.schedule(newsletter, planned_until=database_now())
        press.digest(newsletter, local_date=database_now().date())
    assert queries() == few
