"""What refusals are about: single readers, our stream, the message, or this connection alone."""

from digests.delivery.transports import smtp_limits
from digests.delivery.transports.base import NOT_SENT
from digests.delivery.transports.smtp_attempt import Attempt
from digests.delivery.transports.smtp_replies import PERMANENT, Reply, judge
from digests.delivery.transports.smtp_trouble import (
    MESSAGE_REST_SECONDS,
    REST_SECONDS,
    Lost,
    Trouble,
)

MOST_POLICY_REFUSALS = 5  # in a row: then it is the stream that is refused, not a reader
MOST_OF_MESSAGE = 5  # before anybody got it


class Refusals:
    """The refusals that one transport has met. Call `begin` before the readers of one message, and `end` after."""

    def __init__(self) -> None:
        self._policy = 0
        self._is_taken = False
        self._of_message: list[Attempt] = []
        self._again: list[Attempt] = []  # on the next connection
        self._words = ""

    def begin(self) -> None:
        self._is_taken = False
        self._of_message = []

    def give_back(self) -> None:
        """Clear the answers of the readers whom this connection took no more of: they have none yet."""
        for attempt in self._again:
            attempt.answer = attempt.end = None
        self._again = []

    def note_accepted(self) -> None:
        self._policy = 0
        self._is_taken = True

    def note_sender(self, attempt: Attempt, reply: Reply, answered: int) -> Trouble:
        """The sender is the same for all readers of a digest: refused once, nobody gets it for now."""
        if answered and smtp_limits.is_of_connection(reply):
            return self._had_enough(attempt, reply)
        attempt.answer = NOT_SENT
        return Trouble(
            f"The sender {attempt.sender} was refused: {reply}",
            smtp_limits.rest_seconds(reply) if reply.is_policy else REST_SECONDS,
            is_about_message=reply.code >= PERMANENT and not reply.is_policy,
        )

    def note(self, attempt: Attempt, reply: Reply, answered: int) -> Trouble | None:
        """Give the reader their answer; a trouble if nobody else is to be tried now.

        `answered`: how many have had theirs on this connection. One that answers nobody is not what is limited.
        """
        if answered and smtp_limits.is_of_connection(reply):
            return self._had_enough(attempt, reply)
        verdict = judge(reply, attempt.recipient)
        attempt.answer = verdict.answer
        self._policy = self._policy + 1 if verdict.is_policy else 0
        if self._policy >= MOST_POLICY_REFUSALS:
            words = f"Refused for policy {self._policy} times in a row: {reply}"
            self._policy = 0
            return Trouble(words, smtp_limits.rest_seconds(reply))
        if verdict.is_of_message:
            self._of_message.append(attempt)
            self._words = f"The server refuses the message of {attempt.size} bytes: {reply}"
            if len(self._of_message) >= MOST_OF_MESSAGE:
                return self.end()
        return None

    def _had_enough(self, attempt: Attempt, reply: Reply) -> Lost:
        attempt.answer = NOT_SENT
        self._again.append(attempt)
        return Lost(f"The server takes no more on this connection: {reply}")

    def end(self) -> Trouble | None:
        """A message that somebody refused and nobody took is to blame itself.

        Its readers stay where they are until it is mended. One alone is put off instead, like any deferred reader: if
        it is only their own server that refuses it, nobody is to wait behind them.
        """
        if self._is_taken or not self._of_message:
            return None
        if len(self._of_message) > 1:
            for attempt in self._of_message:
                attempt.answer = NOT_SENT
        return Trouble(self._words, MESSAGE_REST_SECONDS, is_about_message=True)
