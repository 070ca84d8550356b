"""Tests of a digest: to colleagues by those who compose, to others by those who may approve, and not without end."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from digests.composing.testing import MOST_A_DAY, MOST_STRANGERS_A_DAY, send_test
from digests.drafts.refusals import Refused
from digests.models import Digest, SentTest
from subscriptions.choices import LetterState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Letter
from subscriptions.tasks import send_letter
from tests.at_once import at_once
from tests.builders import Press
from tests.staff import member

STRANGER = "stranger@example.net"


@pytest.fixture
def digest(press: Press) -> Digest:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article())
    return digest


@pytest.fixture
def curator(db: None) -> User:
    return member("curator", "cleo")


@pytest.fixture
def publisher(db: None) -> User:
    return member("publisher", "paul")


def post(user: User, digest: Digest, **fields: str) -> tuple[int, str]:
    client = Client()
    client.force_login(user)
    answer = client.post(f"/admin/digests/digest/{digest.pk}/compose/tests/", fields)
    return answer.status_code, answer.text


def addresses() -> list[str]:
    return sorted(Letter.objects.values_list("address", flat=True))


@pytest.mark.parametrize("field", ["colleague", "others"])
def test_who_may_not_approve_writes_to_colleagues_alone(
    digest: Digest, curator: User, publisher: User, field: str
) -> None:
    assert post(curator, digest, **{field: "PAUL@example.org"})[0] == 200
    status, words = post(curator, digest, **{field: STRANGER})
    assert (status, f"{STRANGER}: not a colleague." in words) == (422, True)
    both = {"colleague": "paul@example.org", "others": STRANGER}
    assert post(curator, digest, **both)[0] == 422
    assert addresses() == ["PAUL@example.org"], "of a mixed list nobody gets it"


def test_who_has_left_the_house_is_a_stranger(
    digest: Digest, curator: User, publisher: User
) -> None:
    User.objects.filter(pk=publisher.pk).update(is_active=False)
    with pytest.raises(Refused, match="not a colleague"):
        send_test(digest, [publisher.email], curator, now=database_now())


def test_who_may_approve_writes_to_others_and_a_field_for_them_is_theirs(
    digest: Digest, curator: User, publisher: User
) -> None:
    assert post(publisher, digest, others=STRANGER)[0] == 200
    assert addresses() == [STRANGER]
    for user, is_there in ((publisher, True), (curator, False)):
        client = Client()
        client.force_login(user)
        page = client.get(f"/admin/digests/digest/{digest.pk}/compose/").text
        assert ('name="others"' in page) == is_there
        assert ("Only staff who may approve can send tests" in page) != is_there


def test_nobody_sends_without_end(digest: Digest, curator: User, publisher: User) -> None:
    now = database_now()
    others = [f"stranger{number}@example.net" for number in range(10)]
    for _click in range(MOST_STRANGERS_A_DAY // 10):
        send_test(digest, others, publisher, now=now)
    with pytest.raises(Refused, match="outside: You may send 20 tests in a day"):
        send_test(digest, [STRANGER], publisher, now=now)
    for _click in range(MOST_A_DAY - MOST_STRANGERS_A_DAY):
        send_test(digest, [publisher.email], publisher, now=now)
    with pytest.raises(Refused, match="100 tests in a day, and have sent 100"):
        send_test(digest, [publisher.email], publisher, now=now)
    assert len(addresses()) == MOST_A_DAY
    # Each has a day of their own, and another one tomorrow.
    send_test(digest, [curator.email], curator, now=now)
    send_test(digest, [STRANGER], publisher, now=now + timedelta(days=1, seconds=1))
    assert SentTest.objects.filter(by=publisher).count() == 1, "what is over is forgotten"


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_at_once_each_counts() -> None:
    press = Press()
    digest = press.digest(press.newsletter())
    publisher, now = member("publisher"), database_now()
    ten = [f"stranger{number}@example.net" for number in range(10)]

    def click() -> str:
        try:
            send_test(digest, ten, publisher, now=now)
        except Refused as refusal:
            return str(refusal)
        return ""

    said = at_once(*[click] * 4)
    assert sum(not words for words in said) == 2
    assert Letter.objects.count() == MOST_STRANGERS_A_DAY


def test_no_test_goes_where_no_mail_may_go(digest: Digest, publisher: User, curator: User) -> None:
    now = database_now()
    suppress(STRANGER, SuppressionReason.COMPLAINT, now=now)
    with pytest.raises(Refused, match="we no longer email this address"):
        send_test(digest, ["Stranger@Example.net"], publisher, now=now)
    (letter,) = send_test(digest, [curator.email], publisher, now=now)
    suppress(curator.email, SuppressionReason.BOUNCE, now=now)
    send_letter(letter.pk)
    letter.refresh_from_db()
    assert letter.state == LetterState.CANCELLED
    assert mail.outbox == []


def test_the_history_says_who_sent_one_to_whom_and_writes_no_stranger_out(
    digest: Digest, publisher: User
) -> None:
    post(publisher, digest, colleague="paul@example.org", others=STRANGER)
    post(publisher, digest, others="no address")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (publisher, str(digest.pk))
    assert entry.change_message == "A test was sent to paul@example.org, s•••@e•••.net."
