"""Links for reader after reader are the links a reader would get singly."""

import pytest
from django.test import override_settings

from subscriptions import links
from subscriptions.public_ids import new_public_id

pytestmark = pytest.mark.urls("tests.reader_urls")

NEWSLETTER = new_public_id()


def test_bulk_links_are_those_made_singly() -> None:
    bulk = links.bulk_links(NEWSLETTER)
    for reader in (new_public_id() for _ in range(50)):
        urls = bulk.of(reader)
        assert urls.leave == links.leave_url(reader, NEWSLETTER)
        assert urls.preferences == links.preferences_url(reader, NEWSLETTER)


def test_the_token_in_a_bulk_link_can_be_read() -> None:
    reader = new_public_id()
    token = links.bulk_links(NEWSLETTER).of(reader).leave.rstrip("/").rsplit("/", 1)[1]
    assert links.read_leave(token) == links.LeaveToken(reader, NEWSLETTER)


@pytest.mark.parametrize(
    "change", [{"SITE_URL": "https://elsewhere.example.org"}, {"LINK_KEYS": ["n" * 50, "o" * 50]}]
)
def test_bulk_links_follow_a_change_of_site_and_key(change: dict[str, object]) -> None:
    reader = new_public_id()
    before = links.bulk_links(NEWSLETTER).of(reader).leave
    with override_settings(**change):
        after = links.bulk_links(NEWSLETTER).of(reader).leave
        assert after == links.leave_url(reader, NEWSLETTER)
    assert after != before
