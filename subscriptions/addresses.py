"""The one form in which an address is stored and compared."""

from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

LONGEST = 254  # RFC 5321 section 4.5.3.1.3, less the two angle brackets


class BadAddress(ValueError):
    """The text is for the reader who typed it."""


def normalise(text: str) -> str:
    """Return the address with its domain as lower-case A-labels; the local part keeps its case.

    Local parts beyond ASCII need SMTPUTF8 (RFC 6531), which most receivers refuse. Raises BadAddress.
    """
    if len(text.strip()) > LONGEST:
        raise BadAddress(_("This is too long for an e-mail address. Is it only one?"))
    try:
        valid = validate_email(
            text.strip(),
            allow_smtputf8=False,
            check_deliverability=False,
            # example.org and its like serve in tests and in the demo; they can do no harm elsewhere.
            test_environment=True,
        )
    except EmailNotValidError as error:
        raise BadAddress(_reason(text)) from error
    address = valid.ascii_email
    if address is None:
        raise BadAddress(_("Mail cannot reach an address with letters such as é before the @."))
    local, _at, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def _reason(text: str) -> str:
    if not text.strip():
        return _("Please write your e-mail address.")
    if "@" not in text:
        return _("An e-mail address has an @, as in name@example.org.")
    if not text.rpartition("@")[0].isascii():
        return _("Mail cannot reach an address with letters such as é before the @.")
    return _("This does not look like an e-mail address. Is it complete, as in name@example.org?")


def mask(address: str) -> str:
    """Enough for its owner to know it, too little for anyone else: r•••@e•••.org."""
    local, _at, domain = address.rpartition("@")
    name, dot, ending = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••{dot}{ending}"
