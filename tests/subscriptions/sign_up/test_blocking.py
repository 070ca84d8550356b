"""“This was not me.”"""

from datetime import timedelta

import pytest

from subscriptions.letter_kinds import confirmation
from subscriptions.links import Scope, sign
from subscriptions.mailing.letters import Obsolete
from subscriptions.models import Letter, Newsletter, SignUp, Subscription
from subscriptions.sign_up import blocking, opt_in
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE, ask

ADDRESS = "reader@example.org"
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def asked(press: Press) -> SignUp:
    return ask(ADDRESS, press.newsletter(), now=NOON)


def request(now_later: timedelta) -> int | None:
    slug = Newsletter.objects.get().slug
    return opt_in.request(
        ADDRESS.upper().replace("EXAMPLE.ORG", "example.org"),
        [slug],
        EVIDENCE,
        now=NOON + now_later,
    )


def test_a_block_ends_the_request_and_lets_no_other_in_until_its_end(asked: SignUp) -> None:
    blocked = blocking.block(asked.subscriber, now=LATER)
    assert blocked.until == LATER + blocking.BLOCKED_FOR
    asked.refresh_from_db()
    assert opt_in.confirm(asked, EVIDENCE, now=LATER).is_expired
    with pytest.raises(Obsolete):
        confirmation(Letter.objects.get(), LATER)
    assert request(timedelta(days=2)) is None
    assert Letter.objects.count() == 1
    assert request(timedelta(hours=1) + blocking.BLOCKED_FOR) is not None


def test_a_block_can_be_taken_back(asked: SignUp) -> None:
    blocking.block(asked.subscriber, now=LATER)
    assert blocking.unblock(asked.subscriber).until is None
    assert request(timedelta(hours=2)) is not None


def test_a_reader_stays_a_reader(asked: SignUp) -> None:
    opt_in.confirm(asked, EVIDENCE, now=NOON)
    blocking.block(asked.subscriber, now=LATER)
    blocking.block(asked.subscriber, now=LATER)
    assert Subscription.objects.active().count() == 1


def test_a_link_finds_what_it_names(asked: SignUp) -> None:
    token = sign(Scope.NOT_ME, asked.subscriber.public_id, blocking.name_of(ADDRESS))
    assert blocking.find(token, now=LATER) == blocking.Block(asked.subscriber, None)
    blocked = blocking.block(asked.subscriber, now=LATER)
    assert blocking.find(token, now=LATER) == blocked
    asked.subscriber.delete()
    assert blocking.find(token, now=LATER) is None
