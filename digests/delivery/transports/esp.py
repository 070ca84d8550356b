"""Through an ESP: one call a slice where it takes many readers; the same call again only where it knows a key."""

import logging
import time
from collections.abc import Sequence

from anymail.message import AnymailMessage

from digests.choices import Outcome
from digests.delivery.mail_headers import Unwritable
from digests.delivery.messages import Message, Recipient
from digests.delivery.transports.base import NOT_SENT, Answer, OnWait, Result, always
from digests.delivery.transports.esp_answers import Away, Doubt, Refused
from digests.delivery.transports.esp_mail import EspMail, call_key, wire_address
from digests.delivery.transports.esp_session import EspSession
from digests.delivery.transports.esps import ESPS
from subscriptions.addresses import BadAddress
from subscriptions.mailing.mail import MailRoute

logger = logging.getLogger(__name__)

REST_SECONDS = 30
# Before a keyed call is made again. All of it together ends long before any ESP forgets a key.
PAUSES_SECONDS = (1.0, 2.0, 4.0)
STEP_SECONDS = 1.0
GONE = "The batch is no longer in our hands."


class EspTransport:
    """Keeps its session between slices."""

    def __init__(self, route: MailRoute, *, pauses: Sequence[float] = PAUSES_SECONDS) -> None:
        self.name = route.name
        self._esp = ESPS[route.service]
        self._session = EspSession(route, self._esp)
        self._pauses = pauses
        self._prepared: EspMail | None = None

    def send(
        self,
        message: Message,
        recipients: Sequence[Recipient],
        *,
        key: str = "",
        on_wait: OnWait = always,
    ) -> Result:
        """`key` names the slice: a call with the same readers has the same idempotency key."""
        answers: dict[str, Answer] = {}
        trouble, rest, is_about_message = "", 0.0, False
        try:
            letters = self._letters(message)
            good = _addressable(recipients, answers)
            for readers in letters.calls(good):
                self._send_together(letters, readers, answers, key, on_wait)
        except Away as away:
            trouble, rest = str(away), away.rest_seconds
        except Doubt as doubt:
            trouble, rest = str(doubt), REST_SECONDS
        except (ValueError, KeyError) as error:
            trouble, rest, is_about_message = (
                f"The message cannot be made: {error}",
                REST_SECONDS,
                True,
            )
        if trouble:
            self._session.close()
        told = [answers.get(reader.public_id, NOT_SENT) for reader in recipients]
        return Result(told, trouble, rest, is_about_message)

    def close(self) -> None:
        self._session.close()

    def _letters(self, message: Message) -> EspMail:
        if self._prepared is None or self._prepared.message is not message:
            self._prepared = EspMail(self._esp, message)
        return self._prepared

    def _send_together(
        self,
        letters: EspMail,
        readers: list[Recipient],
        answers: dict[str, Answer],
        key: str,
        on_wait: OnWait,
    ) -> None:
        if len(readers) == 1:
            self._send_each(letters, readers, answers, key, on_wait)
            return
        mail = letters.shared(readers, key=self._key(key, letters, readers))
        try:
            self._call(mail, readers, answers, on_wait)
        except Refused as refused:
            # One address that the ESP will not have fails the call for all of them.
            logger.info("%s refused a call for %s readers: %s", self.name, len(readers), refused)
            self._send_each(letters, readers, answers, key, on_wait)

    def _send_each(
        self,
        letters: EspMail,
        readers: Sequence[Recipient],
        answers: dict[str, Answer],
        key: str,
        on_wait: OnWait,
    ) -> None:
        refused: dict[str, Refused] = {}
        try:
            for reader in readers:
                mail = letters.alone(reader, key=self._key(key, letters, [reader]))
                try:
                    self._call(mail, [reader], answers, on_wait)
                except Refused as refusal:
                    refused[reader.public_id] = refusal
        finally:
            is_taken = any(answer.outcome == Outcome.ACCEPTED for answer in answers.values())
            for reader_id, error in refused.items():
                answers[reader_id] = _refusal(error, is_taken=is_taken)
        if len(refused) == len(readers) > 1:
            raise Away(f"The service refused every reader: {next(iter(refused.values()))}")

    def _key(self, key: str, letters: EspMail, readers: Sequence[Recipient]) -> str:
        return call_key(key, letters.message, readers) if self._esp.is_keyed else ""

    def _call(
        self,
        mail: AnymailMessage,
        readers: Sequence[Recipient],
        answers: dict[str, Answer],
        on_wait: OnWait,
    ) -> None:
        if not on_wait():
            raise Away(GONE, 0)
        try:
            told = self._session.call(mail)
        except Doubt as doubt:
            told = self._call_again(mail, doubt, on_wait) if mail.idempotency_key else []
            if not told:
                unknown = Answer(Outcome.UNCERTAIN, text=str(doubt))
                answers.update((reader.public_id, unknown) for reader in readers)
                raise
        answers.update(
            (reader.public_id, answer) for reader, answer in zip(readers, told, strict=True)
        )

    def _call_again(self, mail: AnymailMessage, doubt: Doubt, on_wait: OnWait) -> list[Answer]:
        """The identical call with the same key, a few times. Empty: still in doubt, whatever was said since."""
        for seconds in self._pauses:
            logger.warning("%s: asking again with the same key. %s", self.name, doubt)
            self._session.close()
            if not _wait(seconds, on_wait):
                return []
            try:
                return self._session.call(mail)
            except (Away, Refused, Doubt) as again:
                # None of these says what became of the first call.
                logger.warning("%s: %s", self.name, again)
        return []


def _addressable(recipients: Sequence[Recipient], answers: dict[str, Answer]) -> list[Recipient]:
    good = []
    for reader in recipients:
        try:
            wire_address(reader.address)
        except (BadAddress, Unwritable) as error:
            answers[reader.public_id] = Answer(
                Outcome.FAILED, text=f"No mail can go there: {error}"
            )
        else:
            good.append(reader)
    return good


def _refusal(error: Refused, *, is_taken: bool) -> Answer:
    """Where the ESP took the same message for others it is this reader's; else it may be ours, and is tried again."""
    outcome = Outcome.FAILED if is_taken else Outcome.DEFERRED
    return Answer(outcome, error.code, str(error))


def _wait(seconds: float, on_wait: OnWait) -> bool:
    """False: the batch is in other hands."""
    end = time.monotonic() + seconds
    while on_wait():
        left = end - time.monotonic()
        if left <= 0:
            return True
        time.sleep(min(left, STEP_SECONDS))
    return False
