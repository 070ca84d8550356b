"""Write a digest to disk, exactly as a reader would get it now."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests import versions
from digests.messages.message import SAMPLE, Message
from digests.models import Digest


class Command(BaseCommand):
    help = "Write a digest as html, txt and eml, made out to a sample reader."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int)
        parser.add_argument(
            "--out", type=Path, required=True, help="a folder; made if it is missing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        digest = Digest.objects.select_related("newsletter").filter(pk=options["id"]).first()
        if digest is None:
            raise CommandError(f"There is no digest with the id {options['id']}.")
        try:
            message = Message.of(digest, versions.draft_of(digest))
        except versions.CannotRender as error:
            raise CommandError(f"It cannot be rendered. {error}") from error
        mail = message.personalised(SAMPLE)
        folder: Path = options["out"]
        stem = f"{digest.newsletter.slug}-{digest.local_date:%Y-%m-%d}-{digest.slot}"
        html = str(mail.alternatives[0][0])
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for suffix, content in {
                "html": html.encode(),
                "txt": str(mail.body).encode(),
                "eml": mail.message().as_bytes(linesep="\r\n"),
            }.items():
                (folder / f"{stem}.{suffix}").write_bytes(content)
                self.stdout.write(str(folder / f"{stem}.{suffix}"))
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror}.") from error
