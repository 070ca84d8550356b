"""Bounces without a status report, written for people; and automatic replies, which are none.

What decides is who writes: a mail system does not go on holiday. Some (Exim, Google Groups, mail.ru) mark their bounces
as automatic replies, and some say nothing in a form that a program knows. So what a mail system writes to a return path
of ours is a bounce if its words or codes say that a mail did not arrive.
"""

import logging
import re
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

from flufl.bounce import all_failures

from digests.choices import EventKind
from digests.tracking import bounce_words
from digests.tracking.bounce_words import AWAY, DELAYED, FULL, NOT_DELIVERED, UNKNOWN
from digests.tracking.mail_parts import header, named_addresses, report_type
from digests.tracking.status_reports import Told
from subscriptions.choices import BounceKind

logging.getLogger("flufl.bounce").setLevel(logging.WARNING)  # else a line for each of its detectors

_MARKED = re.compile(r"auto-replied|auto-notified", re.IGNORECASE)
_MARKS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Vacation")
_SYSTEM_BOXES = re.compile(
    r"mail(?:er)?[-_.]?daemon|postmaster|mdaemon|post-?office|mta(?:[-_.].*)?"
    r"|mail(?:er)?[-_.]?(?:admin|system|server|delivery)",
    re.IGNORECASE,
)
_SYSTEM_NAMES = re.compile(
    r"mail delivery|delivery (?:sub)?system|mail(?:er)?[- ]daemon|postmaster|mail system"
    r"|(?:system|mail) administrator",
    re.IGNORECASE,
)
# Where the original begins, which is about anything at all.
_QUOTED = re.compile(
    r"^(?:[-=_*> ]{2,60}.{0,60}(?:original|copy of|returned|below this line|ursprüngliche|kopie)"
    r"|[-=_*> ]{0,60}.{0,40}(?:message headers?|original message)\b.{0,10} follow"
    r"|[> ]*(?:received|return-path|dkim-signature|message-id|mime-version):)",
    re.IGNORECASE | re.MULTILINE,
)
_CODE = re.compile(r"(?<![\d.])(?:[45]\.\d{1,3}\.\d{1,3}|[45][0-7]\d)(?![\d.])")
_PERMANENT = re.compile(r"(?<![\d.])(?:5\.\d{1,3}\.\d{1,3}|55[0-7])(?![\d.])")
_ADDRESS = re.compile(rb"""[^\s@"'{}<>,;]+@[^\s@"'{}<>,;]+""")
_ANSWERED = re.compile(r"\w{1,5}(?:\[\d+\])? ?:")  # Re: and its like
LINES_OF_A_REPLY = 4
MOST_CHARACTERS = 8_000


def read_prose(mail: Message, words: str) -> Told | None:
    """Read a bounce in prose; None if nothing says that an email did not arrive.

    `words`: what the email says to people.
    """
    own = _without_original(words[:MOST_CHARACTERS])
    plain = bounce_words.plain(own)
    is_of_a_system = _is_of_a_mail_system(mail)
    is_delayed = bool(DELAYED.search(plain))
    says_so = any(it.search(plain) for it in (NOT_DELIVERED, UNKNOWN, FULL))
    says_so = says_so or (is_of_a_system and bool(_PERMANENT.search(own)))
    # Some of flufl's detectors take any letter with an address in it.
    if is_of_a_system or says_so or is_delayed:
        temporary, permanent = (sorted(filter(_ADDRESS.fullmatch, it)) for it in all_failures(mail))
        if temporary or permanent:
            kind = EventKind.BOUNCED if permanent else EventKind.DEFERRED
            recipient = (permanent or temporary)[0].decode("utf-8", "replace")
            return Told(kind, _reply(own), recipient, _said(plain))
    if not is_of_a_system or not (says_so or is_delayed):
        return None
    if is_delayed:
        return Told(EventKind.DEFERRED, _reply(own), "")
    return Told(EventKind.BOUNCED, _reply(own), "", _said(plain))


def is_automatic_reply(mail: Message, words: str) -> bool:
    """RFC 3834, and what was used before it."""
    automatic = header(mail, "Auto-Submitted")
    is_marked = (
        bool(_MARKED.search(automatic))
        or header(mail, "Precedence").strip().lower() == "auto_reply"
        or any(mail[name] is not None for name in _MARKS)
    )
    if not is_marked:
        return False
    if "vacation" in automatic.lower() or not _is_of_a_mail_system(mail):
        return True
    return bool(AWAY.search(bounce_words.plain(f"{_subject(mail)} {words[:300]}")))


def _is_of_a_mail_system(mail: Message) -> bool:
    if mail["X-Failed-Recipients"] is not None or report_type(mail) == "delivery-status":
        return True
    senders = named_addresses(
        [header(mail, "From"), header(mail, "Sender"), header(mail, "Return-Path")]
    )
    for name, address in senders:
        if _SYSTEM_BOXES.fullmatch(address.partition("@")[0]) or _SYSTEM_NAMES.search(name):
            return True
    # Vacations come with an empty return path, too: then the subject decides, unless it may be ours.
    subject = bounce_words.plain(_subject(mail))
    return not _ANSWERED.match(subject) and bool(NOT_DELIVERED.search(subject))


def _without_original(words: str) -> str:
    found = _QUOTED.search(words, 1)
    return words[: found.start()] if found else words


def _reply(own: str) -> str:
    """The lines about a code, which are the other server's; without one, all that is said."""
    lines = [line.strip() for line in own.splitlines()]
    for place, line in enumerate(lines):
        if _CODE.search(line):
            begin = max(0, place - 1)
            return " ".join(filter(None, lines[begin : begin + LINES_OF_A_REPLY]))
    return " ".join(own.split())


def _said(plain: str) -> BounceKind | None:
    if FULL.search(plain):
        return BounceKind.SOFT
    return BounceKind.HARD if UNKNOWN.search(plain) else None


def _subject(mail: Message) -> str:
    raw = header(mail, "Subject")[:500]
    try:
        return str(make_header(decode_header("".join(raw.splitlines()))))
    except (MessageError, ValueError, LookupError):
        return raw
