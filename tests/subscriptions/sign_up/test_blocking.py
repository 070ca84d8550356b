"""“This was not me.”"""

from datetime import timedelta

import pytest

from subscriptions.letter_kinds import confirmation
from subscriptions.links import Scope, sign
from subscriptions.mailing.letters import Obsolete
from subscriptions.mailing.suppression import address_hash
from subscriptions.models import (
    Letter,
    Newsletter,
    SignUp,
    SignUpBlock,
    Subscriber,
    Subscription,
)
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


@pytest.mark.parametrize(
    ("blocked", "typed"),
    [
        ("reader+1@example.org", "reader+2@example.org"),
        ("reader+1@example.org", "READER@example.org"),
        ("reader@example.org", "reader+more@example.org"),
        ("an.na+x@googlemail.com", "a.n.n.a@gmail.com"),
    ],
)
def test_a_block_is_of_the_mailbox_under_all_of_its_names(
    press: Press, blocked: str, typed: str
) -> None:
    newsletter = press.newsletter()
    other = ask(typed, newsletter, now=NOON - timedelta(days=1))
    first = ask(blocked, newsletter, now=NOON)
    stranger = ask("stranger@example.org", newsletter, now=NOON)
    blocking.block(first.subscriber, now=LATER)

    def letter(address: str) -> int | None:
        return opt_in.request(address, [newsletter.slug], EVIDENCE, now=NOON + timedelta(hours=30))

    assert letter(typed) is letter(blocked) is None
    assert letter("stranger@example.org") is not None
    open_ones = SignUp.objects.filter(expires_at__gt=LATER)
    assert [sign_up.pk for sign_up in open_ones] == [stranger.pk]
    found = blocking.find(_link_to(other.subscriber), now=LATER)
    assert found is not None
    assert found.until
    blocking.unblock(other.subscriber)
    assert letter(typed) is not None


def test_a_block_of_one_address_alone_holds_to_its_end(press: Press) -> None:
    """As they were kept before they were of the mailbox."""
    tagged = "reader+1@example.org"
    newsletter = press.newsletter()
    asked = ask(tagged, newsletter, now=NOON)
    SignUpBlock.objects.create(address_hash=address_hash(tagged), until=NOON + timedelta(days=9))
    at = NOON + timedelta(days=1)
    assert opt_in.request(tagged, [newsletter.slug], EVIDENCE, now=at) is None
    blocking.unblock(asked.subscriber)
    assert opt_in.request(tagged, [newsletter.slug], EVIDENCE, now=at) is not None


def test_a_block_can_be_taken_back(asked: SignUp) -> None:
    blocking.block(asked.subscriber, now=LATER)
    assert blocking.unblock(asked.subscriber).until is None
    assert request(timedelta(hours=2)) is not None


def test_a_reader_stays_a_reader(asked: SignUp) -> None:
    opt_in.confirm(asked, EVIDENCE, now=NOON)
    blocking.block(asked.subscriber, now=LATER)
    blocking.block(asked.subscriber, now=LATER)
    assert Subscription.objects.active().count() == 1


def _link_to(reader: Subscriber) -> str:
    return sign(Scope.NOT_ME, reader.public_id, blocking.name_of(reader.address))


def test_a_link_finds_what_it_names(asked: SignUp) -> None:
    token = _link_to(asked.subscriber)
    assert blocking.find(token, now=LATER) == blocking.Block(asked.subscriber, None)
    blocked = blocking.block(asked.subscriber, now=LATER)
    assert blocking.find(token, now=LATER) == blocked
    asked.subscriber.delete()
    assert blocking.find(token, now=LATER) is None
