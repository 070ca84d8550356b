"""One message to one reader on its way: what is known of it at any moment."""

from collections.abc import Callable
from dataclasses import dataclass

from digests.choices import Outcome
from digests.delivery.transports.base import NOT_SENT, Answer


@dataclass(slots=True)
class Attempt:
    """One message to one reader. `make` gives the parts of its content, in which no line begins with a dot and the
    last one ends; it is called when their turn comes, since fifty messages at once would be megabytes a thread."""

    sender: str
    recipient: str
    make: Callable[[], list[bytes]]
    answer: Answer | None = None
    size: int = 0
    # The position in the stream behind its last byte, final dot included; None: never given to the wire.
    end: int | None = None

    @property
    def envelope(self) -> bytes:
        return f"RSET\r\nMAIL FROM:<{self.sender}>\r\nRCPT TO:<{self.recipient}>\r\n".encode(
            "ascii"
        )

    def content(self) -> list[bytes] | None:
        """Return the parts of the message; None if it cannot be made for this reader, which is their answer."""
        try:
            parts = self.make()
        except ValueError as error:
            self.answer = Answer(Outcome.FAILED, text=str(error))
            return None
        self.size = sum(map(len, parts))
        return parts

    def doubt(self, handed: int, why: str) -> Answer:
        """Return the answer for a reader to whom the server gave none.

        They are in doubt if the kernel had the last byte of the message (RFC 1047), else it was provably not sent.
        """
        if self.end is not None and self.end <= handed:
            return Answer(Outcome.UNCERTAIN, text=why)
        return NOT_SENT
