"""What to do when SUPPRESSION_KEY is lost for good."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from subscriptions.mailing.rehashing import rehash


class Command(BaseCommand):
    help = "Write the list of suppressed addresses anew with the SUPPRESSION_KEY of now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="do it; without, only tell")

    def handle(self, *args: Any, **options: Any) -> None:
        done = rehash(write=options["write"])
        say = self.stdout.write
        say(f"Written with this key, and right as they are: {done.right}")
        say(
            f"Written with another key, but known in plain, so that they can be saved: {done.saved}"
        )
        say(
            f"Erased, and known by a hash alone: {done.lost} (those that were written with another key "
            "cannot be recognised by this one)"
        )
        if options["write"]:
            say("Done: the key of now is the key of this database.")
        else:
            say(
                "Nothing was changed. Look for the old key first; `--write` gives it up for this one."
            )
