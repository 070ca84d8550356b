"""Leaving one newsletter, once."""

from datetime import timedelta

from subscriptions import leaving
from subscriptions.choices import SubscriptionState
from subscriptions.links import LeaveToken
from subscriptions.models import Consent, Subscription
from subscriptions.public_ids import new_public_id
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE


def test_leaving_one_newsletter_leaves_no_other(press: Press) -> None:
    morning, good = press.newsletter("Morning Briefing"), press.newsletter("Good News")
    reader = press.reader(morning)
    kept = press.subscribe(reader, good)
    tie = leaving.find(LeaveToken(reader.public_id, morning.public_id))
    assert tie is not None
    assert not leaving.leave(tie, EVIDENCE, now=NOON).was_left
    tie.refresh_from_db()
    assert (tie.state, tie.left_at) == (SubscriptionState.LEFT, NOON)
    assert Subscription.objects.active().get() == kept


def test_leaving_twice_is_recorded_once(press: Press) -> None:
    tie = press.subscribe(press.reader(), press.newsletter())
    leaving.leave(tie, EVIDENCE, now=NOON)
    assert leaving.leave(tie, EVIDENCE, now=NOON + timedelta(days=1)).was_left
    tie.refresh_from_db()
    assert tie.left_at == NOON
    assert Consent.objects.get().action == "left"


def test_an_erased_reader_is_not_found(press: Press) -> None:
    newsletter = press.newsletter()
    assert leaving.find(LeaveToken(new_public_id(), newsletter.public_id)) is None
