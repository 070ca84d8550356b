#!/usr/bin/env python
"""Django's commands and ours; starts or joins the embedded servers where they are used."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError
from psycopg.errors import UndefinedTable

from newsroom import embedded, installing

# These need no database.
ALONE = {"help", "--help", "version", "--version"}


def main() -> int:
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command == "setup":
        return installing.main(sys.argv[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    from django.core.management import execute_from_command_line

    from newsroom.serving import join_servers

    try:
        if command not in ALONE:
            join_servers()
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, embedded.EmbeddedError) as error:
        print(f"newsroom: {error}", file=sys.stderr)
        return 1
    except OperationalError as error:
        print(
            f"newsroom: The database does not answer. {str(error).splitlines()[0]}", file=sys.stderr
        )
        return 1
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedTable):
            raise
        print(
            "newsroom: The tables are not there. Run `python manage.py migrate`.", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
