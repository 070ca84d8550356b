"""A mail that asks to leave (the mailto of List-Unsubscribe, RFC 2369): its subject holds the leave link's token.

Nothing else is read. The sender can be anyone's invention, and a body may quote a whole digest, with the link of
whoever it was sent to: a forwarded mail, or a bounce, must make nobody leave.
"""

import re
from datetime import datetime
from email import message_from_bytes, policy

from subscriptions import leaving
from subscriptions.evidence import Evidence
from subscriptions.links import MAIL_WORD, BadLink, LeaveToken, read_leave

LEAVE_MAIL = "unsubscribe mail"
_ASKS = re.compile(rf"\s*{MAIL_WORD}[\s_]+([A-Za-z0-9_-]{{20,200}})\s*", re.IGNORECASE)


class NoLeaveMail(ValueError):
    """Nothing to act on; the text says why."""


def take(raw: bytes, *, now: datetime) -> bool:
    """Leave as the mail asks. False: it was left before, or the reader is gone. Raises NoLeaveMail."""
    subscription = leaving.find(read_leave_subject(_subject(raw)))
    if subscription is None:
        return False
    return not leaving.leave(subscription, Evidence(LEAVE_MAIL), now=now).was_left


def read_leave_subject(subject: str) -> LeaveToken:
    """Raises NoLeaveMail."""
    asked = _ASKS.fullmatch(subject)
    if asked is None:
        raise NoLeaveMail("Its subject is not that of a mail which asks to leave.")
    try:
        return read_leave(asked[1])
    except BadLink as error:
        raise NoLeaveMail(f"Its token is none of ours: {error}") from error


def _subject(raw: bytes) -> str:
    try:
        return str(message_from_bytes(raw, policy=policy.default)["Subject"] or "")
    except (ValueError, LookupError, IndexError, AttributeError) as error:
        # The standard library stumbles over some headers that were never meant to be read.
        raise NoLeaveMail(f"Its subject cannot be read: {type(error).__name__}.") from error
