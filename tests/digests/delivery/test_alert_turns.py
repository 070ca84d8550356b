"""Who chooses readers for a news alert takes turns with whoever chooses readers for the same story."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta

import pytest
from django.db import connection, transaction

from digests.audience import have_story
from digests.choices import DigestState
from digests.decisions import approval
from digests.delivery.freezing import Freeze, freeze
from digests.models import Article, Digest
from subscriptions.clock import database_now
from subscriptions.models import Newsletter
from tests.builders import Press
from tests.digests.delivery.alerting import begun, mailed, release


@pytest.fixture
def newsletter(press: Press) -> Newsletter:
    return press.newsletter()


@pytest.fixture
def story(press: Press) -> Article:
    return press.article("Ferry sinks")


def test_nobody_gets_two_alerts_of_a_story(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    readers = press.readers(newsletter, 3)
    other = press.newsletter("Evening Post")
    press.subscribe(readers[0], other)
    alone = press.reader(other)
    first, second = begun(newsletter, story), begun(other, story)
    assert release(first) is Freeze.DONE
    assert release(second) is Freeze.DONE
    assert mailed(second) == [alone.pk]


@pytest.mark.django_db(transaction=True)
def test_of_two_alerts_frozen_at_once_the_second_waits_for_the_first() -> None:
    press = Press()
    newsletter, other = press.newsletter(), press.newsletter("Evening Post")
    reader, story = press.reader(newsletter), press.article()
    press.subscribe(reader, other)
    alone = press.reader(other)
    first, second = begun(newsletter, story), begun(other, story)
    assert frozen_in_the_middle_of(lambda: release(first), second) is Freeze.DONE
    assert mailed(first) == [reader.pk]
    assert mailed(second) == [alone.pk]


@pytest.mark.django_db(transaction=True)
def test_a_digest_with_its_story_that_is_being_frozen_is_waited_for() -> None:
    """Also one that is due for so long that nobody would wait for its beginning."""
    press = Press()
    newsletter, bulk_letter = press.newsletter(), press.newsletter("Good News")
    reader, story = press.reader(newsletter), press.article()
    press.subscribe(reader, bulk_letter)
    alone = press.reader(newsletter)
    alert = begun(newsletter, story)
    bulk = due(press, bulk_letter, story)
    Digest.objects.filter(pk=bulk.pk).update(**stuck())

    assert frozen_in_the_middle_of(lambda: freeze(bulk.pk, now=database_now()), alert) is (
        Freeze.DONE
    )
    assert mailed(bulk) == [reader.pk]
    assert mailed(alert) == [alone.pk]


def frozen_in_the_middle_of(other: Callable[[], Freeze], alert: Digest) -> Freeze:
    """The alert is frozen by another connection while a freeze has chosen its readers and not committed them."""
    approval.approve(alert, by=None, now=database_now())

    def freeze_alert() -> Freeze:
        try:
            return freeze(alert.pk, now=database_now())
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            assert other() is Freeze.DONE
            frozen = thread.submit(freeze_alert)
            with pytest.raises(TimeoutError):
                frozen.result(timeout=1)
        return frozen.result(timeout=20)


def due(press: Press, newsletter: Newsletter, story: Article, **fields: object) -> Digest:
    """Approved, and to be frozen now."""
    digest = press.digest(newsletter, **({"due_at": database_now()} | fields))
    press.carry(digest, story)
    approval.approve(digest, by=None, now=database_now())
    return digest


def stuck() -> dict[str, object]:
    long_ago = database_now() - have_story.STUCK_AFTER - timedelta(seconds=1)
    return {"due_at": long_ago, "approved_at": long_ago}


def test_a_digest_with_its_story_that_is_due_as_well_goes_first(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    """Approved a moment ago, it may have been due for long."""
    reader = press.reader(newsletter)
    alert = begun(newsletter, story)
    bulk = due(press, newsletter, story, due_at=database_now() - timedelta(minutes=30))
    assert release(alert) is Freeze.WAITS
    assert alert.state == DigestState.APPROVED
    assert not alert.batches.exists()
    assert freeze(bulk.pk, now=database_now()) is Freeze.DONE
    late = press.reader(newsletter)
    assert freeze(alert.pk, now=database_now()) is Freeze.DONE
    assert mailed(bulk) == [reader.pk]
    assert mailed(alert) == [late.pk]


@pytest.mark.parametrize(
    "changes",
    [
        {"due_at": timedelta(minutes=1)},
        {"local_time": time(6, 0)},
        {"state": DigestState.HELD},
        {"due_at": -timedelta(minutes=2), "approved_at": -timedelta(minutes=2)},  # nobody can
    ],
)
def test_a_digest_that_goes_out_later_or_not_at_all_keeps_it_waiting_for_nothing(
    press: Press, newsletter: Newsletter, story: Article, changes: dict[str, object]
) -> None:
    reader = press.reader(newsletter)
    alert = begun(newsletter, story)
    bulk = due(press, newsletter, story)
    now = database_now()
    Digest.objects.filter(pk=bulk.pk).update(
        **{
            name: now + value if isinstance(value, timedelta) else value
            for name, value in changes.items()
        }
    )
    assert release(alert) is Freeze.DONE
    assert mailed(alert) == [reader.pk]


def test_a_digest_without_its_story_keeps_it_waiting_for_nothing(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    press.reader(newsletter)
    alert = begun(newsletter, story)
    due(press, newsletter, press.article("Bridge reopens"))
    assert release(alert) is Freeze.DONE
