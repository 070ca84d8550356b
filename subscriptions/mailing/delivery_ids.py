"""Our own name for one mail to one reader, given to an ESP as metadata so that its events find back.

Public ids only: what an ESP shows to others tells nothing. An id is not signed, because events are.
"""

import re
from dataclasses import dataclass

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

METADATA_KEY = "newsroom_delivery"
_PUBLIC_ID = r"[A-Za-z0-9_-]{16}"
_DIGEST = re.compile(rf"digest\.({_PUBLIC_ID})\.({_PUBLIC_ID})")
_LETTER = re.compile(rf"letter\.({_PUBLIC_ID})")


@dataclass(frozen=True, slots=True)
class DigestDelivery:
    """Public ids."""

    digest: str
    subscriber: str


@dataclass(frozen=True, slots=True)
class LetterDelivery:
    letter: str


def for_digest(digest: str, subscriber: str) -> str:
    return f"digest.{digest}.{subscriber}"


def for_letter(letter: str) -> str:
    return f"letter.{letter}"


def read(text: str) -> DigestDelivery | LetterDelivery | None:
    """Read a delivery's id; None if it is none of ours."""
    if found := _DIGEST.fullmatch(text):
        return DigestDelivery(found[1], found[2])
    if found := _LETTER.fullmatch(text):
        return LetterDelivery(found[1])
    return None


def label(message: EmailMessage, name: str, connection: BaseEmailBackend) -> None:
    """Give the message its name, if the service behind the connection hands it back with its events."""
    # A mail server has no use for it: it has return paths.
    if getattr(connection, "takes_metadata", False):
        message.metadata = {METADATA_KEY: name}  # type: ignore[attr-defined] # read by django-anymail
