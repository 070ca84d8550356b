"""The rule of two people is ended by nobody whom it binds, on any way there is."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from digests.choices import ApprovalRule
from digests.decisions.second_person import END_RULE
from digests.models import Schedule, Template
from newsroom.roles import ROLES
from subscriptions.models import Newsletter
from tests.builders import Press
from tests.digests.test_admin_pages import schedule_form
from tests.staff import chief, member, signed_in

NOBODY = ApprovalRule.SEND_ASSEMBLED
REFUSED = "A schedule that sends without anybody takes the permission"


@pytest.fixture
def newsletter(press: Press) -> Newsletter:
    newsletter = press.newsletter()
    press.schedule(newsletter)
    Template.objects.update(needs_second_person=True)
    return newsletter


def page(newsletter: Newsletter) -> str:
    return f"/admin/subscriptions/newsletter/{newsletter.pk}/change/"


def save(client: Client, newsletter: Newsletter, **changes: str) -> str:
    form = schedule_form(newsletter, newsletter.schedules.first() or Schedule(), **changes)
    return client.post(page(newsletter), form, follow=True).text


def is_on() -> bool:
    return Template.objects.get().needs_second_person


def trusted() -> Client:
    """A publisher who may end it."""
    user = member("publisher", "trusted")
    user.user_permissions.add(Permission.objects.get(codename=END_RULE.partition(".")[2]))
    client = Client()
    client.force_login(user)
    return client


def test_no_role_may_end_it() -> None:
    assert not any(END_RULE in permissions for permissions in ROLES.values())


def test_a_publisher_cannot_untick_it_and_reads_why(newsletter: Newsletter) -> None:
    client = signed_in("publisher")
    shown = client.get(page(newsletter)).text
    assert (
        "Only staff with the permission “Can end the rule of two people” can switch it off."
        in shown
    )
    assert "was changed successfully" in save(
        client, newsletter, **{"template-0-minimum_stories": "4"}
    )
    assert is_on()
    assert Template.objects.get().minimum_stories == 4


def test_whoever_has_the_permission_switches_it_off_and_anybody_switches_it_on(
    newsletter: Newsletter,
) -> None:
    save(trusted(), newsletter)
    assert not is_on()
    save(signed_in("publisher"), newsletter, **{"template-0-needs_second_person": "on"})
    assert is_on()
    save(chief(), newsletter)
    assert not is_on()


def test_a_page_from_before_it_was_switched_on_switches_nothing_off(newsletter: Newsletter) -> None:
    """Its box was open and empty; what was changed on it is saved."""
    client = trusted()
    Template.objects.update(needs_second_person=False)
    form = schedule_form(newsletter, newsletter.schedules.get(), **{"template-0-subject": "{lead}"})
    Template.objects.update(needs_second_person=True)
    signed_in("publisher").post(page(newsletter), form)
    assert is_on()
    assert Template.objects.get().subject == "{lead}"
    assert client.get(page(newsletter)).status_code == 200


@pytest.mark.parametrize("way", ["changed", "activated", "added"])
def test_a_publisher_makes_no_schedule_send_without_anybody(
    newsletter: Newsletter, way: str
) -> None:
    changes = {"template-0-needs_second_person": "on", "schedules-0-approval_rule": NOBODY}
    if way == "activated":
        Schedule.objects.update(is_active=False, approval_rule=NOBODY)
    if way == "added":
        changes = added(newsletter) | {"template-0-needs_second_person": "on"}
    before = list(Schedule.objects.values_list("is_active", "approval_rule"))
    assert REFUSED in save(signed_in("publisher"), newsletter, **changes)
    assert list(Schedule.objects.values_list("is_active", "approval_rule")) == before


def added(newsletter: Newsletter) -> dict[str, str]:
    first = {
        name.replace("schedules-0-", "schedules-1-"): value
        for name, value in schedule_form(newsletter, newsletter.schedules.get()).items()
        if name.startswith("schedules-0-")
    }
    other = {"slot": "evening", "id": "", "approval_rule": NOBODY}
    changes = first | {f"schedules-1-{name}": value for name, value in other.items()}
    return changes | {"schedules-TOTAL_FORMS": "2"}  # type: ignore[return-value]  # as a form is posted


def test_both_at_once_are_refused_as_well(newsletter: Newsletter) -> None:
    """The box is empty in the same form: it stays ticked, so the schedule is bound."""
    assert REFUSED in save(
        signed_in("publisher"), newsletter, **{"schedules-0-approval_rule": NOBODY}
    )
    assert is_on()


def test_whoever_may_is_warned_of_a_schedule_that_sends_without_anybody(
    newsletter: Newsletter,
) -> None:
    changes = {"template-0-needs_second_person": "on", "schedules-0-approval_rule": NOBODY}
    warned = "its schedule “main” sends at the deadline what nobody has approved"
    assert warned in save(trusted(), newsletter, **changes)
    assert Schedule.objects.get().approval_rule == NOBODY
    # It did so before: its times may be changed by those who are bound.
    changes |= {"schedules-0-local_time": "08:00"}
    assert warned in save(signed_in("publisher"), newsletter, **changes)
    assert Schedule.objects.get().local_time.hour == 8


def test_where_one_person_is_enough_the_schedule_is_theirs(newsletter: Newsletter) -> None:
    Template.objects.update(needs_second_person=False)
    save(signed_in("publisher"), newsletter, **{"schedules-0-approval_rule": NOBODY})
    assert Schedule.objects.get().approval_rule == NOBODY


def test_whoever_looks_after_staff_finds_the_permission_among_a_persons(
    newsletter: Newsletter,
) -> None:
    user = User.objects.create(username="anna")
    assert (
        "Can end the rule of two people" in chief().get(f"/admin/auth/user/{user.pk}/change/").text
    )
