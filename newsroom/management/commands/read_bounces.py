"""Read bounces and complaints that came as mail: a folder from time to time, or each mail as it comes."""

import os
import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from digests import tasks
from digests.tracking import bounce_intake, mailboxes
from digests.tracking.bounce_mail import NoBounce
from subscriptions.clock import database_now
from subscriptions.doorbell import ring

# sysexits(3): the mail server keeps the mail and calls again. It must never bounce a bounce.
TRY_AGAIN = 75
# Where Postfix, Exim and qmail put the recipient of the envelope.
RECIPIENT_VARIABLES = ("ORIGINAL_RECIPIENT", "RECIPIENT", "EXT_RECIPIENT")


class Command(BaseCommand):
    help = "Read bounces (RFC 3464) and complaints (RFC 5965) from a Maildir, an mbox, or standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "mailbox", help="a Maildir, an mbox file, or - for one mail on standard input"
        )
        parser.add_argument(
            "--recipient", action="append", default=[], nargs="?",
            help="with -: the envelope's recipient, where no variable names it (Postfix's pipe(8): "
            "${original_recipient})",
        )  # fmt: skip
        parser.add_argument(
            "--remove", action="store_true", help="delete what has been read, instead of marking it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.counts: Counter[str] = Counter()
        try:
            if options["mailbox"] == "-":
                self._take(
                    mailboxes.piped(sys.stdin.buffer),
                    [*filter(None, options["recipient"]), *_told()],
                )
            else:
                self._read(Path(options["mailbox"]), remove=options["remove"])
        except Error as error:
            raise CommandError(
                f"The database does not answer: {error}", returncode=TRY_AGAIN
            ) from error
        except (mailboxes.NoMailbox, OSError) as error:
            raise CommandError(str(error)) from error
        finally:
            if self.counts["new"]:
                ring(tasks.process_events)
        self.stdout.write(
            f"{self.counts['new']} new, {self.counts['known']} known already, "
            f"{self.counts['other']} that say nothing of a mail of ours"
        )

    def _read(self, path: Path, *, remove: bool) -> None:
        for raw, done in mailboxes.mails(path, remove=remove):
            self._take(raw, [])
            done()

    def _take(self, raw: bytes, recipients: list[str]) -> None:
        try:
            is_new = bounce_intake.take(raw, recipients=recipients, now=database_now())
        except NoBounce as reason:
            self.counts["other"] += 1
            self.stderr.write(str(reason))
        else:
            self.counts["new" if is_new else "known"] += 1


def _told() -> list[str]:
    return [os.environ[name] for name in RECIPIENT_VARIABLES if name in os.environ]
