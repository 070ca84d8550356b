"""The one form in which an address is stored and compared."""

import re
from functools import lru_cache

from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

LONGEST = 254  # RFC 5321 section 4.5.3.1.3, less the two angle brackets

# Most addresses: of these only the domain is worth a second look, and that one look for all of its readers.
PLAIN_LOCAL = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*", re.ASCII)
LONGEST_LOCAL = 64  # RFC 5321 section 4.5.3.1.1


class BadAddress(ValueError):
    """The text is for the reader who typed it."""


def normalise(text: str) -> str:
    """Return the address with its domain as lower-case A-labels; the local part keeps its case.

    Local parts beyond ASCII need SMTPUTF8 (RFC 6531), which most receivers refuse. Raises BadAddress.
    """
    typed = text.strip()
    if len(typed) > LONGEST:
        raise BadAddress(_("This is too long for an email address. Did you enter more than one?"))
    local, _at, domain = typed.rpartition("@")
    is_plain = len(local) <= LONGEST_LOCAL and PLAIN_LOCAL.fullmatch(local) and domain.isascii()
    try:
        if is_plain:
            return f"{local}@{_plain_domain(domain)}"
        return _validated(typed)
    except EmailNotValidError as error:
        raise BadAddress(_reason(text)) from error


@lru_cache(maxsize=10_000)
def _plain_domain(domain: str) -> str:
    return _validated(f"reader@{domain}").rpartition("@")[2]


def _validated(typed: str) -> str:
    valid = validate_email(
        typed,
        allow_smtputf8=False,
        check_deliverability=False,
        # example.org and its like serve in tests and in the demo; they can do no harm elsewhere.
        test_environment=True,
    )
    address = valid.ascii_email
    if address is None:
        raise BadAddress(
            _("We cannot send email to an address with letters such as é before the @.")
        )
    local, _at, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def _reason(text: str) -> str:
    if not text.strip():
        return _("Please enter your email address.")
    if "@" not in text:
        return _("An email address has an @, as in name@example.org.")
    if not text.rpartition("@")[0].isascii():
        return _("We cannot send email to an address with letters such as é before the @.")
    return _("This does not look like an email address. Is it complete, as in name@example.org?")


def mask(address: str) -> str:
    """Enough for its owner to know it, too little for anyone else: r•••@e•••.org."""
    local, _at, domain = address.rpartition("@")
    name, dot, ending = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••{dot}{ending}"
