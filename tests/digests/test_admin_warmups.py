"""Plans for warming up, as staff make and read them."""

from datetime import timedelta

import pytest

from digests.delivery.warmup import plans
from digests.models import WarmUp, WarmUpDay
from subscriptions.clock import database_now
from tests.builders import Press
from tests.staff import chief, signed_in

pytestmark = pytest.mark.django_db
ADD = "/admin/digests/warmup/add/"


def given(**fields: object) -> dict[str, object]:
    values = {
        "provider": "gmail",
        "starts_on": plans.today(database_now()).isoformat(),
        "first_day": "1000",
        "growth_percent": "50",
        "is_active": "on",
    }
    return values | fields


def test_a_plan_is_made_and_says_what_it_allows(press: Press) -> None:
    client = chief()
    assert "Outlook" in client.get(ADD).content.decode()  # offered
    client.post(ADD, given())
    plan = WarmUp.objects.get()
    assert plan.provider == "Gmail"
    WarmUpDay.objects.create(
        plan=plan, provider="Gmail", day=plan.starts_on, ceiling=1000, used=870
    )
    words = client.get(f"/admin/digests/warmup/{plan.pk}/change/").content.decode()
    for shown in ("1,000", "1,500", "2,250", "870 of 1,000"):
        assert shown in words
    assert "Gmail: 870 of 1,000" in client.get("/admin/digests/warmup/").content.decode()


def test_a_second_plan_for_a_provider_is_refused_in_words(press: Press) -> None:
    client = chief()
    client.post(ADD, given())
    words = client.post(ADD, given(provider="GMAIL ")).content.decode()
    assert "This provider has a plan in force already." in words
    assert WarmUp.objects.count() == 1


@pytest.mark.parametrize(
    "fields", [{"first_day": "0"}, {"growth_percent": "300"}, {"starts_on": "soon"}]
)
def test_a_plan_that_makes_no_sense_is_refused(press: Press, fields: dict[str, object]) -> None:
    assert chief().post(ADD, given(**fields)).status_code == 200
    assert not WarmUp.objects.exists()


def test_a_changed_plan_holds_for_today(press: Press) -> None:
    client = chief()
    client.post(ADD, given())
    plan = WarmUp.objects.get()
    WarmUpDay.objects.create(plan=plan, provider="Gmail", day=plan.starts_on, ceiling=1000)
    client.post(f"/admin/digests/warmup/{plan.pk}/change/", given(first_day="4000"))
    assert WarmUpDay.objects.get().ceiling == 4000


def test_the_overview_of_a_digest_shows_the_allowance_before_it_goes_out(press: Press) -> None:
    WarmUp.objects.create(
        provider="", starts_on=plans.today(database_now()) - timedelta(days=1), first_day=60
    )
    newsletter = press.newsletter()
    press.readers(newsletter, 70)
    digest = press.approved(newsletter, due_at=database_now() + timedelta(minutes=10))
    client = chief()
    told = "are over that day’s limit of 60 (0 used)"
    for page in ("change", "approve", "send-now"):
        path = f"/admin/digests/digest/{digest.pk}/{page}/"
        assert told in client.get(path).content.decode(), page


def test_an_analyst_reads_plans_and_changes_none(press: Press) -> None:
    client = signed_in("analyst")
    assert client.get("/admin/digests/warmup/").status_code == 200
    assert client.get(ADD).status_code == 403
