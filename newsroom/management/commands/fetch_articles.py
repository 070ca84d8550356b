"""Visit sources now, whether they are due or not."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digests.assembly import fetching
from digests.models import Source
from subscriptions.clock import database_now


class Command(BaseCommand):
    help = "Fetch stories from every active source, or from the one named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source", nargs="?", help="the name or the feed's address of one source"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for source_id in _wanted(options["source"]):
            visit = fetching.fetch(
                source_id,
                now=database_now(),
                allow=settings.FETCH_ALLOW,
                even_if_not_due=True,
            )
            if visit is not None:
                failed += bool(visit.source.last_error)
                self.stdout.write(_told(visit))
        if failed:
            raise CommandError(f"{failed} of the sources did not work; the lines above say why.")


def _wanted(name: str | None) -> list[int]:
    sources = Source.objects.named(name) if name else Source.objects.active()
    ids = list(sources.values_list("pk", flat=True))
    if not ids:
        raise CommandError(
            f"There is no source {name!r}."
            if name
            else "There is no active source. Add one in admin."
        )
    return ids


def _told(visit: fetching.Visit) -> str:
    if visit.is_unchanged:
        return f"{visit.source}: nothing new since the last visit"
    if visit.source.last_error:
        return f"{visit.source}: {visit.error}"
    return f"{visit.source}: {visit.stories} stories {visit.error}".rstrip()
