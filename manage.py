#!/usr/bin/env python
"""Django's commands and ours; starts or joins the local servers where they are used.

What is not Python's own is imported late, so that a mail server that hands over a mail gets its answer even then.
"""

import os
import sys

# These need no database.
ALONE = {"help", "--help", "version", "--version"}
# These may be handed one mail on standard input, which their argument `-` says.
READERS_OF_MAIL = {"read_bounces", "read_unsubscribes"}
# sysexits(3), EX_TEMPFAIL: the mail server keeps the mail and calls again. Any other failure loses a bounce for good,
# since nobody sends one back.
TRY_AGAIN = 75


def main() -> int:
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in READERS_OF_MAIL and "-" in sys.argv[2:]:
        return _take_mail(command)
    return _run(command)


def _run(command: str) -> int:
    from newsroom import installing, streams

    streams.make_usable()
    if command == "setup":
        return installing.main(sys.argv[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    from django.core.management import execute_from_command_line

    from newsroom.serving import join_servers

    try:
        if command not in ALONE:
            join_servers()
        execute_from_command_line(sys.argv)
    except BrokenPipeError:  # … | head
        streams.lead_nowhere()
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        line = _what_is_wrong(error)
        if not line:
            raise
        print(f"newsroom: {line}", file=sys.stderr)
        return 1
    return 0


def _what_is_wrong(error: Exception) -> str:
    """In one line for whoever gave the command; empty for a fault of the program's own."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError, ProgrammingError
    from psycopg.errors import InsufficientPrivilege, UndefinedTable

    from newsroom.local_servers import LocalServerError

    if isinstance(error, ImproperlyConfigured | LocalServerError):
        return str(error)
    if isinstance(error, OperationalError):
        return f"The database does not answer. {str(error).splitlines()[0]}"
    if isinstance(error, ProgrammingError) and isinstance(error.__cause__, UndefinedTable):
        return "The tables are not there. Run `python manage.py migrate`."
    if isinstance(error, ProgrammingError) and isinstance(error.__cause__, InsufficientPrivilege):
        return (
            f"The database refuses: {str(error).splitlines()[0]}. Make the user of DATABASE_URL its owner: "
            "ALTER DATABASE … OWNER TO …."
        )
    return ""


def _take_mail(command: str) -> int:
    """0 once the mail has been dealt with, else TRY_AGAIN, whatever it was that failed."""
    try:
        failed: object = _run(command)
    except SystemExit as ended:
        failed = ended.code
    except BaseException as error:  # noqa: BLE001 - whatever it is, the mail must come again
        failed = f"newsroom: {type(error).__name__}: {error}"
    if not failed:
        return 0
    if isinstance(failed, str):
        print(failed, file=sys.stderr)
    return TRY_AGAIN


if __name__ == "__main__":
    sys.exit(main())
