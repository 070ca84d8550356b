"""Make and fill a digest by hand, as the schedule would have."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digests import tasks
from digests.assembly import copying
from digests.assembly.assembling import assemble
from digests.choices import MAIN_SLOT
from digests.plan import planning
from subscriptions.clock import database_now
from subscriptions.models import Newsletter


class Command(BaseCommand):
    help = "Assemble a newsletter's digest; run again, it fills anew what no editor has touched."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the newsletter's")
        parser.add_argument(
            "--date", type=_day, help="its local date, such as 2026-11-23; default: today"
        )
        parser.add_argument("--slot", default=MAIN_SLOT)

    def handle(self, *args: Any, **options: Any) -> None:
        newsletter = Newsletter.objects.filter(slug=options["slug"]).first()
        if newsletter is None:
            raise CommandError(f"There is no newsletter with the slug {options['slug']!r}.")
        now = database_now()
        try:
            digest = planning.digest_for(newsletter, options["date"], options["slot"], now=now)
        except planning.CannotPlan as error:
            raise CommandError(str(error)) from error
        assembled = assemble(digest.pk, now=now, as_of=tasks.story_ages_from(now), again=True)
        if assembled is None:
            raise CommandError(
                f"{digest} is {digest.get_state_display().lower()}; it stays as it is."
            )
        for item_id in copying.without_picture():
            copying.copy_picture(item_id, allow=settings.FETCH_ALLOW)
        stories = sum(section.items.count() for section in assembled.sections.all())
        self.stdout.write(
            f"{assembled} (id {assembled.pk}): {stories} stories, {assembled.get_state_display()}"
        )
        if assembled.state_reason:
            raise CommandError(assembled.state_reason)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day such as 2026-11-23") from error
