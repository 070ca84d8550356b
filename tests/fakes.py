"""The outside world, misbehaving on demand."""

from collections.abc import Callable, Sequence

from digests.choices import Outcome
from digests.delivery.messages import Message, Recipient
from digests.delivery.transports.base import ACCEPTED, Answer, Result


class FakeTransport:
    """A server that notes every recipient it took before it answers."""

    name = "fake"

    def __init__(self, answer: Callable[[Recipient], Answer] | None = None) -> None:
        self.taken: list[str] = []
        self.slices: list[list[str]] = []
        self.trouble_after: int | None = None
        self.before_send: Callable[[], None] = lambda: None
        self._answer = answer or (lambda _recipient: ACCEPTED)

    def send(self, message: Message, recipients: Sequence[Recipient]) -> Result:
        self.before_send()
        self.slices.append([recipient.address for recipient in recipients])
        answers: list[Answer] = []
        for recipient in recipients:
            if self.trouble_after is not None and len(self.taken) >= self.trouble_after:
                rest = [Answer(Outcome.PENDING)] * (len(recipients) - len(answers))
                return Result([*answers, *rest], "The server went away.", rest_seconds=0)
            answer = self._answer(recipient)
            if answer.outcome in {Outcome.ACCEPTED, Outcome.UNCERTAIN}:
                self.taken.append(recipient.address)
            answers.append(answer)
        return Result(answers)

    def close(self) -> None:
        """Nothing is open."""
