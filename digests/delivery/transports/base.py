"""What a transport is asked and what it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from digests.choices import Outcome
from digests.messages.message import Message, Recipient
from subscriptions.choices import BounceKind
from subscriptions.mailing.call_bucket import RateWords


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one recipient after the attempt; PENDING: provably not sent.

    `blame`: what a refusal says of the reader's address; settling keeps it as a report of a bounce. None: nothing.
    """

    outcome: Outcome
    code: str = ""
    text: str = ""
    blame: BounceKind | None = None


NOT_SENT = Answer(Outcome.PENDING)
ACCEPTED = Answer(Outcome.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Result:
    """One answer a recipient, in their order; `trouble` says why no more should be sent for a while.

    `is_about_message`: another digest would fare better; else it is the way out that must rest.
    `needs_person`: it will not mend by itself: an unpaid account, a domain that was never confirmed.
    `busy`: no trouble; the service only wants no call for `rest_seconds`.
    """

    answers: Sequence[Answer]
    trouble: str = ""
    rest_seconds: float = 0
    is_about_message: bool = False
    needs_person: bool = False
    busy: str = ""
    rate_words: RateWords | None = None  # what the service said of its own limits


# Asked now and then while a server lets us wait; it may renew the lease. False: the work is in other hands, stop.
OnWait = Callable[[], bool]


def always() -> bool:
    """Return True, for callers without a lease."""
    return True


class Transport(Protocol):
    """Used by one worker thread at a time; keeps its connection between slices."""

    name: str

    def send(
        self,
        message: Message,
        recipients: Sequence[Recipient],
        *,
        key: str = "",
        on_wait: OnWait = always,
    ) -> Result:
        """Attempt each recipient once. Never raises for what a server or a network does.

        `key` names the slice, for servers that know a repeated call by its key.
        """
        ...

    def close(self) -> None: ...
