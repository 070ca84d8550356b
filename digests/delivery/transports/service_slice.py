"""What a service has said of the readers of one slice, and what follows for them and for the way out."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace

from digests.choices import Outcome
from digests.delivery.transports.base import ACCEPTED, NOT_SENT, Answer, Result
from digests.messages.message import Message, Recipient
from subscriptions.mailing.replies import (
    PERSON_SECONDS,
    REST_SECONDS,
    Away,
    Busy,
    Doubt,
    Refused,
)
from subscriptions.mailing.service import ACCEPTED as TAKEN
from subscriptions.mailing.service import ReaderAnswer, Service, Verdict

GONE = "The batch is no longer in our hands."
# So many readers of a message refused, and none taken: whatever the service says of them, the fault may be ours.
MOST_REFUSED = 3


class ServiceSlice:
    """`has_taken`: the service took this message before, so what it refuses now is not the message's fault.

    `key` names the slice; `is_repeat`: its calls were made before, and their answers are lost.
    """

    def __init__(
        self, service: Service, *, has_taken: bool, key: str = "", is_repeat: bool = False
    ) -> None:
        self._service = service
        self.has_taken = has_taken
        self.key = key
        self.is_repeat = is_repeat
        self._answers: dict[str, Answer] = {}
        self._refused: dict[str, ReaderAnswer] = {}
        self._ours = ""
        self._busy = ""

    def note(self, readers: Sequence[Recipient], told: Sequence[ReaderAnswer]) -> None:
        for reader, one in zip(readers, told, strict=True):
            if one is TAKEN:
                self._answers[reader.public_id] = ACCEPTED
                self.has_taken = True
            else:
                self._note_one(reader, one)
        self._stop_if_ours()

    def note_refused(self, reader: Recipient, refused: Refused) -> None:
        told = ReaderAnswer(refused.verdict, refused.code, str(refused), refused.kind)
        self._note_one(reader, told)
        self._stop_if_ours()

    def note_doubt(self, readers: Sequence[Recipient], doubt: Doubt) -> None:
        unknown = Answer(Outcome.UNCERTAIN, text=str(doubt))
        self._answers.update((reader.public_id, unknown) for reader in readers)

    def note_unmailable(self, reader: Recipient, why: str) -> None:
        self._answers[reader.public_id] = Answer(Outcome.FAILED, text=why)

    def answers(self, readers: Sequence[Recipient]) -> list[Answer]:
        """Return each reader's answer. A reader of whom nothing is known was provably not sent anything."""
        for public_id, told in self._refused.items():
            is_theirs = self.has_taken or (
                told.verdict is Verdict.REFUSED and not self._is_hopeless
            )
            outcome = Outcome.FAILED if is_theirs else Outcome.DEFERRED
            self._answers[public_id] = Answer(outcome, told.code, told.words)
        return [self._answers.get(reader.public_id, NOT_SENT) for reader in readers]

    def trouble(self) -> Away | Busy | None:
        title = self._service.title
        if self._busy:
            return Busy(f"{title} is busy: {self._busy}", REST_SECONDS)
        if self._ours:
            return Away(f"{title} refuses us: {self._ours}", PERSON_SECONDS, needs_person=True)
        if self._is_hopeless:
            first = next(iter(self._refused.values()))
            words = f"{title} refused every reader: {first.words}"
            return Away(words, PERSON_SECONDS, needs_person=True)
        return None

    @property
    def _is_hopeless(self) -> bool:
        return len(self._refused) >= MOST_REFUSED and not self.has_taken

    def _note_one(self, reader: Recipient, told: ReaderAnswer) -> None:
        if told.verdict in (Verdict.UNCLEAR, Verdict.REFUSED):
            self._refused[reader.public_id] = told
        elif told.verdict is Verdict.OURS:
            self._ours = self._ours or told.words  # the reader waits, as if never called
        elif told.verdict is Verdict.BUSY:
            self._busy = self._busy or told.words
        else:
            self._answers[reader.public_id] = _answer(told)

    def _stop_if_ours(self) -> None:
        """Stop if there is no sense in trying more readers. Raises Away or Busy."""
        trouble = self.trouble()
        if trouble is not None:
            raise trouble


def _answer(told: ReaderAnswer) -> Answer:
    if told.verdict is Verdict.ACCEPTED:
        return ACCEPTED
    if told.verdict is Verdict.LATER:
        return Answer(Outcome.DEFERRED, told.code, told.words)
    if told.verdict is Verdict.UNKNOWN:
        return Answer(Outcome.UNCERTAIN, told.code, told.words)
    return Answer(Outcome.FAILED, told.code, told.words, blame=told.kind)


def result_of_trouble(trouble: Exception | None, answers: Sequence[Answer]) -> Result:
    """`trouble`: one of those that replies.py raises, or an error of a message that cannot be made."""
    if trouble is None:
        return Result(answers)
    if isinstance(trouble, Busy):
        return Result(answers, rest_seconds=trouble.wait_seconds, busy=str(trouble))
    if isinstance(trouble, Away):
        return Result(
            answers, str(trouble), trouble.rest_seconds, needs_person=trouble.needs_person
        )
    if isinstance(trouble, Doubt):
        return Result(answers, str(trouble), REST_SECONDS)
    words = f"The message cannot be made: {trouble}"
    return Result(answers, words, REST_SECONDS, is_about_message=True)


def of_first_call(repeated: Result) -> Result:
    """What the repeat of a call says of the first one: whatever else befalls it, its readers are in doubt as before."""
    doubt = Answer(Outcome.UNCERTAIN, text=repeated.trouble or repeated.busy)
    told = (Outcome.ACCEPTED, Outcome.FAILED)
    answers = [answer if answer.outcome in told else doubt for answer in repeated.answers]
    return replace(repeated, answers=answers)


def call_key(slice_key: str, message: Message, readers: Sequence[Recipient]) -> str:
    """The same for the same call, and no other: random public ids part installations and restored databases.

    A UUID, because Brevo wants one. Empty without a slice.
    """
    if not slice_key:
        return ""
    name = " ".join([slice_key, message.digest, *(reader.public_id for reader in readers)])
    return str(uuid.UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=5))
