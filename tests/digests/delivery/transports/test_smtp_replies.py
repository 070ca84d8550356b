"""What a reply means for a reader."""

import pytest

from digests.choices import Outcome
from digests.delivery.transports.smtp_replies import Reply, judge
from subscriptions.choices import BounceKind

HARD, SOFT = BounceKind.HARD, BounceKind.SOFT


@pytest.mark.parametrize(
    ("code", "text", "outcome", "noted", "blame"),
    [
        (250, "2.0.0 Taken", Outcome.ACCEPTED, "", None),
        (251, "User not local; will forward", Outcome.ACCEPTED, "", None),
        (450, "4.2.1 Busy", Outcome.DEFERRED, "450 4.2.1", None),
        (451, "Busy", Outcome.DEFERRED, "451", None),
        (452, "4.2.2 Full for now", Outcome.DEFERRED, "452 4.2.2", None),
        (450, "4.1.1 User unknown", Outcome.DEFERRED, "450 4.1.1", None),
        (550, "5.1.1 Nobody", Outcome.FAILED, "550 5.1.1", HARD),
        (550, "5.7.1 User unknown", Outcome.FAILED, "550 5.7.1", HARD),
        (550, "5.5.0 mailbox unavailable", Outcome.FAILED, "550 5.5.0", HARD),
        (552, "5.2.2 Over quota", Outcome.FAILED, "552 5.2.2", SOFT),
        (554, "Nobody", Outcome.FAILED, "554", SOFT),
        (550, "5.7.26 Not authenticated", Outcome.DEFERRED, "550 5.7.26", None),
        (550, "5.1.1 Your IP is on a blacklist", Outcome.DEFERRED, "550 5.1.1", None),
        (550, "5.1.0 sender rejected", Outcome.DEFERRED, "550 5.1.0", None),
        (552, "5.3.4 Too large", Outcome.DEFERRED, "552 5.3.4", None),
        (451, "4.7.1 Greylisted", Outcome.DEFERRED, "451 4.7.1", None),
        (550, "4.7.1 contradicts its own class", Outcome.DEFERRED, "550", None),
        (550, "5.1.1234 is odd", Outcome.FAILED, "550", SOFT),
        (550, "5.71.1 is nothing", Outcome.FAILED, "550 5.71.1", SOFT),
    ],
)
def test_a_reply_is_sorted_by_its_words_and_codes(
    code: int, text: str, outcome: Outcome, noted: str, blame: BounceKind | None
) -> None:
    answer = judge(Reply(code, text)).answer
    assert (answer.outcome, answer.code, answer.blame) == (outcome, noted, blame)


def test_a_word_in_the_readers_own_address_blames_nobody() -> None:
    reply = Reply(550, "5.1.1 <spam@example.org>: no such user")
    assert judge(reply, "spam@example.org").answer.blame is HARD
