"""Links for reader after reader are the links a reader would get singly."""

import pytest
from django.test import override_settings

from subscriptions import links
from subscriptions.public_ids import new_public_id

NEWSLETTER = new_public_id()


def test_bulk_links_are_those_made_singly() -> None:
    bulk = links.bulk_links(NEWSLETTER)
    for reader in (new_public_id() for _ in range(50)):
        assert bulk.leave_url(reader) == links.leave_url(reader, NEWSLETTER)
        assert bulk.preferences_url(reader) == links.preferences_url(reader, NEWSLETTER)


def test_the_token_in_a_bulk_link_can_be_read() -> None:
    reader = new_public_id()
    token = links.bulk_links(NEWSLETTER).token(reader)
    assert links.read_leave(token) == links.LeaveToken(reader, NEWSLETTER)


@pytest.mark.parametrize(
    "change", [{"SITE_URL": "https://elsewhere.example.org"}, {"LINK_KEYS": ["n" * 50, "o" * 50]}]
)
def test_bulk_links_follow_a_change_of_site_and_key(change: dict[str, object]) -> None:
    reader = new_public_id()
    before = links.bulk_links(NEWSLETTER).leave_url(reader)
    with override_settings(**change):
        after = links.bulk_links(NEWSLETTER).leave_url(reader)
        assert after == links.leave_url(reader, NEWSLETTER)
    assert after != before
