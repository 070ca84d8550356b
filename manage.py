#!/usr/bin/env python
"""Django's commands and ours; starts or joins the embedded servers where they are used."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

from newsroom.embedded import EmbeddedError


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    from django.core.management import execute_from_command_line

    from newsroom.serving import join_servers

    try:
        if sys.argv[1:2] not in (["setup"], ["help"], []):
            join_servers()
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, EmbeddedError) as error:
        print(f"newsroom: {error}", file=sys.stderr)  # noqa: T201 - a terminal reads this
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
