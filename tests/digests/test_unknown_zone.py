"""A machine whose time zones are out of date: staff are told, every page of the desk opens, nothing else is stopped."""

from datetime import timedelta

import pytest

from digests.choices import DigestState
from digests.models import Digest, Schedule, WebhookMessage
from digests.notices.alerts import SERVICE_LETTER
from digests.plan import planning
from subscriptions.clock import database_now
from subscriptions.models import Letter, Newsletter, Publisher
from tests.builders import Press
from tests.staff import chief

MARS = "Mars/Olympus_Mons"
FOLDER = "Europe"  # of zones, and none itself


@pytest.fixture
def newsletter(press: Press) -> Newsletter:
    Publisher.objects.update(alert_address="desk@example.org")
    newsletter = press.newsletter()
    press.schedule(newsletter, zone=MARS)
    return newsletter


def test_staff_are_told_once_and_other_schedules_are_planned(
    press: Press, newsletter: Newsletter
) -> None:
    press.schedule(press.newsletter("Good News"), planned_until=database_now())
    now = database_now() + timedelta(days=1)
    for _tick in range(3):
        planning.plan_due(now=now)
    assert Digest.objects.filter(newsletter__name="Good News").exists()
    assert not Digest.objects.filter(newsletter=newsletter).exists()
    letter = Letter.objects.get(kind=SERVICE_LETTER, address="desk@example.org")
    assert "Morning Briefing (main)" in letter.context["title"]
    assert MARS in letter.context["text"]
    assert "time zone" in letter.context["text"]


@pytest.mark.parametrize("zone", [MARS, FOLDER])
@pytest.mark.parametrize("state", [DigestState.DRAFT, DigestState.APPROVED, DigestState.HELD])
def test_every_page_of_the_desk_opens(
    press: Press, newsletter: Newsletter, state: DigestState, zone: str
) -> None:
    Schedule.objects.update(zone=zone)
    digest = press.approved(newsletter, due_at=database_now() + timedelta(hours=3))
    Digest.objects.filter(pk=digest.pk).update(zone=zone, state=state)
    client = chief()
    pages = [
        f"/admin/digests/digest/{digest.pk}/{page}/" for page in ("change", "compose", "preview")
    ]
    pages += ["/admin/", "/admin/digests/digest/", "/admin/digests/digest/calendar/"]
    pages += [f"/admin/subscriptions/newsletter/{newsletter.pk}/change/"]
    for page in pages:
        assert client.get(page).status_code == 200, page


def test_a_publisher_whose_zone_is_unknown_has_a_desk(press: Press) -> None:
    Publisher.objects.update(zone=MARS)
    client = chief()
    for page in ("/admin/", "/admin/digests/digest/calendar/", "/admin/digests/booking/"):
        assert client.get(page).status_code == 200, page
    assert not WebhookMessage.objects.exists()
