"""Days around today on which not everything went well, so that the calendar has something to show."""

from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import User
from django.urls import reverse

from digests.choices import MAIN_SLOT, AlertKind, ApprovalRule, StateReason, Weekday
from digests.decisions import approval
from digests.lifecycle import Move
from digests.models import Article, Digest, Schedule, Template
from digests.notices import alerts
from digests.plan import planning, replanning
from digests.preflight import running
from digests.state_reasons import Reason
from subscriptions.choices import NewsletterState
from subscriptions.models import Newsletter
from tools.demo.newsdesk import ZONE, Desk

ONE_DAY = timedelta(days=1)


def furnish_calendar(desk: Desk, draft: Digest, *, now: datetime) -> None:
    """A missed, a held and a skipped digest, a newsletter of another zone, and an approval that waits."""
    _more_newsletters(now)
    briefing = Schedule.objects.get(newsletter=desk.briefing)
    today = now.date()
    not_released = Reason.of(StateReason.NOT_RELEASED, code="", facts={})
    too_few = Reason.of(StateReason.TOO_FEW_STORIES, found=2, least=3)
    for days, move, kind, reason in (
        (-2, Move.MISS, AlertKind.MISSED, not_released),
        (1, Move.HOLD_FOR_STORIES, AlertKind.HELD, too_few),
    ):
        digest = planning.digest_for(desk.briefing, today + days * ONE_DAY, MAIN_SLOT, now=now)
        Digest.objects.filter(pk=digest.pk).update(assembled_at=now)
        alerts.stop(digest, move, kind, reason, now=now)
    replanning.skip_planned(
        briefing, today + 4 * ONE_DAY, "St Nicholas’ market: nobody is in.", by="ada", now=now
    )
    _second_person(desk, draft, now)


def planned_page(newsletter: Newsletter, day: date) -> str:
    """Where an occurrence is moved or skipped that has no digest yet."""
    schedule = Schedule.objects.get(newsletter=newsletter)
    return reverse("admin:digests_digest_calendar_planned", args=[schedule.pk, f"{day:%Y-%m-%d}"])


def _more_newsletters(now: datetime) -> None:
    for name, zone, at in (
        ("Evening Edition", ZONE, time(17, 30)),
        ("Harbour Watch", "America/New_York", time(7, 0)),
    ):
        newsletter = Newsletter.objects.create(
            name=name, slug=name.lower().replace(" ", "-"), state=NewsletterState.LIVE, position=9
        )
        Schedule.objects.create(
            newsletter=newsletter,
            weekdays=[Weekday.TUESDAY, Weekday.THURSDAY],
            local_time=at,
            zone=zone,
            planned_until=now,
        )


def _second_person(desk: Desk, draft: Digest, now: datetime) -> None:
    """Ada has approved it, and one warning of what she saw then is left."""
    Template.objects.filter(newsletter=desk.good_news).update(needs_second_person=True)
    Digest.objects.filter(pk=draft.pk).update(approval_rule=ApprovalRule.SEND_APPROVED)
    ada = User.objects.create(username="ada", first_name="Ada", last_name="Brandt", is_staff=True)
    lead = draft.sections.all()[0].items.all()[0]
    Article.objects.filter(items=lead).update(
        headline="Kevin the otter has moved out of the marina"
    )
    approval.approve(draft, by=ada, now=now)
    running.run(draft.pk, now=now)
