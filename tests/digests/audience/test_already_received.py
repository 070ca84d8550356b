"""Readers are chosen by who has a digest: by a few looks at each of them, whatever PostgreSQL expects."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from digests.audience import recipients
from digests.choices import DigestState, Outcome
from digests.decisions import correcting
from digests.delivery.batches import AUDIENCE
from digests.models import Digest
from digests.models.ledger import SLICE_SIZE
from subscriptions.clock import database_now
from subscriptions.models import Newsletter
from subscriptions.models.subscriber import mailable_sql
from tests.builders import Press
from tests.digests.delivery.alerting import begun, carried, sliced

READERS = 2000
# As of tables that were filled a moment ago: what earlier tests left tells nothing.
OURS = "relname ~ '^(digests_(batch|slice)|subscriptions_)'"
FORGET = f"""
DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE {OURS});
UPDATE pg_class SET reltuples = %(tuples)s, relpages = %(pages)s WHERE {OURS} AND relkind = 'r'
"""

STATES = [
    pytest.param({"tuples": -1, "pages": 0}, id="never vacuumed"),
    pytest.param({"tuples": 0, "pages": 0}, id="vacuumed when new"),
    pytest.param({"tuples": 0, "pages": 1}, id="vacuumed when emptied"),
    pytest.param({"tuples": 0, "pages": 1000}, id="vacuumed when emptied of much"),
]


@pytest.fixture(params=STATES)
def state(request: pytest.FixtureRequest) -> dict[str, int]:
    """What PostgreSQL thinks that it knows of them."""
    found: dict[str, int] = request.param
    return found


@pytest.fixture
def newsletter(press: Press) -> Newsletter:
    newsletter = press.newsletter()
    press.readers(newsletter, READERS)
    return newsletter


def test_a_news_alert_reads_no_reader_over_and_over(
    press: Press, newsletter: Newsletter, state: dict[str, int]
) -> None:
    """A plan that looks through all who have the story for each reader reads millions of rows."""
    story = press.article()
    sent_to_all(carried(press, newsletter, story))
    press.readers(newsletter, READERS)
    the_plan_is_sound(plan_of_choosing(begun(newsletter, story), state))


def test_a_correction_reads_no_reader_over_and_over(
    press: Press, newsletter: Newsletter, state: dict[str, int]
) -> None:
    digest = sent_to_all(carried(press, newsletter, press.article()))
    press.readers(newsletter, READERS)
    assert digest.sending_version_id is not None
    wrong = [digest.sending_version_id]
    correction = correcting.draft(digest.pk, wrong, subject="S", words="W", now=database_now())
    the_plan_is_sound(plan_of_choosing(correction, state))


def the_plan_is_sound(plan: dict[str, Any]) -> None:
    """What PostgreSQL reads grows with the readers, and not with their square."""
    assert plan["Actual Rows"] == READERS
    names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    read = sum(step.get(name, 0) * step["Actual Loops"] for step in steps(plan) for name in names)
    assert read < 20 * READERS


def plan_of_choosing(digest: Digest, state: dict[str, int]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(FORGET, state)
        cursor.execute("SET LOCAL work_mem = '64kB'")  # which a list of all of them outgrows
        condition = recipients.condition(cursor, digest)
        audience = AUDIENCE.format(zones="", mailable=mailable_sql("now()"), condition=condition)
        cursor.execute(
            f"EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) SELECT s.subscriber_id {audience}",
            {"newsletter": digest.newsletter_id},
        )
        found: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
    return found


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from steps(below)


def sent_to_all(digest: Digest) -> Digest:
    for batch in digest.batches.all():
        size = len(batch.recipient_ids)
        batch.outcomes, batch.next = bytes([Outcome.ACCEPTED]) * size, size
        batch.finished_at = database_now()
        batch.save()
        assert digest.sending_version is not None
        for start in range(0, size, SLICE_SIZE):
            sliced(batch, start, min(start + SLICE_SIZE, size), digest.sending_version)
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.SENT)
    return digest
