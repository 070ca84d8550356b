"""What a server's reply means: its class, its enhanced code (RFC 3463), and whom it is about."""

import re
from typing import NamedTuple

from digests.choices import Outcome
from digests.delivery.transports.base import ACCEPTED, Answer
from subscriptions.choices import BounceKind
from subscriptions.mailing import reply_codes

CLOSING = 421  # “service not available, closing transmission channel”: says nothing of the reader
GO_ON = 354
PERMANENT = 500
BAD_SEQUENCE = 503
UNKNOWN_COMMAND = frozenset({500, 502})
POLICY = "7"  # X.7.X: security or policy status

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?!\d)")


class Reply(NamedTuple):
    code: int
    text: str  # all lines, parted by blanks; the first may begin with an enhanced code

    @property
    def is_positive(self) -> bool:
        return 200 <= self.code < 300

    @property
    def is_refusal(self) -> bool:
        return self.code >= 400

    @property
    def enhanced(self) -> str:
        """“5.1.1”, or nothing; one that contradicts the reply's own class is none."""
        found = _ENHANCED.match(self.text)
        return found[0] if found and found[1] == str(self.code)[0] else ""

    @property
    def is_policy(self) -> bool:
        """Is the reply about us or our stream, by its code, and not about the reader?"""
        return self.enhanced.split(".")[1:2] == [POLICY]

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class Verdict(NamedTuple):
    """What a reply to RCPT or to the content makes of the reader, and what else it is about."""

    answer: Answer
    is_policy: bool = False  # our stream
    is_of_message: bool = False  # its size or form


def judge(reply: Reply, address: str = "") -> Verdict:
    """Judge a reply by its words and its code (subscriptions/mailing/reply_codes.py). `address`: the reader's.

    A refusal of policy or of the message is not the reader's fault, even with a 5xx: they are tried again, for what
    stands in the way (a block, a DNS record, a limit) may be mended while the digest is still news.
    """
    if reply.is_positive:
        return Verdict(ACCEPTED)
    code = f"{reply.code} {reply.enhanced}".strip()
    text = reply.text.removeprefix(reply.enhanced).strip()
    later = Answer(Outcome.DEFERRED, code, text)
    if reply.code < PERMANENT:
        return Verdict(later, is_policy=reply.is_policy)
    refusal = reply_codes.read(str(reply), address=address)
    if refusal.is_of_message:
        return Verdict(later, is_of_message=True)
    if refusal.kind is BounceKind.POLICY:
        return Verdict(later, is_policy=True)
    return Verdict(Answer(Outcome.FAILED, code, text, blame=refusal.kind))
