"""What is known of a mail service: one record each, in services/. Settings read them before any app is loaded.

All of it was found in the services' own references, in what their own libraries have recorded, and in django-anymail.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from subscriptions.choices import BounceKind
from subscriptions.mailing.unwatched import FLAGS, Words

SHARED_SECRET = "WEBHOOK_SECRET"  # noqa: S105 - a variable's name
LONG_KEY_SECONDS = 600  # well beyond the lease after which a lost worker is noticed


class Verdict(Enum):
    """What an answer means for a reader, or for all readers of a call."""

    ACCEPTED = "accepted"
    REFUSED = "refused for this reader"
    SUPPRESSED = "refused for this reader: the service has given the mailbox up"
    OURS = "refused for us"
    LATER = "not now for this reader: to be tried later"
    BUSY = "not now: too many calls or mails at once"
    UNCLEAR = "refused, and not said for whose fault"
    KNOWN = "taken before: a call with the same key"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one answer means: by its code, its words, or its HTTP status; whatever is given must fit."""

    verdict: Verdict
    what: str  # in words, for the documentation
    code: str = ""
    words: str = ""  # a regular expression; a group “at” counts the reader of the call, from 0
    status: int = 0
    # Of SUPPRESSED: what the service says has happened to the mailbox.
    kind: BounceKind = BounceKind.HARD


@dataclass(frozen=True, slots=True)
class ReaderAnswer:
    """What a service says of one reader."""

    verdict: Verdict
    code: str = ""
    words: str = ""
    kind: BounceKind | None = None


ACCEPTED = ReaderAnswer(Verdict.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came over HTTP."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""
    data: Any = None  # its JSON; None where it is none

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


# One a reader, in the order of the addresses; None: this is no answer that names what became of each.
ToldEach = Callable[[Reply, Sequence[str]], "list[ReaderAnswer] | None"]
# Code and words of an error about the whole call; None: it holds none.
Fault = Callable[[Reply], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Answers:
    """How its answers are read. What no meaning covers is read by its HTTP status (replies.py)."""

    each: ToldEach
    fault: Fault
    meanings: tuple[Meaning, ...] = ()


class Body(Enum):
    """How a reader's own links get into the body of a call for many."""

    FIELDS = "the service fills its own merge fields"
    WHOLE = "each reader's body stands in the call"
    ALONE = "one reader a call"


@dataclass(frozen=True, slots=True)
class Call:
    """How a call for many readers is written."""

    body: Body = Body.ALONE
    # A merge field, its name to be formatted in; without FIELDS, none.
    merge_field: str = ""
    # Where the readers stand: the path to a list in its JSON, or the name of a form's field that holds JSON.
    readers: tuple[str, ...] = ()
    # Fields stand in headers and in metadata too, so that a reader's part of the call is only what differs.
    fields_anywhere: bool = False
    # Constant headers stand in each reader's headers once more: whether the service merges the two is its secret.
    repeats_headers: bool = False
    # A key may be allowed to send one by one only.
    may_be_forbidden: bool = False
    # Changes in what anymail has written, for every mail.
    adapted: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """A service's limits as it documents them; 0 means that it documents none."""

    readers: int = 1  # a call
    megabytes: float = 0  # a call
    calls_a_second: float = 0
    whose: str = "account"  # each account's, or each key's
    is_of_calls_for_many: bool = (
        False  # calls for single mails have a limit of their own, far above
    )
    note: str = ""


@dataclass(frozen=True, slots=True)
class Headers:
    """What becomes of the headers of a mail."""

    # In lower case: a mail with one of them is refused, or costs extra.
    forbidden: frozenset[str] = frozenset()
    only: frozenset[str] | None = None  # in lower case: all that may be sent
    keeps_message_id: bool = False
    takes_metadata: bool = True
    is_ascii_only: bool = False  # encoded words are decoded and sent raw
    added: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def fitted(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Those that the service takes, and those that it needs."""
        return self.kept(headers) | dict(self.added)

    def kept(self, headers: Mapping[str, str]) -> dict[str, str]:
        kept = {}
        for name, value in headers.items():
            low = name.lower()
            if low in self.forbidden or (self.only is not None and low not in self.only):
                continue
            kept[name] = _bare(value) if self.is_ascii_only else value
        return kept


def _bare(value: str) -> str:
    """“=?utf-8?q?...?= <id>” without its phrase, where it is not ASCII."""
    before, bracket, after = value.rpartition("<")
    return f"{bracket}{after}" if "=?" in before else value


class KeyPlace(Enum):
    """Where an idempotency key is read from."""

    NONE = "nowhere"
    HTTP_HEADER = "the header Idempotency-Key of the call"
    IN_CALL = "a place in the call"


@dataclass(frozen=True, slots=True)
class Key:
    place: KeyPlace = KeyPlace.NONE
    seconds: int = 0  # how long it is remembered
    put: Callable[[Any, str], None] | None = None  # into what anymail has written

    def __bool__(self) -> bool:
        return self.place is not KeyPlace.NONE


@dataclass(frozen=True, slots=True)
class Asking:
    """How a service is asked what it has accepted, after a lost answer. It is asked for our own names of mails."""

    lag_seconds: int  # how far its log is behind at most, with a margin
    right: str  # what the key must be allowed to do, in its words
    # The request for a page of what it has accepted: (backend, window or reader, what the last page gave for the next).
    page: Callable[[Any, "LogQuery", Any], dict[str, Any]]
    # Names of mails, and what is to be given for the next page; None: this was the last. Raises ValueError.
    read: Callable[[Any], tuple[set[str], Any]]
    # A question for each reader; else one for all that was accepted in a time.
    is_each: bool = False


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What is asked about: a time, and where each reader is asked about, one of them."""

    since: datetime
    until: datetime
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Streams:
    """Where a service parts newsletters from single mails, and wants each in its own stream."""

    option: str  # of MAIL_URL
    bulk: str  # what it must say for newsletters
    # By the options of a way out: is it certainly the one for newsletters, or the one for single mails?
    is_bulk: Callable[[Mapping[str, Any]], bool]
    is_for_single: Callable[[Mapping[str, Any]], bool]
    what: str  # what else happens, in words


@dataclass(frozen=True, slots=True)
class Webhooks:
    """How its events prove where they come from; `view` is django-anymail's."""

    view: str
    # The variable of .env that holds its secret, and anymail's name for it.
    variable: str
    option: str
    what: str  # in words for whoever has to set it
    # Its signature holds a time: how old that may be. As long as the service goes on trying, and some more.
    fresh_for: timedelta | None = None
    # Without: the signature covers no body, so its token counts once, whatever it comes with.
    signs_body: bool = True
    signs_url: bool = False
    # Without: correlated by message id and recipient only.
    returns_metadata: bool = True


def basic_webhooks(module: str, name: str) -> Webhooks:
    return Webhooks(
        f"anymail.webhooks.{module}.{name}TrackingWebhookView",
        SHARED_SECRET,
        "webhook_secret",
        "user:password, as in https://user:password@news.example.org/webhooks/…",
    )


@dataclass(frozen=True, slots=True)
class Service:
    name: str  # the scheme of MAIL_URL
    title: str  # as its people and django-anymail write it
    module: str  # of django-anymail's backends
    example: str  # of a MAIL_URL
    limits: Limits
    answers: Answers
    # Which of anymail's options the parts of the URL are.
    user: str = ""
    password: str = ""
    host: str = ""
    needs: tuple[str, ...] = ()  # options that its URL must have
    call: Call = field(default_factory=Call)
    headers: Headers = field(default_factory=Headers)
    key: Key = field(default_factory=Key)
    # What it would take for syntax of its own in any text, and so must not meet in an article.
    syntax: tuple[str, ...] = ()
    # How a mail says that opens and clicks are not to be watched; None: only the service's own settings can.
    unwatched: Words | None = FLAGS
    # Opens can only be asked for, never declined: its own setting must be off, and a call asks where a reader agreed.
    is_asked_to_watch: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)  # anymail's esp_extra, for every mail
    # Of a call for many it answers for each reader, or names the one that it will not have.
    names_each: bool = False
    # Writes a mail where anymail's backend cannot, or not so: (backend, mail) -> the parameters of a request.
    request: Callable[[Any, Any], dict[str, Any]] | None = None
    asking: Asking | None = None
    streams: Streams | None = None
    webhooks: Webhooks | None = None
    cannot: tuple[str, ...] = ()
    tried: str = "against what it documents and what its own libraries have recorded"

    @property
    def backend(self) -> str:
        return f"anymail.backends.{self.module}.EmailBackend"

    def options_of_single_mails(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options for single emails by the same account: by its stream for them, where it has one."""
        kept = dict(options)
        if self.streams is not None and self.streams.is_bulk(options):
            del kept[self.streams.option]
        return kept

    @property
    def repeats_by_key(self) -> bool:
        """Is a lost worker's call made again with its key? What readers have agreed to must not part the calls."""
        is_fit = self.asking is None and self.unwatched is None
        return is_fit and self.key.seconds >= LONG_KEY_SECONDS

    @property
    def settles_doubts(self) -> bool:
        """Are results in doubt settled, those of a lost worker's calls too?"""
        return self.asking is not None or self.repeats_by_key

    @property
    def is_for_many(self) -> bool:
        return self.call.body is not Body.ALONE
