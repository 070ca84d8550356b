"""Embedded forms at the desk: made, copied, previewed, counted."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from subscriptions.clock import database_now
from subscriptions.embed import growth
from subscriptions.evidence import Evidence
from subscriptions.models import EmbeddedForm, EmbeddedFormNewsletter, Newsletter, SignUp
from subscriptions.sign_up import opt_in
from tests.builders import Press
from tests.staff import chief, signed_in
from tests.subscriptions.embedding import ARTICLE, SITE, embedded_form

LIST = "/admin/subscriptions/embeddedform/"


@pytest.fixture
def morning(press: Press) -> Newsletter:
    return press.newsletter("Morning Briefing")


def fields(*newsletters: Newsletter, **changes: Any) -> dict[str, Any]:
    """As the change page sends them."""
    rows: dict[str, Any] = {}
    for row, newsletter in enumerate(newsletters):
        rows |= {f"choices-{row}-newsletter": newsletter.pk, f"choices-{row}-position": row}
    values = {
        "placement": "Below articles",
        "state": "active",
        "allowed_origins": SITE,
        "readers_choose": "on",
        "colour_scheme": "auto",
        "choices-TOTAL_FORMS": len(newsletters),
        "choices-INITIAL_FORMS": 0,
        "choices-MIN_NUM_FORMS": 1,
    }
    return values | rows | changes


def bring(form: EmbeddedForm, page: str, number: int, *, confirmed: int = 0) -> None:
    now = database_now()
    newsletters = [newsletter.slug for newsletter in form.newsletters.all()]
    for reader in range(number):
        address = f"reader{page[-1]}{reader}.{form.pk}@example.org"
        evidence = Evidence("embedded form", page, embedded_form_id=form.pk)
        opt_in.request(address, newsletters, evidence, now=now)
        if reader < confirmed:
            opt_in.confirm(SignUp.objects.latest("pk"), Evidence("test"), now=now)


def test_a_form_is_made_and_its_origins_are_written_well(morning: Newsletter) -> None:
    client = signed_in("audience")
    typed = f"HTTPS://WWW.Paper.example:443/\n\n http://localhost:3000 \n{SITE}"
    response = client.post(f"{LIST}add/", fields(morning, allowed_origins=typed))
    assert response.status_code == 302, response.content.decode()
    form = EmbeddedForm.objects.get()
    assert form.allowed_origins == [SITE, "http://localhost:3000"]
    assert list(form.newsletters.all()) == [morning]


@pytest.mark.parametrize(
    "typed", ["*", "https://*.paper.example", "www.paper.example", f"{SITE}/news", f"{SITE}\n" * 51]
)
def test_what_is_no_origin_is_explained(morning: Newsletter, typed: str) -> None:
    response = chief().post(f"{LIST}add/", fields(morning, allowed_origins=typed))
    page = response.content.decode()
    assert "is no origin" in page or "more sites than" in page
    assert not EmbeddedForm.objects.exists()


def test_the_change_page_has_three_snippets_to_copy(morning: Newsletter) -> None:
    form = embedded_form(morning, headline='Say "hello" & <wave>')
    page = signed_in("publisher").get(f"{LIST}{form.pk}/change/").content.decode()
    assert f"/embed/v1.js&quot; data-form=&quot;{form.public_id}&quot;" in page
    assert f"/embed/{form.public_id}/&quot; title=&quot;Say &amp;quot;hello" in page
    assert f"/embed/{form.public_id}/subscribe/&quot; method=&quot;post" in page
    assert "<wave>" not in page


def test_the_preview_follows_what_is_typed_and_keeps_nothing(
    press: Press, morning: Newsletter
) -> None:
    form = embedded_form(morning, headline="As it was")
    good = press.newsletter("Good News")
    client = signed_in("publisher")
    frame = client.get(f"{LIST}{form.pk}/preview/")
    assert "frame-ancestors 'self'" in frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    typed = fields(morning, good, headline="As typed", accent="no colour")
    typed |= {"choices-0-position": 1, "choices-1-position": 0, "choices-1-is_preselected": "on"}
    shown = client.post(f"{LIST}{form.pk}/preview.json", typed).json()
    assert shown["headline"] == "As typed"
    assert [(one["slug"], one["preselected"]) for one in shown["newsletters"]] == [
        ("good-news", True),
        ("morning-briefing", False),
    ]
    broken = {"choices-TOTAL_FORMS": "-1", "choices-0-newsletter": "9" * 30}
    assert client.post(f"{LIST}{form.pk}/preview.json", typed | broken).json()["newsletters"] == []
    form.refresh_from_db()
    assert form.headline == "As it was"
    assert EmbeddedFormNewsletter.objects.count() == 1


def test_the_list_says_what_each_form_brought_in_a_bounded_number_of_queries(
    morning: Newsletter,
) -> None:
    form = embedded_form(morning)
    bring(form, ARTICLE, 7, confirmed=3)
    embedded_form(morning, placement="Nobody came")
    SignUp.objects.filter(confirmed_at=None).update(
        requested_at=database_now() - growth.WINDOW - timedelta(hours=1)
    )
    client = signed_in("analyst")
    client.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as few:
        page = client.get(LIST).content.decode().replace(" ", "").replace("\n", "")
    assert page.count(">3<") == 2  # of seven asked, those within the window have all confirmed
    for number in range(20):
        embedded_form(morning, placement=f"Another {number}")
    with CaptureQueriesContext(connection) as many:
        client.get(LIST)
    assert len(many) == len(few)


def test_growth_is_counted_by_page_and_by_form_page_by_page(morning: Newsletter) -> None:
    form, other = embedded_form(morning), embedded_form(morning, placement="Side")
    bring(form, f"{SITE}/a", 3, confirmed=2)
    bring(form, f"{SITE}/b", 1)
    bring(other, f"{SITE}/a", 1, confirmed=1)
    rows = growth.by_page(since=database_now() - growth.WINDOW)
    counted = [(row["source_url"][-1], row["sign_ups"], row["confirmed"]) for row in rows]
    assert counted == [("a", 4, 3), ("b", 1, 0)]
    client = signed_in("analyst")
    every = client.get(f"{LIST}by-page-list/").content.decode()
    assert f"{SITE}/a" in every
    assert f"{SITE}/b" in every
    one = client.get(f"{LIST}{other.pk}/by-page/").content.decode()
    assert f"{SITE}/b" not in one
    bring(form, "", 0)
    for number in range(60):
        SignUp.objects.create(
            subscriber=Press().reader(),
            requested_at=database_now(),
            expires_at=database_now(),
            embedded_form=form,
            source_url=f"{SITE}/page/{number}",
        )
    first = client.get(f"{LIST}by-page-list/").content.decode()
    assert first.count("/page/") < 110
    assert "?page=2" in first
    assert "/page/" in client.get(f"{LIST}by-page-list/?page=2").content.decode()


def test_growth_uses_an_index(morning: Newsletter) -> None:
    form = embedded_form(morning)
    rows = SignUp.objects.filter(embedded_form__in=[form.pk], requested_at__gte=database_now())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "sign_up_growth" in rows.order_by().explain()


def test_a_form_that_brought_readers_is_retired_and_not_deleted(morning: Newsletter) -> None:
    form, fresh = embedded_form(morning), embedded_form(morning, placement="By mistake")
    bring(form, ARTICLE, 1)
    client = chief()
    assert client.post(f"{LIST}{form.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{LIST}{fresh.pk}/delete/", {"post": "yes"}).status_code == 302
    assert EmbeddedForm.objects.get() == form


def test_curators_see_no_way_to_change_a_form(morning: Newsletter) -> None:
    form = embedded_form(morning)
    client = signed_in("curator")
    assert client.get(f"{LIST}{form.pk}/change/").status_code == 200
    assert client.post(f"{LIST}{form.pk}/change/", fields(morning)).status_code == 403
    assert Client().get(f"{LIST}{form.pk}/preview/").status_code == 302
    assert signed_in("analyst").get(f"{LIST}{form.pk}/preview/").status_code == 200
