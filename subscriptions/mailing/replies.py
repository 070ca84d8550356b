"""What a service's answer, or the lack of one, says of each reader of a call.

A 4xx, or a connection that never came about: nothing was taken. A timeout, a reset, a 5xx, an answer that is none: it
may have been, and a POST is not repeated by itself (RFC 9110 section 9.2.2). What a service means otherwise stands in
its record.
"""

import email.utils
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from subscriptions.choices import BounceKind
from subscriptions.mailing.service import Meaning, ReaderAnswer, Reply, Service, Verdict

REST_SECONDS = 30
LONGEST_REST_SECONDS = 900
# For trouble that only a person can end: an unpaid account, a domain that was never confirmed.
PERSON_SECONDS = 300
TOO_MANY = 429
# The service finds fault with the call or with one of its readers.
ABOUT_THE_CALL = frozenset({400, 413, 422})
# A timeout told politely, and a call with the same key that is under way.
UNCLEAR = frozenset({408, 409})
WAITS = ("retry-after", "ratelimit-reset", "x-sib-ratelimit-reset", "x-ratelimit-reset")
EPOCH_SECONDS = 1_000_000_000  # more than that is a moment, not a time to wait
WORDS_LENGTH = 250


class Refused(Exception):
    """Nobody of this call was sent anything; in other calls, most of them may be."""

    def __init__(
        self,
        words: str,
        code: str = "",
        *,
        verdict: Verdict = Verdict.UNCLEAR,
        kind: BounceKind | None = None,
        place: int | None = None,
    ) -> None:
        super().__init__(words)
        self.code = code
        self.verdict = verdict
        self.kind = kind
        self.place = place  # of the reader to blame, where the words say it


class Away(Exception):
    """Nobody of this call was sent anything, and nobody would be: the way out must rest."""

    def __init__(
        self, words: str, rest_seconds: float = REST_SECONDS, *, needs_person: bool = False
    ) -> None:
        super().__init__(words)
        self.rest_seconds = rest_seconds
        self.needs_person = needs_person


class Busy(Exception):
    """Nobody of this call was sent anything: it came too early."""

    def __init__(self, words: str, wait_seconds: float) -> None:
        super().__init__(words)
        self.wait_seconds = wait_seconds


class Doubt(Exception):
    """The service may have taken the call. `has_failed`: it has said itself that something went wrong."""

    def __init__(self, words: str, *, has_failed: bool = False) -> None:
        super().__init__(words)
        self.has_failed = has_failed


class Known(Doubt):
    """The service had a call with this key before, and does not say what became of it."""


def read(service: Service, reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer]:
    """Read one answer for each address, in their order. Raises the four above.

    Where the service blames a reader's mailbox or us in the answer for that reader, it stands there.
    """
    fault = service.answers.fault(reply)
    told = service.answers.each(reply, addresses) if fault is None else None
    if told is None or len(told) != len(addresses):
        raise _Whole(service, reply, addresses, *(fault or ("", "")), is_told=bool(fault)).meant()
    return told


def read_question(service: Service, reply: Reply) -> None:
    """Read the reply to a question that changes nothing. Raises Busy, Away or Doubt if it was not answered."""
    if reply.is_good:
        return
    words = words_of(reply)
    if reply.status == TOO_MANY:
        raise Busy(f"{service.title} is busy: {words}", wait_seconds(reply.headers))
    if reply.status in (401, 402, 403):
        text = f"{service.title} does not say what it has accepted: {reply.status} {words}"
        raise Away(text, PERSON_SECONDS, needs_person=True)
    raise Doubt(f"{service.title} gave no clear answer: {reply.status} {words}")


def meaning_of(service: Service, status: int, code: str, words: str) -> Meaning | None:
    for meaning in service.answers.meanings:
        fits = (
            (not meaning.code or meaning.code == code)
            and (not meaning.status or meaning.status == status)
            and (not meaning.words or _pattern(meaning.words).search(words) is not None)
        )
        if fits:
            return meaning
    return None


def told(service: Service, code: str, words: str, status: int = 0) -> ReaderAnswer:
    """Return the answer for one reader who was not taken, by the service's code and words for them."""
    meaning = meaning_of(service, status, code, words)
    if meaning is None:
        return ReaderAnswer(Verdict.UNCLEAR, code, words)
    kind = meaning.kind if meaning.verdict is Verdict.SUPPRESSED else None
    return ReaderAnswer(meaning.verdict, code, words, kind)


class _Whole:
    """An answer about the call as a whole, and what it means."""

    def __init__(
        self,
        service: Service,
        reply: Reply,
        addresses: Sequence[str],
        code: str,
        words: str,
        *,
        is_told: bool,
    ) -> None:
        self._title = service.title
        self._reply = reply
        self._addresses = addresses
        self._is_told = is_told
        self._words = words[:WORDS_LENGTH] or words_of(reply)
        self._code = code or str(reply.status)
        # A page comes from a machine in between, which knows nothing of the service's words.
        is_page = is_web_page(reply)
        self._meaning = None if is_page else meaning_of(service, reply.status, code, self._words)

    def meant(self) -> Exception:
        return self._by_status() if self._meaning is None else self._by_meaning(self._meaning)

    def _by_meaning(self, meaning: Meaning) -> Exception:
        if meaning.verdict is Verdict.OURS:
            return self._needs_person(f"{self._title} refuses us: {self._words}")
        if meaning.verdict is Verdict.BUSY:
            return self._busy()
        if meaning.verdict is Verdict.UNKNOWN:
            return self._doubt()
        if meaning.verdict is Verdict.KNOWN:
            return Known(f"{self._title} knows the key of this call: {self._words}")
        kind = meaning.kind if meaning.verdict is Verdict.SUPPRESSED else None
        place = _named(self._words, self._addresses, meaning.words)
        return Refused(self._words, self._code, verdict=meaning.verdict, kind=kind, place=place)

    def _by_status(self) -> Exception:
        status = self._reply.status
        if status == TOO_MANY:
            return self._busy()
        if status in ABOUT_THE_CALL or (self._reply.is_good and self._is_told):
            place = _named(self._words, self._addresses, "")
            verdict = Verdict.UNCLEAR if place is None else Verdict.REFUSED
            return Refused(self._words, self._code, verdict=verdict, place=place)
        if status in UNCLEAR or status >= 500 or status < 300:
            return self._doubt()
        if status < 400:
            return self._needs_person(f"{self._title} redirects elsewhere; is its api_url right?")
        return self._needs_person(f"{self._title} answered {status}: {self._words}")

    def _busy(self) -> Busy:
        seconds = wait_seconds(self._reply.headers)
        return Busy(f"{self._title} is busy: {self._words}", seconds)

    def _doubt(self) -> Doubt:
        if self._reply.is_good and is_web_page(self._reply):
            return Doubt(f"{self._title} answered with {self._words}.")
        status = self._reply.status
        words = f"{self._title} gave no clear answer: {status} {self._words}"
        return Doubt(words, has_failed=status >= 500)

    def _needs_person(self, words: str) -> Away:
        return Away(words, PERSON_SECONDS, needs_person=True)


def _named(words: str, addresses: Sequence[str], pattern: str) -> int | None:
    """Which reader of the call the words name; None: none, or more than one."""
    if pattern:
        found = _pattern(pattern).search(words)
        at = found.groupdict().get("at") if found else None
        if at and at.isdecimal() and int(at) < len(addresses):
            return int(at)
    low = words.lower()
    if "@" not in low:
        return None
    named = [place for place, address in enumerate(addresses) if address.lower() in low]
    return named[0] if len(named) == 1 else None


def wait_seconds(headers: Mapping[str, str]) -> float:
    """How long the service wants to be left alone: seconds, a date (RFC 9110 section 10.2.3), or a moment as a number.

    A moment is counted from the service's own clock, which may be an hour off.
    """
    for name in WAITS:
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,12}(\.\d+)?", value):
            number = float(value)
            is_moment = number > EPOCH_SECONDS
            return _bounded(number - _their_now(headers).timestamp() if is_moment else number)
        if at := _date(value):
            return _bounded((at - _their_now(headers)).total_seconds())
    return REST_SECONDS


def _their_now(headers: Mapping[str, str]) -> datetime:
    return _date(headers.get("date", "")) or datetime.now(UTC)


def _date(value: str) -> datetime | None:
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return at.replace(tzinfo=at.tzinfo or UTC)


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1.0), LONGEST_REST_SECONDS)


def is_web_page(reply: Reply) -> bool:
    """An empty body is no page, whatever its headers say."""
    text = reply.body[:200].lstrip()
    return bool(text) and reply.data is None and text[:1] == b"<"


def words_of(reply: Reply) -> str:
    """What it said, in one line."""
    text = reply.body[:2000].decode("utf-8", "replace")
    if is_web_page(reply):
        title = re.search(r"<title[^>]*>(.{1,100}?)</title>", text, re.DOTALL | re.IGNORECASE)
        return f"a web page, “{' '.join(title[1].split())}”" if title else "a web page"
    return " ".join(text[:500].split())[:200] or "no words"


@lru_cache(maxsize=256)
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)
