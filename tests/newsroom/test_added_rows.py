"""A row that somebody adds on the page of another is saved or refused: never dropped under “changed successfully”."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest
from django.test import Client

from digests.models import Schedule, Template
from subscriptions.admin.inlines import AddedRows
from subscriptions.models import EmbeddedForm, EmbeddedFormNewsletter, Newsletter
from tests.builders import Press
from tests.filled import Filled
from tests.staff import chief, signed_in


def asking() -> HttpRequest:
    request = HttpRequest()
    request.user = User(username="chief", is_staff=True, is_superuser=True)
    return request


def inlines() -> Iterator[tuple[type[models.Model], Any]]:
    """Every one of the desk, with the model on whose page it stands."""
    request = asking()
    for model, desk in admin.site._registry.items():
        for inline in desk.get_inlines(request, model()):
            yield model, inline


def page_of(row: models.Model) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def with_rows_added(client: Client, page: str, prefix: str, number: int = 1) -> dict[str, Any]:
    """What a browser sends after “Add another …” was pressed, and nothing else."""
    values = Filled(client.get(page).content.decode()).values
    there = int(values[f"{prefix}-TOTAL_FORMS"][0])
    for place in range(there, there + number):
        for name in [name for name in values if name.startswith(f"{prefix}-__prefix__-")]:
            values[name.replace("__prefix__", str(place))] = values[name]
    values[f"{prefix}-TOTAL_FORMS"] = [str(there + number)]
    return {name: value for name, value in values.items() if "__prefix__" not in name}


@pytest.fixture
def newsletter(press: Press) -> Newsletter:
    return press.newsletter()


@pytest.fixture
def form(newsletter: Newsletter) -> EmbeddedForm:
    form = EmbeddedForm.objects.create(placement="Front page")
    EmbeddedFormNewsletter.objects.create(form=form, newsletter=newsletter)
    return form


@pytest.mark.django_db
def test_every_inline_of_the_desk_takes_added_rows_for_what_they_are() -> None:
    found = list(inlines())
    assert {inline.model for _, inline in found} >= {Schedule, Template, EmbeddedFormNewsletter}
    assert [inline for _, inline in found if not issubclass(inline.formset, AddedRows)] == []


def test_whatever_row_is_added_and_left_as_offered_is_saved_or_refused(
    newsletter: Newsletter, form: EmbeddedForm
) -> None:
    client, tried = chief(), []
    pages = {Newsletter: page_of(newsletter), EmbeddedForm: page_of(form)}
    for model, inline in inlines():
        if not inline(model, admin.site).has_add_permission(asking(), None):
            continue  # evidence
        if inline.model is Template:
            Template.objects.all().delete()  # it is offered to a newsletter that has none
        before = inline.model._default_manager.count()
        prefix = inline.model._meta.get_field(
            _tie(inline.model, model)
        ).remote_field.get_accessor_name()
        added = 0 if inline.model is Template else 1
        answer = client.post(pages[model], with_rows_added(client, pages[model], prefix, added))
        saved = inline.model._default_manager.count() - before
        if answer.status_code == 302:
            assert saved == 1, inline
        else:
            errors = " ".join(str(one) for one in answer.context["errors"])
            assert (saved, bool(errors)) == (0, True), inline
        tried.append(inline.model)
    assert set(tried) == {Schedule, Template, EmbeddedFormNewsletter}


def _tie(model: type[models.Model], to: type[models.Model]) -> str:
    return next(field.name for field in model._meta.fields if field.related_model is to)


def test_a_schedule_without_days_says_what_it_lacks(newsletter: Newsletter) -> None:
    client, page = signed_in("publisher"), page_of(newsletter)
    answer = client.post(page, with_rows_added(client, page, "schedules"))
    assert answer.status_code == 200
    said = answer.content.decode()
    assert "Choose at least one day." in said
    assert "Say at what time it goes out." in said
    assert Schedule.objects.count() == 0


def test_each_of_several_added_rows_is_looked_at(newsletter: Newsletter) -> None:
    client, page = signed_in("publisher"), page_of(newsletter)
    sent = with_rows_added(client, page, "schedules", 2)
    sent |= {"schedules-0-weekdays": ["0"], "schedules-0-local_time": "06:00"}
    answer = client.post(page, sent)
    assert answer.content.decode().count("Say at what time it goes out.") >= 1
    assert Schedule.objects.count() == 0


def test_an_added_row_that_is_taken_out_again_is_no_row(newsletter: Newsletter) -> None:
    client, page = signed_in("publisher"), page_of(newsletter)
    sent = with_rows_added(client, page, "schedules") | {"schedules-0-DELETE": "on"}
    assert client.post(page, sent).status_code == 302
    assert Schedule.objects.count() == 0


def test_who_may_add_none_adds_none_by_sending_one(newsletter: Newsletter) -> None:
    """The rows of those who may not add are left out, whatever they hold."""
    page = page_of(newsletter)
    sent = with_rows_added(chief(), page, "schedules")
    sent |= {"schedules-0-weekdays": ["0"], "schedules-0-local_time": "06:00"}
    for role in ("curator", "analyst", "audience"):
        signed_in(role).post(page, sent)
    assert Schedule.objects.count() == 0
