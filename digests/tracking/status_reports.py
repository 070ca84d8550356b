"""What a status report says of a mail (RFC 3464, RFC 6533), also where it is written loosely."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_string
from email.message import Message

from digests.choices import EventKind
from digests.tracking.mail_parts import header, is_type
from subscriptions.choices import BounceKind

BOUNCED, DEFERRED = EventKind.BOUNCED, EventKind.DEFERRED
DELIVERED, SENT = EventKind.DELIVERED, EventKind.SENT
STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_FIELDS = re.compile(
    r"\s*(?:Reporting-MTA|(?:Final|Original)-Recipient|Arrival-Date):", re.IGNORECASE
)
_BLANK_LINE = re.compile(r"\n[ \t]*\n")

# By the beginning of the word; RFC 3464 section 2.3.3 knows failed, delayed, delivered, relayed and expanded.
_ACTIONS: Mapping[str, EventKind] = {
    **dict.fromkeys(
        ("fail", "error", "undeliver", "bounc", "reject", "refus", "perm", "expir", "return", "drop"),
        BOUNCED,
    ),
    **dict.fromkeys(("delay", "defer", "trans", "temp", "retr", "warn", "queue"), DEFERRED),
    **dict.fromkeys(("deliver", "success"), DELIVERED),
    **dict.fromkeys(("relay", "expand", "forward"), SENT),
}  # fmt: skip
_NOT = re.compile(r"\bnot?\b|\bun|fail|error|impossible", re.IGNORECASE)
_CLASS = re.compile(r"(?<![\d.])([245])(?:\.\d{1,3}\.\d{1,3}|\d\d)(?![\d.])")
_OF_CLASSES = {"5": BOUNCED, "4": DEFERRED, "2": DELIVERED}
_VAGUE = re.compile(r"[45]\.0\.0|")
WORST_FIRST = (BOUNCED, DEFERRED, DELIVERED, SENT)


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one mail. `said`: where the words, not a code, tell a dead mailbox from a full one."""

    kind: EventKind
    reply: str
    recipient: str
    said: BounceKind | None = None


def read_report(parts: Sequence[Message], words: str) -> Told | None:
    """Return the worst result that the report gives for any recipient; None without a report or a result in it.

    `words`: what stands in front of it for people.
    """
    blocks = [block for part in parts for block in _blocks(part)]
    found: dict[EventKind, Message] = {}
    for block in blocks:
        if (kind := _kind(block)) is not None:
            found.setdefault(kind, block)
    worst = next((kind for kind in WORST_FIRST if kind in found), None)
    if worst is None:
        return None
    block = found[worst]
    recipient = header(block, "Final-Recipient") or header(block, "Original-Recipient")
    return Told(worst, _reply(block, words), recipient.rpartition(";")[2].strip(" <>"))


def _reply(block: Message, words: str) -> str:
    """The other server's own words come first: a status in front of them is often a guess."""
    status, diagnostic = header(block, "Status").strip(), header(block, "Diagnostic-Code").strip()
    if not diagnostic and _VAGUE.fullmatch(status.partition(" ")[0]):
        diagnostic = words
    return diagnostic if status in diagnostic else f"{diagnostic} ({status})".strip()


def _kind(block: Message) -> EventKind | None:
    action = header(block, "Action").strip().lower()
    if action.startswith("deliver") and _NOT.search(action):
        return BOUNCED
    for beginning, kind in _ACTIONS.items():
        if action.startswith(beginning):
            return kind
    told = _CLASS.search(header(block, "Status")) or _CLASS.search(header(block, "Diagnostic-Code"))
    return _OF_CLASSES[told[1]] if told else None


def _blocks(part: Message) -> Iterable[Message]:
    """The groups of fields of a report."""
    payload = part.get_payload()
    if any(is_type(part, name) for name in STATUS_TYPES):
        if isinstance(payload, list):
            for block in payload:
                if isinstance(block, Message):
                    yield block
                    yield from _blocks_in(str(block.get_payload()))
        else:
            yield from _blocks_in(_plain(part))
    elif part.get_content_maintype() == "text" and _FIELDS.match(str(payload)):
        yield from _blocks_in(_plain(part))


def _plain(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _blocks_in(text: str) -> Iterable[Message]:
    return (
        message_from_string(block.strip() + "\n")
        for block in _BLANK_LINE.split(text.replace("\r\n", "\n"))
    )
