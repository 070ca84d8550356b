"""A mail that asks to leave (the mailto of List-Unsubscribe, RFC 2369): its subject holds the leave link's token.

Nothing else is read. The sender can be anyone's invention, and a body may quote a whole digest, with the link of
whoever it was sent to: a forwarded digest, or a bounce, must make nobody leave. No subject of ours holds a token, so
around it stands whatever mail programs and filters put there: “Re:”, “AW:”, “[EXTERNAL]”, “***SPAM***”.
"""

import re
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser

from subscriptions import leaving
from subscriptions.evidence import Evidence
from subscriptions.links import MAIL_WORD, BadLink, LeaveToken, read_leave

LEAVE_MAIL = "unsubscribe mail"
MOST_HEAD, MOST_SUBJECT = 64 * 1024, 2000  # the first in bytes
_ASKS = re.compile(
    rf"(?<![A-Za-z0-9]){MAIL_WORD}[\s_+:]+([A-Za-z0-9_-]{{20,200}})(?![A-Za-z0-9_-])", re.IGNORECASE
)


class NoLeaveMail(ValueError):
    """Nothing to act on; the text says why."""


def take(raw: bytes, *, now: datetime) -> bool:
    """Leave as the mail asks. False: it was left before, or the reader is gone. Raises NoLeaveMail."""
    subscription = leaving.find(read_leave_subject(_subject(raw)))
    if subscription is None:
        return False
    return not leaving.leave(subscription, Evidence(LEAVE_MAIL), now=now).was_left


def read_leave_subject(subject: str) -> LeaveToken:
    """Read the token in the subject of an unsubscribe email. Raises NoLeaveMail."""
    why = "Its subject is not that of a mail which asks to leave."
    for asked in _ASKS.finditer(subject):
        try:
            return read_leave(asked[1])
        except BadLink as error:
            why = f"Its token is none of ours: {error}"
    raise NoLeaveMail(why)


def _subject(raw: bytes) -> str:
    """Decoded where it can be, else as it came."""
    found = str(BytesHeaderParser().parsebytes(raw[:MOST_HEAD]).get("Subject", ""))[:MOST_SUBJECT]
    unfolded = "".join(found.splitlines())
    try:
        return str(make_header(decode_header(unfolded)))
    except (MessageError, ValueError, LookupError):
        return unfolded
