"""NUL characters and look-ups that no database can read are wrong requests, on every page of the desk."""

import pytest
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.test import Client

from digests.models import Digest
from tests.builders import Press
from tests.staff import chief

# As any field of a list's rows may be asked for, by hand or by a program.
ODD = [
    "{}=\0",
    "{}__contains=\0",
    "{}__regex=(",
    "{}__contains=x",
    "{}__in=\0",
    "{}__week_day=" + "9" * 30,
]


def status(client: Client, path: str, asked: dict[str, str]) -> int:
    """What the database refuses ends the transaction that a test runs in, but for a savepoint."""
    before = transaction.savepoint()
    answer = client.get(path, asked)
    transaction.savepoint_rollback(before)
    return answer.status_code


@pytest.fixture
def boss(press: Press) -> Client:
    client = chief()
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    "name",
    [f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry],
)
def test_no_odd_look_up_of_a_list_is_an_error(boss: Client, name: str) -> None:
    (model,) = (
        model
        for model in admin.site._registry
        if f"{model._meta.app_label}/{model._meta.model_name}" == name
    )
    # One of them for each field, and each of them for lists of words, where more can be wrong.
    for place, field in enumerate(model._meta.fields):
        is_list = isinstance(field, ArrayField)
        for odd in ODD if is_list else [ODD[place % len(ODD)]]:
            key, _, value = odd.format(field.name).partition("=")
            assert status(boss, f"/admin/{name}/", {key: value}) < 500, (key, value)
    for key in ("q", "p", "o", "e", "_facets"):
        assert status(boss, f"/admin/{name}/", {key: "\0"}) < 500


def test_no_part_of_a_digest_fails_at_a_nul(press: Press, boss: Client) -> None:
    digest: Digest = press.digest(press.newsletter())
    press.carry(digest, press.article())
    parts = [
        "compose/",
        "compose/candidates/",
        "compose/history/",
        "compose/item/",
        "compose/tests/",
    ]
    parts += ["preview/", "preview/mail.html", "preview/mail.txt", "preview/mail.eml"]
    names = ("q", "tag", "source", "age", "page", "edit", "item", "before", "id", "reader", "of")
    for part in parts:
        for name in names:
            path = f"/admin/digests/digest/{digest.pk}/{part}"
            assert status(boss, path, {name: "a\0"}) < 500, (part, name)
    sent = {"do": "words", "others": "\0", "place": "\0", "colleague": "\0", "subject": "a\0"}
    for part in ("change/", "poll/", "tests/"):
        answer = boss.post(f"/admin/digests/digest/{digest.pk}/compose/{part}", sent)
        assert answer.status_code < 500, part


@pytest.mark.parametrize(
    "path", ["/", "/subscribed/", "/archive/morning-briefing/", "/preferences/", "/embed/none/"]
)
def test_no_page_of_readers_fails_at_a_nul(press: Press, boss: Client, path: str) -> None:
    press.newsletter()
    for name in ("newsletter", "lang", "page", "asked", "saved", "left"):
        assert status(boss, path, {name: "\0"}) < 500, name
