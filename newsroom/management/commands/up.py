"""Everything in one terminal: web, workers, beat. For trying it out and for small installations."""

import os
import signal
import sys
import time
from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from newsroom.env import PRODUCTION
from newsroom.processes import Processes, beat, web, worker


class Command(BaseCommand):
    help = "Run the web server, the workers and beat until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        site = settings.SITE_URL
        if settings.MODE != PRODUCTION:
            site = site_at(options["host"], options["port"])
            os.environ["SITE_URL"] = site  # for the processes below
            call_command("make_roles", stdout=StringIO())
        settings.STATE_DIR.mkdir(parents=True, exist_ok=True)
        connections = settings.MAIL_ROUTES["digests"].connections
        # A supervisor's TERM ends it as Ctrl-C does: the children get their time to finish.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with Processes() as processes:
            processes.start(web(options["port"], options["host"]))
            processes.start(worker("mail", "mail,default", 4))
            processes.start(worker("errands", "errands", 4))
            processes.start(worker("delivery", "delivery", connections))
            processes.start(beat(settings.STATE_DIR / "beat-schedule"))
            self.stdout.write(f"Newsroom is up: {site} (Ctrl-C ends it)")
            try:
                while processes.ended() is None:
                    time.sleep(0.5)
            except KeyboardInterrupt:
                self.stdout.write("\nEnding: what is in flight is being finished.")
                return
            raise CommandError(f"{processes.ended()} has ended; its output above says why.")


def site_at(host: str, port: int) -> str:
    """Where nobody has named the site, its links lead to the server itself: logos and confirmations are found there."""
    if os.environ.get("SITE_URL") or os.environ.get("SITE_URL_FILE"):
        return str(settings.SITE_URL)
    everywhere = "0.0.0.0"  # noqa: S104  # compared, not listened on
    return f"http://{'127.0.0.1' if host == everywhere else host}:{port}"
