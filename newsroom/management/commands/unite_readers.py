"""Asked for by a migration that finds readers twice."""

from typing import Any

from django.core.management.base import BaseCommand

from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.readers.doubles import unite_doubles


class Command(BaseCommand):
    help = "Make one reader of two whose addresses differ in case alone; newsletters and consents are kept."
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        united = unite_doubles(Evidence("unite_readers"), now=database_now())
        self.stdout.write(f"Readers that were there twice and are one now: {united}")
