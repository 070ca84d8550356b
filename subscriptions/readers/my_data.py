"""All that we keep of a reader, as JSON for that reader (GDPR articles 15, 20): row by row, never held whole."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from subscriptions.models import Subscriber

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


@section("letters")
def letters(reader: Subscriber) -> Iterator[Row]:
    return _rows(
        reader.letters.order_by("pk"), kind="kind", to="address", written_at="created_at", state="state"
    )  # fmt: skip


@section("bounces")
def bounces(reader: Subscriber) -> Iterator[Row]:
    return _rows(
        reader.bounce_reports.order_by("pk"), kind="kind", at="occurred_at", code="code", text="text"
    )  # fmt: skip
