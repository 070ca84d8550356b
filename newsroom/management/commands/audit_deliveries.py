"""Recount a digest's deliveries and check everything that must hold."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests.delivery.audit_log import BadLog
from digests.delivery.auditing import Figure, audit
from digests.models import Digest


class Command(BaseCommand):
    help = "Recount a digest from its batches and check every reader; exit status 1 on any breach."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int)
        parser.add_argument(
            "--log", type=Path, help="what the mail server took: one JSON object a line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = audit(options["id"], log=options["log"])
        except Digest.DoesNotExist as error:
            raise CommandError(f"There is no digest with the id {options['id']}.") from error
        except (BadLog, OSError) as error:
            raise CommandError(f"{options['log']} cannot be read. {error}") from error
        self.stdout.write(found.digest)
        for figure in found.figures:
            self.stdout.write(_line(figure))
        if not found.is_clean:
            broken = sum(figure.is_breach for figure in found.figures)
            raise CommandError(f"{broken} of {len(found.figures)} figures are not as they must be.")
        self.stdout.write("Every reader is accounted for.")


def _line(figure: Figure) -> str:
    if figure.wanted is None:
        verdict = ""
    elif not figure.is_breach:
        verdict = "ok"
    else:
        example = f"; for one, {figure.example}" if figure.example else ""
        verdict = f"BREACH: it must be {figure.wanted}{example}"
    return f"  {figure.text:<62} {figure.count:>9}  {verdict}".rstrip()
