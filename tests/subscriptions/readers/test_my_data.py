"""The download: whatever hangs on a reader is in it (GDPR article 15)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests.choices import EventState, Outcome
from digests.delivery.draining import drain
from digests.delivery.transports.base import Answer
from digests.models import Event, Reason
from subscriptions.choices import BounceKind
from subscriptions.mailing.bouncing import Report, take
from subscriptions.models import Newsletter, Subscriber
from subscriptions.readers import address_changes, manage_links, my_data
from subscriptions.readers.uniting import unite
from subscriptions.sign_up import opt_in
from tests.builders import NOON, Press
from tests.fakes import FakeTransport
from tests.subscriptions.conftest import EVIDENCE, ask

ADDRESS = "renata.solano@example.org"


def data_of(reader: Subscriber) -> dict[str, Any]:
    reader.refresh_from_db()
    told: dict[str, Any] = json.loads("".join(my_data.as_json(reader, now=NOON)))
    return told


@pytest.fixture
def reader(press: Press) -> Subscriber:
    """With everything that a reader can leave behind."""
    briefing = press.newsletter()
    known = press.reader(briefing, address=ADDRESS)
    former = press.reader(briefing, address="former@example.org")
    press.frozen(briefing)
    busy = Answer(Outcome.DEFERRED, "451", "Greylisted.")
    drain(
        FakeTransport(lambda one: busy if one.address == ADDRESS else Answer(Outcome.ACCEPTED)),
        seconds=30,
    )
    unite(former, into=known, evidence=EVIDENCE, now=NOON)
    weekly, weather = press.newsletter("Good News"), press.newsletter("Harbour Weather")
    opt_in.confirm(ask(ADDRESS, weekly, weather, now=NOON), EVIDENCE, now=NOON)
    take(known, Report(BounceKind.SOFT, NOON, "smtp event 1", text="Mailbox full"), now=NOON)
    Event.objects.create(
        esp="mailgun", dedupe_key=b"1" * 32, body_hash=b"2" * 32, kind="delivered", occurred_at=NOON,
        received_at=NOON, state=EventState.APPLIED, subscriber_id=known.pk,
    )  # fmt: skip
    manage_links.ask_for(known, now=NOON)
    address_changes.request(known, "renata@example.net", now=NOON + timedelta(minutes=1))
    return known


def tables_of_readers() -> set[str]:
    """Every table of ours with a column that names a reader."""
    return {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if not field.auto_created
        if field.related_model is Subscriber or field.name == "subscriber_id"
    }


def test_every_table_that_names_a_reader_is_read(reader: Subscriber) -> None:
    tables = tables_of_readers()
    assert {"subscriptions_consent", "subscriptions_letter", "digests_event"} <= tables
    with CaptureQueriesContext(
        connection,
    ) as captured:
        data_of(reader)
    statements = " ".join(query["sql"] for query in captured.captured_queries)
    assert {table for table in tables if f'"{table}"' not in statements} == set()


def test_every_list_says_something_of_a_reader_with_a_past(reader: Subscriber) -> None:
    data = data_of(reader)
    lists = {name: rows for name, rows in data.items() if isinstance(rows, list)}
    assert lists.keys() == my_data.SECTIONS.keys()
    assert [name for name, rows in lists.items() if not rows] == []


def test_what_it_says(reader: Subscriber) -> None:
    data = data_of(reader)
    assert sorted(data["sign_ups"][0]["newsletters"]) == ["Good News", "Harbour Weather"]
    assert data["sign_ups"][0]["confirmed_at"] == NOON.isoformat()
    assert data["address_changes"][0]["new_address"] == "renata@example.net"
    assert data["reasons"][0]["text"] == "Greylisted."
    assert {row["kind"] for row in data["letters"]} >= {"confirmation", "preferences"}
    # One copy went to the row that is united now, another waits for this one.
    assert [row["outcome"] for row in data["digests"]] == ["Waiting", "Accepted"]


def test_nothing_in_it_opens_a_door(reader: Subscriber) -> None:
    """Keys of links stay in the mailboxes that were sent them."""
    written = json.dumps(data_of(reader))
    for link in reader.manage_links.all():
        assert link.public_id not in written
    change = reader.address_change
    assert change.old_key not in written
    assert change.new_key not in written


def test_it_takes_as_many_statements_for_a_long_past(reader: Subscriber, press: Press) -> None:
    with CaptureQueriesContext(connection) as before:
        data_of(reader)
    for number in range(5):
        newsletter, later = press.newsletter(f"Number {number}"), NOON + timedelta(days=number + 1)
        opt_in.confirm(ask(ADDRESS, newsletter, now=later), EVIDENCE, now=later)
    assert Newsletter.objects.count() == 8
    assert Reason.objects.exists()
    with CaptureQueriesContext(connection) as after:
        data_of(reader)
    assert len(after) == len(before)
