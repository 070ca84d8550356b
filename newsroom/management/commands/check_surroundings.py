"""Are the servers around as they must be? One line for each that is not, which says what to write instead."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from newsroom.surroundings import looking


class Command(BaseCommand):
    help = "Try PostgreSQL, Redis, the site's address and the mail server, and say what to write instead."
    requires_system_checks = ()  # which would say the same of the database, in more lines

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--without-site",
            action="store_true",
            help="before the web server runs: do not ask whether SITE_URL leads here",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        findings = looking.everywhere(with_site=not options["without_site"])
        for finding in findings:
            self.stderr.write(f"newsroom: {finding.text}")
        if findings:
            sys.exit(1)
        self.stdout.write("PostgreSQL, Redis, site and mail server are as they must be.")
