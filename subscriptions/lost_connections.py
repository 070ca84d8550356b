"""After an error, before going on with something else."""

from django.db import connection


def give_up_if_lost() -> None:
    """The next statement opens another connection. Within a transaction it is the caller's, who must roll back."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
