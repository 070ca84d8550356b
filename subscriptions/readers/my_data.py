"""All that we keep of a reader, as JSON for that reader (GDPR articles 15, 20): row by row, never held whole."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import QuerySet

from subscriptions.models import AddressChange, Subscriber

Row = dict[str, Any]
Section = Callable[[Subscriber], Iterable[Row]]
CHUNK = 500
SECTIONS: dict[str, Section] = {}


def section(name: str) -> Callable[[Section], Section]:
    """Declare a list of the download; the apps above add theirs."""

    def declare(function: Section) -> Section:
        SECTIONS[name] = function
        return function

    return declare


def as_json(reader: Subscriber, *, now: datetime) -> Iterator[str]:
    head = {
        "made_at": now,
        "id": reader.public_id,
        "address": reader.address,
        "language": reader.language,
        "time_zone": reader.zone,
        "known_since": reader.created_at,
        "away_until": reader.paused_until,
        "measuring": reader.tracking,
        "suppressed_since": reader.suppressed_at,
    }
    yield _dumped(head)[:-1]
    for name, rows in SECTIONS.items():
        yield f',\n"{name}": ['
        for number, row in enumerate(rows(reader)):
            yield (",\n" if number else "\n") + _dumped(row)
        yield "]"
    yield "}\n"


def _dumped(row: Row) -> str:
    return json.dumps(row, default=_plain, ensure_ascii=False)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _rows(queryset: "QuerySet[Any, Any]", **columns: str) -> Iterator[Row]:
    names = list(columns)
    for values in queryset.values_list(*columns.values()).iterator(chunk_size=CHUNK):
        yield dict(zip(names, values, strict=True))


@section("newsletters")
def newsletters(reader: Subscriber) -> Iterator[Row]:
    return _rows(
        reader.subscriptions.order_by("pk"), name="newsletter__name", state="state",
        since="confirmed_at", left_at="left_at", why="leaving_answer__reason",
    )  # fmt: skip


@section("consents")
def consents(reader: Subscriber) -> Iterator[Row]:
    return _rows(
        reader.consents.order_by("pk"), newsletter="newsletter__name", action="action", at="at",
        wording="wording", form="form", page="source_url", ip="ip", ip_hash="ip_hash",
    )  # fmt: skip


@section("sign_ups")
def sign_ups(reader: Subscriber) -> Iterator[Row]:
    return _rows(
        reader.sign_ups.order_by("pk").annotate(names=ArrayAgg("newsletters__name")),
        newsletters="names", asked_at="requested_at", link_valid_until="expires_at",
        confirmed_at="confirmed_at", reminded_at="reminded_at", form="embedded_form__placement", page="source_url",
    )  # fmt: skip


@section("address_changes")
def address_changes(reader: Subscriber) -> Iterator[Row]:
    return _rows(
        AddressChange.objects.filter(subscriber=reader), new_address="new_address", asked_at="requested_at",
        old_mailbox_agreed_at="old_confirmed_at", new_mailbox_agreed_at="new_confirmed_at", done_at="done_at",
    )  # fmt: skip


@section("former_ids")
def former_ids(reader: Subscriber) -> Iterator[Row]:
    return _rows(reader.former_ids.order_by("pk"), id="public_id")


@section("preference_links")
def preference_links(reader: Subscriber) -> Iterator[Row]:
    return _rows(
        reader.manage_links.order_by("pk"), asked_at="requested_at", valid_until="expires_at"
    )


@section("letters")
def letters(reader: Subscriber) -> Iterator[Row]:
    return _rows(
        reader.letters.order_by("pk"), kind="kind", to="address", written_at="created_at", state="state",
        error="last_error",
    )  # fmt: skip


@section("bounces")
def bounces(reader: Subscriber) -> Iterator[Row]:
    return _rows(
        reader.bounce_reports.order_by("pk"), kind="kind", at="occurred_at", code="code", text="text", told_by="source"
    )  # fmt: skip
