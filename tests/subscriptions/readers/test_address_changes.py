"""A new address: it takes both mailboxes, and whatever happens meanwhile nobody is moved, lost or found out."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from subscriptions import leaving
from subscriptions.choices import SubscriptionState, SuppressionReason, Tracking
from subscriptions.links import BadLink, LeaveToken, Scope, sign
from subscriptions.mailing.letters import WRITERS
from subscriptions.mailing.suppression import suppress
from subscriptions.models import (
    AddressChange,
    Consent,
    Letter,
    ManageLink,
    Newsletter,
    SignUp,
    Subscriber,
    Subscription,
)
from subscriptions.readers import address_changes, manage_links, measuring
from subscriptions.readers.address_changes import Step
from subscriptions.sign_up import blocking, opt_in
from tests.at_once import at_once
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE, ask

OLD, NEW = "old@example.org", "new@example.org"


@pytest.fixture
def briefing(press: Press) -> Newsletter:
    return press.newsletter()


@pytest.fixture
def reader(press: Press, briefing: Newsletter) -> Subscriber:
    return press.reader(briefing, address=OLD)


def asked(reader: Subscriber) -> AddressChange:
    address_changes.request(reader, NEW, now=NOON)
    return AddressChange.objects.get()


def yes(key: str) -> Step:
    side = address_changes.find(sign(Scope.ADDRESS, key))
    return address_changes.say_yes(side, EVIDENCE, now=NOON).step if side else Step.OVER


def test_the_log_of_staff_goes_with_the_reader(reader: Subscriber, press: Press) -> None:
    other = press.reader(address="other@example.org")
    by = User.objects.create(username="chief")
    kind = ContentType.objects.get_for_model(Subscriber).pk
    for row in (reader, other):
        LogEntry.objects.create(
            user=by,
            action_flag=CHANGE,
            object_id=str(row.pk),
            object_repr=str(row),
            content_type_id=kind,
            change_message=f"{row} is never mailed again.",
        )
    change = asked(reader)
    yes(change.old_key)
    assert yes(change.new_key) is Step.DONE
    rows = LogEntry.objects.order_by("pk").values_list("object_repr", "change_message")
    assert list(rows) == [
        (NEW, f"{NEW} is never mailed again."),
        ("other@example.org", "other@example.org is never mailed again."),
    ]


@pytest.mark.parametrize("first", ["old_key", "new_key"])
def test_the_second_yes_moves_the_reader(reader: Subscriber, first: str) -> None:
    change = asked(reader)
    keys = {"old_key": change.old_key, "new_key": change.new_key}
    assert yes(keys.pop(first)) is Step.WAITING
    reader.refresh_from_db()
    assert reader.address == OLD
    assert yes(*keys.values()) is Step.DONE
    reader.refresh_from_db()
    assert reader.address == NEW
    told = Letter.objects.latest("pk")
    assert (told.kind, told.address) == ("address_done", OLD)


def test_one_mailbox_saying_yes_twice_is_not_two(reader: Subscriber) -> None:
    change = asked(reader)
    assert [yes(change.new_key) for _again in range(3)] == [Step.WAITING] * 3
    reader.refresh_from_db()
    assert reader.address == OLD


def test_a_link_that_is_late_replaced_or_forged_moves_nobody(reader: Subscriber) -> None:
    change = asked(reader)
    AddressChange.objects.update(expires_at=NOON)
    assert [yes(change.old_key), yes(change.new_key)] == [Step.OVER, Step.OVER]
    asked(reader)
    assert [yes(change.old_key), yes(change.new_key)] == [Step.OVER, Step.OVER]
    with pytest.raises(BadLink):
        address_changes.find(sign(Scope.MANAGE, AddressChange.objects.get().old_key))
    reader.refresh_from_db()
    assert reader.address == OLD


def test_an_address_that_was_suppressed_meanwhile_is_not_taken(reader: Subscriber) -> None:
    change = asked(reader)
    yes(change.old_key)
    suppress(NEW, SuppressionReason.COMPLAINT, now=NOON)
    assert yes(change.new_key) is Step.IMPOSSIBLE
    reader.refresh_from_db()
    assert reader.address == OLD


def test_letters_to_strangers_are_few(press: Press, reader: Subscriber) -> None:
    for day_part in range(3):
        address_changes.request(reader, f"victim{day_part}@example.org", now=NOON)
    with pytest.raises(address_changes.TooOften):
        address_changes.request(reader, NEW, now=NOON)
    for _reader in range(5):
        address_changes.request(press.reader(), "victim@example.org", now=NOON)
    assert Letter.objects.filter(address="victim@example.org").count() == 1


def test_the_letters_tell_a_stranger_nothing(reader: Subscriber, briefing: Newsletter) -> None:
    asked(reader)
    mails = {
        letter.address: WRITERS[letter.kind](letter, NOON).text for letter in Letter.objects.all()
    }
    assert OLD not in mails[NEW]
    assert briefing.name not in mails[NEW]
    assert NEW not in mails[OLD]
    assert "n•••@e•••.org" in mails[OLD]


def test_leaving_while_the_address_changes_stays_left(
    reader: Subscriber, briefing: Newsletter
) -> None:
    change = asked(reader)
    yes(change.old_key)
    leaving.leave(Subscription.objects.get(subscriber=reader), EVIDENCE, now=NOON)
    yes(change.new_key)
    assert Subscription.objects.get(subscriber__address=NEW).state == SubscriptionState.LEFT


def test_a_known_address_takes_newsletters_proofs_and_old_links_over(
    press: Press, reader: Subscriber, briefing: Newsletter
) -> None:
    weekly = press.newsletter("Good News")
    known = press.reader(weekly, address=NEW)
    leaving.leave(Subscription.objects.get(subscriber=reader), EVIDENCE, now=NOON)
    leaving.undo(
        Subscription.objects.select_related("subscriber", "newsletter").get(subscriber=reader),
        EVIDENCE,
        now=NOON + timedelta(hours=1),
    )
    old_link = LeaveToken(reader.public_id, briefing.public_id)
    change = asked(reader)
    yes(change.old_key)
    assert yes(change.new_key) is Step.DONE

    assert list(Subscriber.objects.all()) == [known]
    states = dict(known.subscriptions.values_list("newsletter__slug", "state"))
    assert states == {"good-news": "active", "morning-briefing": "active"}
    actions = list(Consent.objects.order_by("pk").values_list("action", "subscriber"))
    assert actions == [
        ("left", known.pk), ("returned", known.pk), ("confirmed", known.pk),
    ]  # fmt: skip

    tie = leaving.find(old_link)
    assert tie is not None
    leaving.leave(tie, EVIDENCE, now=NOON)
    tie.refresh_from_db()
    assert (tie.subscriber, tie.state) == (known, SubscriptionState.LEFT)


def test_of_two_choices_about_being_measured_the_lesser_stays(
    press: Press, reader: Subscriber
) -> None:
    known = press.reader(address=NEW)
    measuring.choose(known, Tracking.READER, EVIDENCE, now=NOON)
    measuring.choose(reader, Tracking.NONE, EVIDENCE, now=NOON)
    change = asked(reader)
    yes(change.old_key)
    yes(change.new_key)
    known.refresh_from_db()
    assert known.tracking == Tracking.NONE


@pytest.mark.django_db(transaction=True)
def test_both_mailboxes_at_once_move_the_reader_once(press: Press) -> None:
    reader = press.reader(press.newsletter(), address=OLD)
    change = asked(reader)
    steps = at_once(lambda: yes(change.old_key), lambda: yes(change.new_key))
    assert sorted(step.name for step in steps) == ["DONE", "WAITING"]
    reader.refresh_from_db()
    assert reader.address == NEW
    assert Letter.objects.filter(kind="address_done").count() == 1


@pytest.mark.django_db(transaction=True)
def test_leaving_in_the_moment_of_uniting_is_never_lost(press: Press) -> None:
    briefing = press.newsletter()
    for turn in range(5):
        reader = press.reader(briefing, address=f"old{turn}@example.org")
        known = press.reader(address=f"new{turn}@example.org")
        token = LeaveToken(reader.public_id, briefing.public_id)
        address_changes.request(reader, known.address, now=NOON)
        change = AddressChange.objects.get(subscriber=reader)
        yes(change.old_key)

        def leave(token: LeaveToken = token) -> None:
            tie = leaving.find(token)
            assert tie is not None
            leaving.leave(tie, EVIDENCE, now=NOON)

        def agree(key: str = change.new_key) -> None:
            yes(key)

        at_once(leave, agree)
        active = Subscription.objects.active().filter(subscriber__address__startswith="new")
        assert not active.exists()


def moved(reader: Subscriber) -> None:
    change = asked(reader)
    yes(change.old_key)
    assert yes(change.new_key) is Step.DONE


@pytest.mark.parametrize("is_known", [False, True], ids=["moved", "united"])
def test_what_lies_in_the_old_mailbox_can_leave_and_nothing_else(
    press: Press, reader: Subscriber, briefing: Newsletter, is_known: bool
) -> None:
    """The old mailbox perhaps belongs to somebody else now."""
    weekly = press.newsletter("Good News")
    if is_known:
        press.reader(weekly, address=NEW)
    manage_links.ask_for(reader, now=NOON)
    manage = sign(Scope.MANAGE, ManageLink.objects.get(subscriber=reader).public_id)
    wish = ask(OLD, press.newsletter("Harbour Weather"), now=NOON)
    confirm = sign(Scope.CONFIRM, wish.public_id)
    not_me = sign(Scope.NOT_ME, reader.public_id, blocking.name_of(OLD))
    leave = LeaveToken(reader.public_id, briefing.public_id)
    assert manage_links.find(manage, now=NOON) == reader
    assert blocking.find(not_me, now=NOON) is not None

    moved(reader)

    assert manage_links.find(manage, now=NOON) is None
    assert blocking.find(not_me, now=NOON) is None
    found = opt_in.find(confirm)
    assert found is None or opt_in.confirm(found, EVIDENCE, now=NOON).is_expired
    tie = leaving.find(leave)
    assert tie is not None
    assert not leaving.leave(tie, EVIDENCE, now=NOON).was_left
    left = Subscription.objects.get(subscriber__address=NEW, newsletter=briefing)
    assert left.state == SubscriptionState.LEFT


def test_the_new_mailbox_can_say_that_it_was_not_them(
    press: Press, reader: Subscriber, briefing: Newsletter
) -> None:
    moved(reader)
    weekly = press.newsletter("Good News")
    wish = ask(NEW, weekly, now=NOON)
    token = sign(Scope.NOT_ME, wish.subscriber.public_id, blocking.name_of(NEW))
    found = blocking.find(token, now=NOON)
    assert found is not None
    blocking.block(found.subscriber, now=NOON)
    assert SignUp.objects.get(pk=wish.pk).expires_at == NOON
