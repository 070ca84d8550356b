"""The account of every reader as a file: complete, harmless, and without addresses for those who may not see them."""

import csv
import io

from pytest_django import DjangoAssertNumQueries

from digests import ledger
from digests.choices import Outcome
from digests.counts.deliveries_csv import deliveries_csv
from digests.delivery import claiming, slices
from digests.delivery.draining import drain
from digests.delivery.steps import Answers, OpenSlice
from digests.delivery.transports.base import ACCEPTED, Answer
from subscriptions.models import Subscriber
from tests.builders import Press
from tests.fakes import FakeTransport
from tests.staff import signed_in

FORMULA = '=HYPERLINK("https://evil.example")'


def read(lines: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(lines)))


def test_every_reader_has_one_line_also_one_who_was_tried_twice(press: Press) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 3)
    digest = press.frozen(newsletter)
    held = claiming.claim()
    assert held is not None
    step = slices.advance(held, None, transport="fake")
    assert isinstance(step, OpenSlice)
    answers = [
        ACCEPTED,
        Answer(Outcome.FAILED, "550 5.1.1", FORMULA),
        Answer(Outcome.DEFERRED, "451 4.3.0", "busy"),
    ]
    slices.advance(held, Answers(step, answers), transport="fake")
    Subscriber.objects.filter(pk=readers[2].pk).update(address="later@example.org")

    rows = read("".join(deliveries_csv(digest, with_addresses=True)))

    assert [row["outcome"] for row in rows] == ["Accepted", "Failed", "Waiting"]
    assert [row["address"] for row in rows] == [
        readers[0].address,
        readers[1].address,
        "later@example.org",
    ]
    assert rows[1]["reason"] == "'" + FORMULA
    assert rows[2]["code"] == "451 4.3.0"
    assert rows[0]["version"] == "1"
    assert rows[0]["sent at (UTC)"]
    assert len(rows) == sum(ledger.counts(digest.pk).values())


def test_a_large_account_is_read_a_few_batches_at_a_time(
    press: Press, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 6_000)
    digest = press.frozen(newsletter)
    drain(FakeTransport(), seconds=30)

    with django_assert_max_num_queries(4):
        rows = read("".join(deliveries_csv(digest, with_addresses=False)))

    assert len(rows) == 6_000
    assert {row["outcome"] for row in rows} == {"Accepted"}
    assert {row["address"] for row in rows} == {""}


def test_only_those_who_look_after_readers_see_addresses(press: Press) -> None:
    newsletter = press.newsletter()
    [reader] = press.readers(newsletter, 1)
    digest = press.frozen(newsletter)
    held = claiming.claim()
    assert held is not None
    step = slices.advance(held, None, transport="fake")
    assert isinstance(step, OpenSlice)
    refusal = Answer(Outcome.FAILED, "550 5.1.1", f"<{reader.address}>: no such user")
    slices.advance(held, Answers(step, [refusal]), transport="fake")
    path = f"/admin/digests/digest/{digest.pk}/deliveries.csv"

    told = {role: b"".join(signed_in(role).get(path)) for role in ("audience", "analyst")}

    assert reader.address.encode() in told["audience"]
    assert reader.address.encode() not in told["analyst"]
    assert reader.public_id.encode() in told["analyst"]
    assert b"no such user" in told["audience"]
    assert b"550 5.1.1" in told["analyst"]
