"""Stop everything, at the next slice."""

from argparse import ArgumentParser
from getpass import getuser
from typing import Any

from django.core.management.base import BaseCommand

from digests.decisions import steering
from subscriptions.clock import database_now


class Command(BaseCommand):
    help = "Stop all sending at once; --start-again ends that."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--start-again", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["start_again"]:
            steering.start_again()
            self.stdout.write("Sending goes on.")
        else:
            steering.stop_everything(f"{getuser()} (command)", now=database_now())
            self.stdout.write("All sending is stopped. `stop_sending --start-again` ends that.")
