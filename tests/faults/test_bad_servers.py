"""F6: a mail server in every bad mood. Nobody missed, nobody blamed for the server, copies only in doubt."""

import time

import pytest
from django.conf import LazySettings

from digests import ledger, tasks
from digests.choices import DigestState, Outcome
from digests.delivery import finishing
from digests.models import Digest, Reason
from digests.models.ledger import SLICE_SIZE
from subscriptions.mailing.mail import parse_mail_url
from tests.builders import Press
from tests.faults.accounts import account, assert_sound, hurry
from tests.faults.crew import Crew
from tests.smtp_sink import DROP, RESET, Rule

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]
READERS = SLICE_SIZE * 4


@pytest.fixture
def route(crew: Crew, settings: LazySettings) -> None:
    """This process sends, through the real transport."""
    settings.MAIL_ROUTES = settings.MAIL_ROUTES | {
        "digests": parse_mail_url(f"smtp://127.0.0.1:{crew.sink.port}?connections=2")
    }
    return


def send(digest: Digest, *, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while digest.state != DigestState.SENT:
        assert time.monotonic() < end, ledger.counts(digest.pk)
        tasks.drain_now(10)
        hurry()
        finishing.mark_sent()
        digest.refresh_from_db()


MOODS = {
    # what it does: (rules, slices in doubt at most)
    "closes when greeted, thirty times": ([Rule("CONNECT", "421 4.3.2 Too busy", times=30)], 0),
    "closes in the midst, again and again": (
        [Rule("MAIL", "421 4.3.2 Too busy", after=after, times=1) for after in (7, 31, 32, 90)],
        0,
    ),
    "puts new senders off": ([Rule("RCPT", "451 4.7.1 Greylisted", times=60)], 0),
    "drops at DATA": ([Rule("DATA", DROP, after=after, times=1) for after in (3, 60, 61)], 1),
    "drops after the content": (
        [Rule("CONTENT", DROP, after=after, times=1) for after in (3, 60)],
        1,
    ),
    "takes it and resets": (
        [Rule("ACCEPTED", RESET, after=after, times=1) for after in (3, 60)],
        1,
    ),
    "is slow to greet": ([Rule("CONNECT", "delay 2", then="220 sink.example.org", times=1)], 0),
    "stalls for longer than a lease": (
        [Rule("ACCEPTED", "delay 5", then="250 2.0.0 Taken", after=20, times=1)],
        0,
    ),
}


@pytest.mark.parametrize("mood", MOODS)
def test_a_bad_mood_costs_nobody_the_digest(
    crew: Crew, route: None, settings: LazySettings, mood: str
) -> None:
    settings.LEASE_SECONDS = 3
    rules, slices_in_doubt = MOODS[mood]
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    crew.sink.behaves(*rules)

    send(digest)

    assert_sound(account(crew, digest), readers, most_doubts=slices_in_doubt)
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}


def test_a_refusal_concerns_its_reader_alone(crew: Crew, route: None) -> None:
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    digest = press.frozen(newsletter)
    refused = readers[77]
    crew.sink.behaves(Rule(f"RCPT TO:<{refused.address}>", "550 5.1.1 No such user"))

    send(digest)

    assert_sound(account(crew, digest), [one for one in readers if one != refused], most_doubts=0)
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS - 1, Outcome.FAILED: 1}
    assert Reason.objects.get().code.startswith("550")


def test_a_reader_whose_mail_cannot_be_made_fails_alone(crew: Crew, route: None) -> None:
    """F15: the address passes the database, and no mail can carry it."""
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, READERS)
    poisoned = press.reader(newsletter, address="a,b<c@example.org")
    digest = press.frozen(newsletter)

    send(digest)

    assert_sound(account(crew, digest), readers, most_doubts=0)
    reason = Reason.objects.get()
    assert (reason.subscriber_id, reason.outcome) == (poisoned.pk, Outcome.FAILED)
    assert reason.text
