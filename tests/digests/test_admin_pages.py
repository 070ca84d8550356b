from datetime import time, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from digests.choices import AlertKind, DigestState, StateReason
from digests.cohorts import moments
from digests.lifecycle import Move
from digests.models import Alert, Digest, Schedule, Section, Template
from digests.notices import alerts
from digests.state_reasons import Reason
from subscriptions.clock import database_now
from subscriptions.local_times import in_zone
from subscriptions.models import Newsletter
from tests.builders import DAY, NOON, Press
from tests.staff import chief, signed_in

TOO_FEW = Reason.of(StateReason.TOO_FEW_STORIES, found=1, least=3)

# More than this for a page of the admin is a query in a loop: a page of thirty rows would ask thirty more.
MOST_QUERIES = 55

LISTS = [
    "digests/alert",
    "digests/article",
    "digests/digest",
    "digests/source",
    "digests/template",
    "subscriptions/consent",
    "subscriptions/letter",
    "subscriptions/newsletter",
    "subscriptions/subscriber",
    "subscriptions/suppression",
    "auth/user",
    "auth/group",
]


def full_house(press: Press, rows: int) -> None:
    """`rows` of everything that a list shows; half the digests frozen."""
    for number in range(rows):
        newsletter = press.newsletter(f"Briefing {number}")
        press.schedule(newsletter)
        press.readers(newsletter, 2)
        press.frozen(newsletter)
        held = press.digest(newsletter, local_date=DAY + timedelta(days=1))
        press.carry(held, press.article(f"Story of {number}", source=press.source()))
        alerts.stop(held, Move.HOLD_FOR_STORIES, AlertKind.HELD, TOO_FEW, now=NOON)


def test_every_list_answers(press: Press) -> None:
    full_house(press, 1)
    client = chief()
    for path in LISTS:
        assert client.get(f"/admin/{path}/").status_code == 200, path
        assert client.get(f"/admin/{path}/?q=story").status_code in (200, 302), path


@pytest.mark.parametrize("path", ["digests/source", "subscriptions/newsletter", "auth/user"])
def test_every_form_to_add_answers(press: Press, path: str) -> None:
    assert chief().get(f"/admin/{path}/add/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "digests/alert",
        "digests/article",
        "digests/digest",
        "subscriptions/consent",
        "subscriptions/letter",
        "subscriptions/publisher",
        "subscriptions/subscriber",
        "subscriptions/suppression",
    ],
)
def test_what_is_made_by_engines_cannot_be_added_by_hand(press: Press, path: str) -> None:
    assert chief().get(f"/admin/{path}/add/").status_code == 403


def test_every_row_has_a_page(press: Press) -> None:
    full_house(press, 1)
    client = chief()
    for model in (Alert, Digest, Newsletter, Template):
        for row in model._default_manager.all():
            path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}"
            assert client.get(f"{path}/change/").status_code == 200
            assert client.get(f"{path}/history/").status_code == 200
    article = Digest.objects.filter(state=DigestState.HELD).get().sections.get().items.get().article
    assert article is not None
    assert client.get(f"/admin/digests/article/{article.pk}/change/").status_code == 200
    assert client.get(f"/admin/digests/source/{article.source_id}/change/").status_code == 200


@pytest.mark.parametrize("rows", [3, 30])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    press: Press, django_assert_max_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    full_house(press, rows)
    client = chief()
    for path in ("", *(f"{name}/" for name in LISTS)):
        with django_assert_max_num_queries(MOST_QUERIES, info=path):
            assert client.get(f"/admin/{path}").status_code == 200


@pytest.mark.parametrize("number", [3, 30])
def test_neither_does_it_with_the_stories_of_a_digest(
    press: Press, django_assert_max_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, *(press.article(source=press.source()) for _story in range(number)))
    for _story in range(number):
        press.article(source=press.source())
    client = chief()
    for page in ("change", "compose", "preview"):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(f"/admin/digests/digest/{digest.pk}/{page}/").status_code == 200


def test_the_list_of_digests_counts_only_what_was_sent(press: Press) -> None:
    full_house(press, 1)
    words = chief().get("/admin/digests/digest/").content.decode()
    assert "about 2" in words
    assert in_zone(NOON, "Europe/Paris") in words


def test_a_new_house_is_told_what_to_do_first(press: Press) -> None:
    client = chief()
    words = client.get("/admin/").content.decode()
    assert "Say who you are" in words
    assert "Create a newsletter" in words
    assert "Nothing goes out today or tomorrow." in words
    newsletter = press.newsletter()
    assert f'href="/admin/subscriptions/newsletter/{newsletter.pk}/change/#schedules"' in (
        client.get("/admin/").content.decode()
    )
    press.source()
    press.schedule(newsletter)
    assert "Say who you are" in client.get("/admin/").content.decode()
    press.publisher.postal_address = "4 Tannery Quay"
    press.publisher.save()
    assert "Create a newsletter" not in client.get("/admin/").content.decode()


def test_the_desk_shows_what_is_wrong_and_what_goes_out(press: Press) -> None:
    newsletter = press.newsletter()
    now = database_now()
    press.publisher.zone = "Europe/Paris"
    press.publisher.save()
    press.source(name="Port authority", failures=2, last_error="It answered 503.")
    soon = press.digest(newsletter, due_at=now + timedelta(minutes=1), subject="Tonight")
    alerts.raise_alert(soon, AlertKind.HELD, "Nobody approved it.", now=now)
    words = chief().get("/admin/").content.decode()
    for shown in ("Nobody approved it.", "It answered 503.", "Tonight", "Europe/Paris"):
        assert shown in words


def test_what_a_schedule_will_make_is_on_the_agenda_once(press: Press) -> None:
    newsletter = press.newsletter("Night Letter")
    now = database_now()
    press.schedule(newsletter, zone="UTC", local_time=(now + timedelta(hours=2)).time())
    assert chief().get("/admin/").content.decode().count("Planned") >= 1


def test_an_analyst_sees_no_reader(press: Press) -> None:
    reader = press.reader(press.newsletter())
    client = signed_in("analyst")
    assert client.get("/admin/digests/digest/").status_code == 200
    assert client.get("/admin/subscriptions/subscriber/").status_code == 403
    page = f"/admin/subscriptions/subscriber/{reader.pk}/change/"
    assert client.get(page).status_code == 403
    words = client.get("/admin/").content.decode()
    assert "Subscribers" not in words
    assert "Stop all sending" not in words


@pytest.mark.parametrize("role", ["curator", "publisher", "audience", "analyst"])
def test_each_role_has_a_desk(press: Press, role: str) -> None:
    full_house(press, 1)
    assert signed_in(role).get("/admin/").status_code == 200


def test_alerts_are_cleared_by_those_who_may(press: Press) -> None:
    full_house(press, 1)
    alert = Alert.objects.get()
    form = {"action": "clear_chosen", "_selected_action": [alert.pk]}
    signed_in("analyst").post("/admin/digests/alert/", form)
    assert Alert.objects.filter(cleared_at=None).count() == 1
    signed_in("publisher").post("/admin/digests/alert/", form)
    assert Alert.objects.filter(cleared_at=None).count() == 0


def schedule_form(newsletter: Newsletter, schedule: Schedule, **changes: str) -> dict[str, object]:
    template = newsletter.template
    return {
        "name": newsletter.name,
        "slug": newsletter.slug,
        "state": newsletter.state,
        "colour": newsletter.colour,
        "language": "en",
        "position": "0",
        "tracking": "totals",
        "archive": newsletter.archive,
        "sender_address": newsletter.sender_address,
        "postal_address": newsletter.postal_address,
        "template-TOTAL_FORMS": "1",
        "template-INITIAL_FORMS": "1",
        "template-0-id": template.pk,
        "template-0-newsletter": newsletter.pk,
        "template-0-subject": template.subject,
        "template-0-minimum_stories": "1",
        "template-0-no_repeat_days": "7",
        "template-0-uncertain_policy": "resend",
        "template-0-expires_after_hours": "8",
        "template-0-hold_minutes": "10",
        "schedules-TOTAL_FORMS": "1",
        "schedules-INITIAL_FORMS": "1",
        "schedules-0-id": schedule.pk,
        "schedules-0-newsletter": newsletter.pk,
        "schedules-0-slot": "main",
        "schedules-0-is_active": "on",
        "schedules-0-weekdays": [str(day) for day in range(7)],
        "schedules-0-local_time": "07:00",
        "schedules-0-zone": "Europe/Paris",
        "schedules-0-past_rule": "now",
        "schedules-0-lead_minutes": "720",
        "schedules-0-deadline_minutes": "15",
        "schedules-0-approval_rule": schedule.approval_rule,
        "schedules-0-catch_up_minutes": "120",
        "schedules-0-remind_minutes": "30",
    } | changes


def test_a_newsletter_is_planned_on_one_page_and_its_digests_follow(press: Press) -> None:
    newsletter = press.newsletter()
    schedule = press.schedule(newsletter)
    day = (database_now() + timedelta(days=3)).date()
    digest = press.digest(
        newsletter,
        schedule=schedule,
        local_date=day,
        due_at=database_now() + timedelta(days=3),
    )
    page = f"/admin/subscriptions/newsletter/{newsletter.pk}/change/"
    response = signed_in("publisher").post(page, schedule_form(newsletter, schedule))
    assert response.status_code == 302, response.context["errors"]
    digest.refresh_from_db()
    assert digest.due_at.strftime("%H:%M") in ("05:00", "06:00")  # 07:00 in Paris
    newsletter = Newsletter.objects.get(pk=newsletter.pk)
    assert newsletter.template.uncertain_policy == "resend"


def test_a_newsletters_rules_leave_its_look_alone(press: Press) -> None:
    newsletter = press.newsletter()
    schedule = press.schedule(newsletter)
    form = schedule_form(newsletter, schedule, **{"template-0-paper": "#000000"})
    Template.objects.update(paper="#fff8ee")
    page = f"/admin/subscriptions/newsletter/{newsletter.pk}/change/"
    assert signed_in("publisher").post(page, form).status_code == 302
    assert Template.objects.get().paper == "#fff8ee"


def test_a_newsletter_leads_to_its_design(press: Press) -> None:
    newsletter = press.newsletter()
    template = newsletter.template
    page = f"/admin/subscriptions/newsletter/{newsletter.pk}/"
    client = signed_in("analyst")
    assert "Look and sections" in client.get(f"{page}change/").content.decode()
    response = client.get(f"{page}look", follow=True)
    assert response.redirect_chain[-1][0] == f"/admin/digests/template/{template.pk}/change/"


def test_a_schedule_at_local_time_says_who_gets_it_when(press: Press) -> None:
    newsletter = press.newsletter()
    schedule = press.schedule(newsletter)
    press.reader(newsletter, zone="Pacific/Honolulu")
    press.reader(newsletter)
    page = f"/admin/subscriptions/newsletter/{newsletter.pk}/change/"
    form = schedule_form(
        newsletter,
        schedule,
        **{"schedules-0-is_local_time": "on", "schedules-0-past_rule": "skip"},
    )
    client = signed_in("publisher")
    assert client.post(page, form).status_code == 302
    schedule.refresh_from_db()
    assert (schedule.is_local_time, schedule.past_rule) == (True, "skip")
    shown = client.get(page).content.decode()
    assert "At each reader’s own 07:00." in shown
    assert "1 of 2 readers have a time zone of their own" in shown


def test_a_digest_at_local_time_shows_its_cohorts(press: Press) -> None:
    newsletter = press.newsletter()
    press.reader(newsletter, zone="Pacific/Honolulu")
    press.reader(newsletter)
    day = DAY + timedelta(days=1)
    at = moments(day, time(6), "Europe/Paris")
    digest = press.frozen(
        newsletter, local_date=day, due_at=at["Pacific/Kiritimati"], local_time=time(6)
    )
    page = f"/admin/digests/digest/{digest.pk}/change/"
    shown = signed_in("publisher").get(page).content.decode()
    for zone in ("Europe/Paris", "Pacific/Honolulu"):
        assert in_zone(at[zone], "Europe/Paris") in shown


READER, STRANGER, GONE = "chief@example.org", "stranger@example.org", "gone@example.org"


@pytest.mark.parametrize(
    ("may_see_readers", "seeds", "told"),
    [
        (False, [READER], []),
        (False, [STRANGER], []),
        (False, [READER, GONE], []),
        (True, [READER], []),
        (True, [STRANGER], [STRANGER]),
        (True, [GONE, READER, STRANGER], [GONE, STRANGER]),
    ],
)
def test_the_seeds_tell_who_is_a_reader_only_to_whom_may_know(
    press: Press, may_see_readers: bool, seeds: list[str], told: list[str]
) -> None:
    newsletter = press.newsletter()
    schedule = press.schedule(newsletter)
    press.reader(newsletter, address=READER)
    press.reader(address=GONE)  # of another newsletter, or of none any more
    page = f"/admin/subscriptions/newsletter/{newsletter.pk}/change/"
    form = schedule_form(newsletter, schedule, **{"template-0-seed_addresses": ", ".join(seeds)})
    client = chief() if may_see_readers else signed_in("publisher")
    response = client.post(page, form, follow=True)
    newsletter.template.refresh_from_db()
    assert newsletter.template.seed_addresses == seeds
    said = [str(message) for message in response.context["messages"]]
    warnings = [text for text in said if "@" in text]
    assert [text.split(": ")[1] for text in warnings] == ([", ".join(told)] if told else [])
    assert len(said) == 1 + len(warnings)


def test_a_seed_is_an_address(press: Press) -> None:
    newsletter = press.newsletter()
    schedule = press.schedule(newsletter)
    page = f"/admin/subscriptions/newsletter/{newsletter.pk}/change/"
    form = schedule_form(newsletter, schedule, **{"template-0-seed_addresses": "a@b.org, nonsense"})
    shown = signed_in("publisher").post(page, form).content.decode()
    assert "Not an email address: nonsense" in shown
    newsletter.template.refresh_from_db()
    assert newsletter.template.seed_addresses == []


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("schedules-0-deadline_minutes", "721", "before the digest is assembled"),
        ("schedules-0-zone", "Mars/Olympus", "is no time zone"),
        ("schedules-0-slot", "Main Slot", "Small letters"),
        ("schedules-0-local_time", "25:00", "Enter a valid time"),
    ],
)
def test_a_schedule_that_cannot_be_is_explained(
    press: Press, field: str, value: str, words: str
) -> None:
    newsletter = press.newsletter()
    schedule = press.schedule(newsletter)
    page = f"/admin/subscriptions/newsletter/{newsletter.pk}/change/"
    response = signed_in("publisher").post(
        page, schedule_form(newsletter, schedule, **{field: value})
    )
    assert response.status_code == 200
    assert words in response.content.decode()
    assert Schedule.objects.get().local_time == schedule.local_time


def test_a_new_newsletter_leads_on_to_its_plan(press: Press) -> None:
    form = {
        "name": "Good News",
        "slug": "good-news",
        "state": "pending",
        "colour": "#2d6a4f",
        "language": "en",
        "position": "0",
        "tracking": "totals",
        "archive": "public",
    }
    client = signed_in("publisher")
    response = client.post("/admin/subscriptions/newsletter/add/", form)
    newsletter = Newsletter.objects.get(slug="good-news")
    page = f"/admin/subscriptions/newsletter/{newsletter.pk}/change/"
    assert response["Location"] == page
    assert Section.objects.count() == 0
    sections = newsletter.template.sections.values_list("style", "slots")
    assert list(sections) == [("lead", 1), ("stories", 5)]

    press.publisher.zone = "Europe/Paris"
    press.publisher.save()
    empty = 'name="schedules-__prefix__-zone" value="Europe/Paris"'
    shown = client.get(page).content.decode()
    assert empty in " ".join(shown.replace("\n", " ").split())


def test_an_unknown_page_of_the_desk_leads_back_to_it(press: Press) -> None:
    client = chief()
    for path in ("digests/nothing/", "digests/digest/999999/compose/"):
        answer = client.get(f"/admin/{path}")
        assert answer.status_code == 404
        assert 'href="/admin/">Go to the desk</a>' in answer.content.decode()


def test_what_may_not_be_seen_leads_back_to_the_desk(press: Press) -> None:
    answer = signed_in("curator").get("/admin/subscriptions/subscriber/")
    assert answer.status_code == 403
    assert 'href="/admin/">Go to the desk</a>' in answer.content.decode()
