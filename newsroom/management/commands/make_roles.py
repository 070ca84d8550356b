"""Create or refresh the role groups."""

from typing import Any

from django.core.management.base import BaseCommand

from newsroom.roles import make_roles


class Command(BaseCommand):
    help = "Create the groups curator, publisher, audience and analyst, or bring their permissions up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        make_roles()
        self.stdout.write("The roles are up to date.")
