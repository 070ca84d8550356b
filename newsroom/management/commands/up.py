"""Everything in one terminal: web, workers, beat. For trying it out and for small installations."""

import os
import time
from argparse import ArgumentParser
from contextlib import suppress
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from newsroom import streams
from newsroom.env import PRODUCTION
from newsroom.interrupts import heeded, term_as_ctrl_c
from newsroom.processes import Processes, beat, web, worker
from newsroom.reviving import Watch
from newsroom.web_server import why_not


class Command(BaseCommand):
    help = "Run the web server, the workers and beat until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        if problem := why_not(options["host"], str(options["port"])):
            raise CommandError(problem)
        term_as_ctrl_c()
        with suppress(KeyboardInterrupt):
            with heeded():
                site = prepare(options["host"], options["port"])
            with Processes() as processes:
                self._run(processes, site, options)

    def _run(self, processes: Processes, site: str, options: dict[str, Any]) -> None:
        connections = settings.MAIL_ROUTES["digests"].connections
        try:
            processes.start(web(options["port"], options["host"]))
            processes.start(worker("mail", "mail,default", 4))
            processes.start(worker("errands", "errands", 4))
            processes.start(worker("delivery", "delivery", connections))
            processes.start(beat())
            self.stdout.write(f"Newsroom is up: {site} (Ctrl-C ends it)")
            watch = Watch(processes)
            while not (hopeless := watch.look(time.monotonic())):
                if not streams.is_heard():
                    raise BrokenPipeError
                time.sleep(0.5)
        except KeyboardInterrupt:
            self.stdout.write("\nEnding: what is in flight is being finished.")
            raise
        raise CommandError(f"{hopeless} ends again and again; its output above says why.")


def prepare(host: str, port: int) -> str:
    """Tables and folders; returns the address of the site."""
    call_command("migrate", verbosity=0)
    settings.STATE_DIR.mkdir(parents=True, exist_ok=True)
    if settings.MODE == PRODUCTION:
        return str(settings.SITE_URL)
    call_command("make_roles", stdout=StringIO())
    os.environ["SITE_URL"] = site_at(host, port)  # for the processes
    return os.environ["SITE_URL"]


def site_at(host: str, port: int) -> str:
    """Where nobody has named the site, its links lead to the server itself: logos and confirmations are found there."""
    if os.environ.get("SITE_URL") or os.environ.get("SITE_URL_FILE"):
        return str(settings.SITE_URL)
    everywhere = "0.0.0.0"  # noqa: S104  # compared, not listened on
    return f"http://{'127.0.0.1' if host == everywhere else host}:{port}"
