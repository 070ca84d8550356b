"""What a reply means for a reader."""

import pytest

from digests.choices import Outcome
from digests.delivery.transports.smtp_replies import Reply, answer_of


@pytest.mark.parametrize(
    ("code", "text", "outcome", "noted"),
    [
        (250, "2.0.0 Taken", Outcome.ACCEPTED, ""),
        (251, "User not local; will forward", Outcome.ACCEPTED, ""),
        (450, "4.2.1 Busy", Outcome.DEFERRED, "450 4.2.1"),
        (451, "Busy", Outcome.DEFERRED, "451"),
        (452, "4.2.2 Full for now", Outcome.DEFERRED, "452 4.2.2"),
        (550, "5.1.1 Nobody", Outcome.FAILED, "550 5.1.1"),
        (554, "Nobody", Outcome.FAILED, "554"),
        (550, "5.7.26 Not authenticated", Outcome.DEFERRED, "550 5.7.26"),
        (451, "4.7.1 Greylisted", Outcome.DEFERRED, "451 4.7.1"),
        (550, "4.7.1 contradicts its own class", Outcome.FAILED, "550"),
        (550, "5.1.1234 has too many digits", Outcome.FAILED, "550"),
        (550, "5.71.1 is not policy", Outcome.FAILED, "550 5.71.1"),
    ],
)
def test_a_reply_is_sorted_by_its_codes(code: int, text: str, outcome: Outcome, noted: str) -> None:
    answer = answer_of(Reply(code, text))
    assert (answer.outcome, answer.code) == (outcome, noted)
