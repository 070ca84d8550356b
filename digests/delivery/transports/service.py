"""Through a mail service: a call a slice where it takes many readers; the same call again only where it knows a key."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from digests.delivery.transports.base import OnWait, Result, always
from digests.delivery.transports.service_form import Form, Values
from digests.delivery.transports.service_mail import ServiceMail, wire_address
from digests.delivery.transports.service_slice import (
    GONE,
    ServiceSlice,
    call_key,
    of_first_call,
    result_of_trouble,
)
from digests.messages.message import Message, Recipient
from digests.rendering.mail_headers import Unwritable
from subscriptions.addresses import BadAddress
from subscriptions.mailing.call_bucket import RateWords, rate_words
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.replies import Away, Busy, Doubt, Known, Refused, read
from subscriptions.mailing.reply_parts import accepted_all
from subscriptions.mailing.service import KeyPlace, ReaderAnswer, Verdict
from subscriptions.mailing.service_session import ServiceSession
from subscriptions.mailing.services import all_services

logger = logging.getLogger(__name__)

# Before a keyed call is made again. All of it together ends long before any service forgets a key.
PAUSES_SECONDS = (1.0, 2.0, 4.0)
STEP_SECONDS = 1.0
# What a call may weigh at most, whatever the service takes: four connections of a worker hold one each.
MOST_BYTES = 5_000_000
KEPT_VERSIONS = 4


class ServiceTransport:
    """Keeps its session between slices."""

    def __init__(self, route: MailRoute, *, pauses: Sequence[float] = PAUSES_SECONDS) -> None:
        self.name = route.name
        self._service = all_services()[route.service]
        self._session = ServiceSession(route, self._service)
        self._pauses = pauses
        self._mails: dict[tuple[str, int], ServiceMail] = {}
        self._taken: set[str] = set()  # digests of which the service has taken a mail
        self._takes_many = self._service.is_for_many
        self._rate_words: RateWords | None = None

    def send(
        self,
        message: Message,
        recipients: Sequence[Recipient],
        *,
        key: str = "",
        on_wait: OnWait = always,
    ) -> Result:
        """`key` names the slice: a call with the same readers has the same idempotency key."""
        return self._run(message, recipients, key, on_wait, is_repeat=False)

    def repeat(self, message: Message, recipients: Sequence[Recipient], *, key: str) -> Result:
        """Make the calls of a slice again whose answers were lost, for all whom they were for.

        Only that a reader was taken, or that their address is none, is said of the first call as well; else they are
        in doubt as before.
        """
        return of_first_call(self._run(message, recipients, key, always, is_repeat=True))

    def _run(
        self,
        message: Message,
        recipients: Sequence[Recipient],
        key: str,
        on_wait: OnWait,
        *,
        is_repeat: bool,
    ) -> Result:
        has_taken = message.digest in self._taken
        done = ServiceSlice(self._service, has_taken=has_taken, key=key, is_repeat=is_repeat)
        trouble: Exception | None = None
        try:
            mail = self._mail(message)
            good = _addressable(recipients, done)
            for readers, together in self._groups(mail, good):
                self._send(mail, readers, done, on_wait, together=together)
        except (Away, Busy, Doubt, ValueError, KeyError) as error:
            trouble = error
        if done.has_taken:
            self._taken.add(message.digest)
        if isinstance(trouble, Doubt):
            self._session.close()
        result = result_of_trouble(trouble or done.trouble(), done.answers(recipients))
        words, self._rate_words = self._rate_words, None
        return replace(result, rate_words=words) if words else result

    def close(self) -> None:
        self._session.close()

    def _mail(self, message: Message) -> ServiceMail:
        which = (message.digest, id(message))
        mail = self._mails.get(which)
        if mail is None or mail.message is not message:
            mail = ServiceMail(self._service, message)
            while len(self._mails) >= KEPT_VERSIONS:
                self._mails.pop(next(iter(self._mails)))
            self._mails[which] = mail
        return mail

    def _groups(
        self, mail: ServiceMail, recipients: Sequence[Recipient]
    ) -> Iterator[tuple[list[Recipient], bool]]:
        """Who goes together: a call is measured as a whole or not at all.

        An address that comes twice, or in other capitals, would be one to the service.
        """
        together: dict[bool, list[Recipient]] = {False: [], True: []}
        alone: list[Recipient] = []
        seen: set[str] = set()
        for recipient in recipients:
            folded = recipient.address.casefold()
            if self._takes_many and folded not in seen and mail.goes_with_others(recipient):
                together[mail.is_measured(recipient)].append(recipient)
            else:
                alone.append(recipient)
            seen.add(folded)
        size = self._service.limits.readers
        for readers in together.values():
            for start in range(0, len(readers), size):
                group = readers[start : start + size]
                yield group, len(group) > 1
        for recipient in alone:
            yield [recipient], False

    def _send(
        self,
        mail: ServiceMail,
        readers: list[Recipient],
        done: ServiceSlice,
        on_wait: OnWait,
        *,
        together: bool,
    ) -> None:
        """Send to readers; halve a group that is refused, to find the bad address in a few calls more."""
        waiting = [readers]
        while waiting:
            group = waiting.pop()
            form = self._form(mail, group, done, together=together and len(group) > 1)
            halves = _fitting(form, group, self._most_bytes)
            if len(halves) > 1:
                waiting += reversed(halves)
                continue
            try:
                told = self._call(mail, form, group, on_wait, done)
            except Away:
                if not (form.is_for_many and self._service.call.may_be_forbidden):
                    raise
                self._takes_many = (
                    False  # the key may still send one by one; if not, the next call says so
                )
                waiting += [[reader] for reader in reversed(group)]
            except Refused as refused:
                waiting += reversed(self._split(group, refused, done, form))
            else:
                done.note(group, told)

    @property
    def _most_bytes(self) -> float:
        megabytes = self._service.limits.megabytes
        return min(MOST_BYTES, megabytes * 1_000_000) if megabytes else MOST_BYTES

    def _form(
        self, mail: ServiceMail, group: Sequence[Recipient], done: ServiceSlice, *, together: bool
    ) -> Form:
        return mail.form(
            self._session,
            together=together and self._takes_many,
            is_measured=mail.is_measured(group[0]),
            is_keyed=bool(done.key) and self._service.key.place is KeyPlace.IN_CALL,
        )

    def _split(
        self,
        group: list[Recipient],
        refused: Refused,
        done: ServiceSlice,
        form: Form,
    ) -> list[list[Recipient]]:
        """The calls that are to be made instead of this one. Raises Doubt."""
        if done.is_repeat and refused.verdict is not Verdict.REFUSED:
            raise Doubt(
                str(refused)
            )  # the first call may have fared better, and other calls have other keys
        if len(group) == 1:
            done.note_refused(group[0], refused)
            return []
        logger.info("%s refused a call for %s readers: %s", self.name, len(group), refused)
        if refused.place is not None:
            done.note_refused(group[refused.place], refused)
            rest = group[: refused.place] + group[refused.place + 1 :]
            return [rest]
        half = len(group) // 2
        return [group[:half], group[half:]]

    def _call(
        self,
        mail: ServiceMail,
        form: Form,
        group: Sequence[Recipient],
        on_wait: OnWait,
        done: ServiceSlice,
    ) -> list[ReaderAnswer]:
        if not on_wait():
            raise Away(GONE, 0)
        name = call_key(done.key, mail.message, group) if self._service.key else ""
        values = mail.values(group, form)
        try:
            return self._once(form, values, name, group)
        except Known as known:
            if not done.is_repeat:
                done.note_doubt(group, known)
                raise
            return accepted_all(group)
        except Doubt as doubt:
            is_again = name and not done.is_repeat
            told = self._again(form, values, name, group, doubt, on_wait) if is_again else []
            if not told:
                done.note_doubt(group, doubt)
                raise
            return told

    def _once(
        self, form: Form, values: Sequence[Values], name: str, group: Sequence[Recipient]
    ) -> list[ReaderAnswer]:
        headers = {"Idempotency-Key": name} if self._in_header and name else None
        reply = self._session.ask(form.request, form.body(values, name), headers)
        self._rate_words = rate_words(reply.headers)
        return read(self._service, reply, [value[0].decode() for value in values])

    @property
    def _in_header(self) -> bool:
        return self._service.key.place is KeyPlace.HTTP_HEADER

    def _again(
        self,
        form: Form,
        values: Sequence[Values],
        name: str,
        group: Sequence[Recipient],
        doubt: Doubt,
        on_wait: OnWait,
    ) -> list[ReaderAnswer]:
        """The identical call with the same key, a few times. Empty: still in doubt, whatever was said since."""
        end = time.monotonic() + self._service.key.seconds / 2
        has_failed = doubt.has_failed
        for seconds in self._pauses:
            logger.warning("%s: asking again with the same key. %s", self.name, doubt)
            self._session.close()
            if time.monotonic() > end or not _wait(seconds, on_wait):
                return []
            try:
                return self._once(form, values, name, group)
            except Known:
                # What has failed may have been noted with its key all the same.
                return [] if has_failed else accepted_all(group)
            except (Away, Busy, Refused, Doubt) as again:
                has_failed = has_failed or (isinstance(again, Doubt) and again.has_failed)
                # None of these says what became of the first call.
                logger.warning("%s: %s", self.name, again)
        return []


def _fitting(form: Form, group: list[Recipient], most_bytes: float) -> list[list[Recipient]]:
    """The group itself where its call is not too heavy, or parts of it that are not."""
    size = max(1, int((most_bytes - form.shared_size) // max(1, form.reader_size)))
    return [group[start : start + size] for start in range(0, len(group), size)]


def _addressable(recipients: Sequence[Recipient], done: ServiceSlice) -> list[Recipient]:
    good = []
    for reader in recipients:
        try:
            wire_address(reader.address)
        except (BadAddress, Unwritable) as error:
            done.note_unmailable(reader, f"No mail can go there: {error}")
        else:
            good.append(reader)
    return good


def _wait(seconds: float, on_wait: OnWait) -> bool:
    """False: the batch is in other hands."""
    end = time.monotonic() + seconds
    while on_wait():
        left = end - time.monotonic()
        if left <= 0:
            return True
        time.sleep(min(left, STEP_SECONDS))
    return False
