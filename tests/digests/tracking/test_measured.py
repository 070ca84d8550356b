"""What is kept of an open: nothing, a digest without its reader, or the reader's own, where they agreed."""

import pytest

from digests.choices import EventKind, EventState
from digests.models import Event
from digests.tracking import processing
from subscriptions.clock import database_now
from subscriptions.mailing import delivery_ids
from subscriptions.models import Newsletter, Subscriber
from tests.digests.tracking.conftest import Sent, keys, sent

__all__ = ["keys", "sent"]  # fixtures
OF_THE_READER = ("recipient", "delivery", "message_id", "description", "reply", "payload")


def opened(sent: Sent) -> Event:
    now = database_now()
    event = Event.objects.create(
        esp="postmark", dedupe_key=b"k" * 32, body_hash=b"h" * 32, kind=EventKind.OPENED,
        occurred_at=now, received_at=now, recipient=sent.reader.address, message_id="<a@b>",
        delivery=delivery_ids.for_digest(sent.digest.public_id, sent.reader.public_id),
        payload="{}", description="Firefox", reply="x",
    )  # fmt: skip
    processing.process(now=now)
    event.refresh_from_db()
    assert event.state == EventState.APPLIED
    return event


@pytest.mark.parametrize(
    ("newsletter", "reader", "keeps_digest", "keeps_reader"),
    [
        ("none", "reader", False, False),
        ("totals", "", True, False),
        ("totals", "none", False, False),
        ("reader", "", True, False),
        ("reader", "reader", True, True),
    ],
)
def test_an_open_is_kept_as_both_allow(
    sent: Sent, newsletter: str, reader: str, keeps_digest: bool, keeps_reader: bool
) -> None:
    Newsletter.objects.update(tracking=newsletter)
    Subscriber.objects.update(tracking=reader)
    event = opened(sent)
    assert (event.digest == sent.digest) is keeps_digest
    assert (event.subscriber_id == sent.reader.pk) is keeps_reader
    kept = [name for name in OF_THE_READER if getattr(event, name)]
    assert kept == (list(OF_THE_READER) if keeps_reader else [])
