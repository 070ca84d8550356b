"""A way back in for a colleague whose account was tried too often."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from newsroom import login_limits


class Command(BaseCommand):
    help = "Forget the attempts to log in to an account, so that its owner can try again at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        if not User.objects.filter(username=name).exists():
            raise CommandError(f"There is no account {name}.")
        login_limits.forget(name)
        self.stdout.write(f"{name} can log in again.")
