"""Logging in (RFC 4954): PLAIN, LOGIN, CRAM-MD5, the safest that the server offers."""

import base64
import binascii
import hashlib
import hmac

from digests.delivery.transports.smtp_replies import Reply
from digests.delivery.transports.smtp_trouble import Trouble
from digests.delivery.transports.smtp_wire import Timeouts, Wire

# Over TLS the simplest; in the clear first the one that does not show the password.
OVER_TLS = ("PLAIN", "LOGIN", "CRAM-MD5")
IN_CLEAR = ("CRAM-MD5", "PLAIN", "LOGIN")
CHALLENGE = 334


def log_in(
    wire: Wire,
    user: str,
    password: str,
    offered: list[str],
    timeouts: Timeouts,
    *,
    is_secure: bool,
) -> None:
    """Log in to the server. Raises Trouble, never with the password in its text."""
    known = OVER_TLS if is_secure else IN_CLEAR
    mechanism = next((name for name in known if name in offered), None)
    if mechanism is None:
        said = " ".join(offered) or "none"
        raise Trouble(f"The server offers no way to log in that we know (it offers: {said}).")
    talk = _Talk(wire, timeouts)
    if mechanism == "PLAIN":
        reply = talk.say("AUTH PLAIN " + _encoded(f"\0{user}\0{password}".encode()))
    elif mechanism == "LOGIN":
        talk.say("AUTH LOGIN", expect=CHALLENGE)
        talk.say(_encoded(user.encode()), expect=CHALLENGE)
        reply = talk.say(_encoded(password.encode()))
    else:
        challenge = talk.say("AUTH CRAM-MD5", expect=CHALLENGE).text
        reply = talk.say(_encoded(_cram(challenge, user, password)))
    if not reply.is_positive:
        raise Trouble(f"The server refused the login of {user!r}: {reply}")


class _Talk:
    def __init__(self, wire: Wire, timeouts: Timeouts) -> None:
        self._wire = wire
        self._timeouts = timeouts

    def say(self, line: str, *, expect: int | None = None) -> Reply:
        self._wire.send(line.encode("ascii") + b"\r\n")
        reply = self._wire.reply(self._timeouts.command)
        if expect is not None and reply.code != expect:
            raise Trouble(f"The server does not let us log in: {reply}")
        return reply


def _cram(challenge: str, user: str, password: str) -> bytes:
    """RFC 2195."""
    try:
        asked = base64.b64decode(challenge, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Trouble("The server's CRAM-MD5 challenge is not base64.") from error
    mac = hmac.new(password.encode(), asked, hashlib.md5).hexdigest()
    return f"{user} {mac}".encode()


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
