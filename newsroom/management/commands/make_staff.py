"""A staff user with all rights, whose password nobody guesses. `createsuperuser --no-input` takes any."""

import os
import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import password_changed, validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError


class Command(BaseCommand):
    help = "Make a staff user with all rights. The password is asked for twice, or taken from STAFF_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User(
            username=options["name"], email=options["email"], is_staff=True, is_superuser=True
        )
        if User.objects.filter(username=user.username).exists():
            self.stdout.write(f"Staff user {user.username} is there already, and stays as it is.")
            return
        try:
            user.full_clean(exclude=["password"])
        except ValidationError as error:
            raise CommandError(f"Staff user: {' '.join(error.messages)}") from error
        password = os.environ.get("STAFF_PASSWORD", "")
        user.set_password(self._right(password, user) if password else self._asked(user))
        try:
            user.save()
        except IntegrityError:
            raise CommandError(f"Staff user {user.username} has just been made.") from None
        password_changed(password, user)
        self.stdout.write(f"Staff user {user.username} is made.")

    def _right(self, password: str, user: User) -> str:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(f"STAFF_PASSWORD: {' '.join(error.messages)}") from error
        return password

    def _asked(self, user: User) -> str:
        """Until it is a good one, typed twice alike."""
        if not sys.stdin.isatty():
            raise CommandError("There is nobody to ask for a password: set STAFF_PASSWORD.")
        while True:
            password = getpass("Password: ")
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.stderr.write(" ".join(error.messages))
                continue
            if getpass("The same again: ") == password:
                return password
            self.stderr.write("These were not the same.")
