"""Send an approved digest now."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digests import ledger, tasks
from digests.choices import DigestState, Outcome
from digests.decisions import steering
from digests.delivery import freezing
from digests.models import Digest
from subscriptions.clock import database_now
from subscriptions.models import TransportState

LOOK_SECONDS = 1.0


class Command(BaseCommand):
    help = "Send an approved digest now; without workers, this process sends it itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        digest = Digest.objects.filter(pk=options["id"]).first()
        if digest is None:
            raise CommandError(f"There is no digest with the id {options['id']}.")
        if not digest.is_under_way:
            self._begin(digest)
        told = ""
        while digest.is_under_way:
            tasks.drain_now(LOOK_SECONDS)
            digest.refresh_from_db()
            if (progress := _progress(digest)) != told:
                self.stdout.write(told := progress)
                self._tell_of_rest()
            _refuse_to_wait(digest)
            if digest.is_under_way:
                time.sleep(LOOK_SECONDS)
        if digest.state != DigestState.SENT:
            raise CommandError(
                f"{digest} is {digest.get_state_display().lower()}. {digest.state_reason}"
            )

    def _tell_of_rest(self) -> None:
        """Say that the sending route rests; otherwise it would look as if nothing were done."""
        now = database_now()
        resting = TransportState.objects.filter(
            name=settings.MAIL_ROUTES["digests"].name, rests_until__gt=now
        ).first()
        if resting is not None:
            seconds = (resting.rests_until - now).total_seconds()
            self.stdout.write(f"{resting.name} rests for {seconds:.0f} s: {resting.why}")

    def _begin(self, digest: Digest) -> None:
        try:
            steering.send_now(digest, now=database_now())
        except steering.Refused as error:
            raise CommandError(str(error)) from error
        frozen = freezing.freeze(digest.pk, now=database_now())
        digest.refresh_from_db()
        if frozen is not freezing.Freeze.DONE and not digest.is_under_way:
            raise CommandError(f"{digest} is {frozen.value}. {digest.state_reason}")


def _refuse_to_wait(digest: Digest) -> None:
    """What only a person ends."""
    if digest.state == DigestState.PAUSED:
        raise CommandError("It is paused. Resume it in admin, then run this again.")
    if digest.is_under_way and steering.is_stopped():
        raise CommandError("All sending is stopped. `stop_sending --start-again` ends that.")


def _progress(digest: Digest) -> str:
    counts = ledger.counts(digest.pk)
    known = ", ".join(
        f"{outcome.name.lower()} {counts[outcome]}" for outcome in Outcome if counts[outcome]
    )
    return f"{digest}: {known or 'nobody to send it to'} of {digest.audience_size}"
