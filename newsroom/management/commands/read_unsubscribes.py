"""Read mails that ask to leave: a folder from time to time, or each mail as it comes."""

import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from digests.tracking import mailboxes
from newsroom.management.commands.read_bounces import TRY_AGAIN
from subscriptions import leave_mails
from subscriptions.clock import database_now


class Command(BaseCommand):
    help = "Read mails to UNSUBSCRIBE_ADDRESS from a Maildir, an mbox, or standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "mailbox", help="a Maildir, an mbox file, or - for one mail on standard input"
        )
        parser.add_argument(
            "--remove", action="store_true", help="delete what has been read, instead of marking it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.counts: Counter[str] = Counter()
        try:
            if options["mailbox"] == "-":
                self._take(mailboxes.piped(sys.stdin.buffer))
            else:
                for raw, done in mailboxes.mails(
                    Path(options["mailbox"]), remove=options["remove"]
                ):
                    self._take(raw)
                    done()
        except Error as error:
            raise CommandError(
                f"The database does not answer: {error}", returncode=TRY_AGAIN
            ) from error
        except (mailboxes.NoMailbox, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{self.counts['left']} left, {self.counts['before']} had left before, "
            f"{self.counts['other']} that do not ask to leave"
        )

    def _take(self, raw: bytes) -> None:
        try:
            has_left = leave_mails.take(raw, now=database_now())
        except leave_mails.NoLeaveMail as reason:
            self.counts["other"] += 1
            self.stderr.write(str(reason))
        else:
            self.counts["left" if has_left else "before"] += 1
