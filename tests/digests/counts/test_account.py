from digests import ledger
from digests.choices import Outcome
from digests.counts.account import WORDS, account_of, tallies
from digests.delivery import draining
from digests.delivery.transports.base import ACCEPTED, Answer
from digests.messages.message import Recipient
from tests.builders import Press
from tests.fakes import FakeTransport


def test_every_outcome_but_moved_has_a_word() -> None:
    assert set(WORDS) == set(Outcome) - {Outcome.MOVED}


def test_accepted_is_never_called_delivered() -> None:
    words = " ".join(f"{word.name} {word.meaning}" for word in WORDS.values()).lower()
    assert "delivered" not in words


def test_the_lines_add_up_to_the_audience(press: Press) -> None:
    newsletter = press.newsletter()
    refused, *_others = press.readers(newsletter, 7)
    digest = press.frozen(newsletter)

    def answer(recipient: Recipient) -> Answer:
        return Answer(Outcome.FAILED) if recipient.address == refused.address else ACCEPTED

    draining.drain(FakeTransport(answer), seconds=5)
    lines = {line.outcome: line.readers for line in account_of(digest.pk)}
    assert lines == {Outcome.ACCEPTED: 6, Outcome.FAILED: 1, Outcome.UNCERTAIN: 0}


def test_counting_many_at_once_agrees_with_the_ledger(press: Press) -> None:
    digests = []
    for number in range(3):
        newsletter = press.newsletter(f"Letter {number}")
        press.readers(newsletter, number * 300)
        digests.append(press.frozen(newsletter))
    draining.drain(FakeTransport(), seconds=5)
    counted = tallies(digest.pk for digest in digests)
    assert {pk: +tally for pk, tally in counted.items()} == {
        digest.pk: +ledger.counts(digest.pk) for digest in digests
    }
