"""System checks: what must be right before this app serves anybody."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import ProgrammingError
from psycopg.errors import UndefinedTable

from subscriptions.addresses import BadAddress, normalise
from subscriptions.mailing.suppression import SuppressionKeyChanged, prove_key_unchanged
from subscriptions.secret_strength import KEY_LENGTH, is_weak_key

# Looked at before a web server, a worker or beat does anything (newsroom/starting.py), too.
AT_START = "start"


@register(AT_START, Tags.security)
def link_keys(**_: Any) -> list[CheckMessage]:
    if not settings.LINK_KEYS or any(map(is_weak_key, settings.LINK_KEYS)):
        return [
            Error(
                f"Every key of LINK_KEYS needs {KEY_LENGTH} or more random characters: links are signed with them.",
                id="subscriptions.E001",
            )
        ]
    return []


@register(AT_START)
def unsubscribe_address(**_: Any) -> list[CheckMessage]:
    if not settings.UNSUBSCRIBE_ADDRESS:
        return []
    try:
        normalise(settings.UNSUBSCRIBE_ADDRESS)
    except BadAddress as error:
        return [Error(f"UNSUBSCRIBE_ADDRESS: {error}", id="subscriptions.E003")]
    return []


@register(AT_START, Tags.database)
def suppression_key(*, databases: Sequence[str] | None, **_: Any) -> list[CheckMessage]:
    """Check that the suppression key is unchanged.

    Raises the database's error where it does not answer: what nobody has looked at is not right.
    """
    if not databases:
        return []
    try:
        prove_key_unchanged()
    except SuppressionKeyChanged as error:
        return [Error(str(error), id="subscriptions.E002")]
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable):
            raise
        return []  # before the first migration
    return []
