"""How long a form had been on the screen when it came back: a signed time in a hidden field.

It works on a page from a cache and without a cookie. It has no end: a tab left open over
night is a reader's, not a robot's.
"""

from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer

_signer = Signer(salt="subscriptions.form_times")


def stamp(now: datetime) -> str:
    return _signer.sign(str(int(now.timestamp() * 1000)))


def time_on_screen(token: str, *, now: datetime) -> timedelta | None:
    """None when the token was not made here."""
    try:
        shown_at = datetime.fromtimestamp(int(_signer.unsign(token)) / 1000, tz=UTC)
    except BadSignature:
        return None
    return now - shown_at
