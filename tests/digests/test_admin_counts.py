"""No page of the desk counts the readers of a large newsletter: it shows what was counted last."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests.models import SubjectTest
from subscriptions.clock import database_now
from subscriptions.local_times import beside
from subscriptions.models import ReaderCount
from tests.builders import Press
from tests.staff import chief, signed_in

PAGES = (
    "",
    "digests/digest/",
    "digests/digest/calendar/",
    "digests/digest/{digest}/change/",
    "digests/digest/{digest}/standing/",
    "digests/digest/{digest}/compose/",
    "digests/digest/{digest}/subject-test/",
    "digests/digest/{digest}/approve/",
    "digests/digest/{digest}/send-now/",
    "digests/digest/{digest}/cancel/",
    "digests/digest/alert/?story={story}",
    "subscriptions/newsletter/",
    "subscriptions/newsletter/{newsletter}/change/",
)
WITHOUT = {  # say nothing of readers, or only of a part of them
    "",
    "digests/digest/calendar/",
    "digests/digest/{digest}/compose/",
    "digests/digest/{digest}/subject-test/",
}


@pytest.mark.parametrize("page", PAGES)
def test_a_million_readers_are_not_counted_by_a_page(press: Press, page: str) -> None:
    newsletter = press.newsletter()
    press.schedule(newsletter)
    press.reader(newsletter)
    now = database_now()
    story = press.article(published_at=now)
    digest = press.digest(
        newsletter,
        due_at=now + timedelta(hours=2),
        deadline_at=now + timedelta(hours=1),
        assembled_at=now,
    )
    press.carry(digest, *(press.article(published_at=now) for _story in range(3)))
    SubjectTest.objects.create(digest=digest, alternatives=["Another"])
    ReaderCount.objects.create(
        newsletter=newsletter, readers=1_000_000, with_zone=0, counted_at=now
    )
    path = page.format(digest=digest.pk, story=story.pk, newsletter=newsletter.pk)
    client = chief()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        shown = client.get(f"/admin/{path}")
    assert shown.status_code == 200
    read = [one["sql"] for one in queries if "subscriptions_subscription" in one["sql"]]
    assert not read
    assert ("1,000,000" in shown.content.decode()) == (page not in WITHOUT)


def test_the_list_says_when_it_was_counted(press: Press) -> None:
    press.publisher.zone = "Asia/Tokyo"
    press.publisher.save()
    counted, new = press.newsletter("Counted"), press.newsletter("New")
    now = database_now()
    ReaderCount.objects.create(
        newsletter=counted, readers=12_345, with_zone=0, counted_at=now - timedelta(minutes=3)
    )
    at = beside(now - timedelta(minutes=3), "Asia/Tokyo", of=now)
    client = signed_in("analyst")
    words = client.get("/admin/subscriptions/newsletter/").content.decode()
    assert f'12,345 <span class="desk-quiet">as of {at}</span>' in words
    assert words.count("not counted yet") == 1
    page = client.get(f"/admin/subscriptions/newsletter/{new.pk}/change/").content.decode()
    assert "not counted yet" in page
