"""smtp://…, read: a mail server, how its connection is kept secret, and who logs in."""

from typing import Any
from urllib.parse import SplitResult, unquote

TIMEOUT_SECONDS = 60
PORTS = {"none": 25, "starttls": 587, "implicit": 465}
# What other programs call the same.
OTHER_SCHEMES = {
    "smtps": "smtp://user:password@host:465?tls=implicit",
    "smtp+ssl": "smtp://user:password@host:465?tls=implicit",
    "smtp+tls": "smtp://user:password@host:587?tls=starttls",
    "submission": "smtp://user:password@host:587?tls=starttls",
}


class BadMailUrl(ValueError):
    """The URL cannot be used; the text says why, without repeating its password."""


def options_of(parts: SplitResult, port: int | None, query: dict[str, str]) -> dict[str, Any]:
    """Return the options for Django's backend. Raises BadMailUrl."""
    if not parts.hostname:
        raise BadMailUrl("smtp:// lacks its host: smtp://mail.example.org:587?tls=starttls.")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        lacking = "password" if user else "user"
        raise BadMailUrl(f"smtp:// lacks the {lacking} of its login: smtp://user:password@host…")
    unknown = sorted(set(query) - {"tls"})
    if unknown:
        raise BadMailUrl(f"smtp:// knows no option {', '.join(unknown)}.")
    tls = query.get("tls", "none")
    if tls not in PORTS:
        raise BadMailUrl(f"tls={tls} must be none, starttls or implicit.")
    if user and "tls" not in query:
        raise BadMailUrl(
            "Its password would go over the network in the clear: add ?tls=starttls (usual on port 587) or "
            "?tls=implicit (465), or write ?tls=none where that is meant."
        )
    return {
        "host": parts.hostname,
        "port": port or PORTS[tls],
        "use_tls": tls == "starttls",
        "use_ssl": tls == "implicit",
        "timeout": TIMEOUT_SECONDS,
        "username": user,
        "password": password,
    }
