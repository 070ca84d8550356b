"""What a step between two slices starts from, and what it leads to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from digests.delivery.transports.base import Answer
from digests.messages.message import Recipient


def slice_key(batch_id: int, start: int, stop: int, version_id: int) -> str:
    """`stop`: as the slice was opened."""
    return f"{batch_id}.{start}.{stop}.{version_id}"


class Stop(Enum):
    """Why no further slice was opened."""

    FINISHED = "the batch is finished"
    LOST = "the batch is in other hands"
    DIGEST = "the digest is paused or cancelled"
    SWITCH = "all sending is stopped"
    PRIORITY = "something more urgent is due"
    ASKED = "the worker is to end"


@dataclass(frozen=True, slots=True)
class OpenSlice:
    """What is to be sent now: recipients by their position in the batch."""

    start: int
    stop: int
    version_id: int
    positions: tuple[int, ...]
    recipients: tuple[Recipient, ...]

    @property
    def is_whole(self) -> bool:
        """Is nobody between its ends left out?"""
        return len(self.positions) == self.stop - self.start

    def key(self, batch_id: int) -> str:
        """Names this slice to a service that knows a repeated call by its key."""
        return slice_key(batch_id, self.start, self.stop, self.version_id)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a slice brought: one answer for each of its recipients."""

    slice: OpenSlice
    answers: Sequence[Answer]
