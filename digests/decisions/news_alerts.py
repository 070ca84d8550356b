"""A news alert: one urgent story, mailed at once to a newsletter's readers, but for those who have it already.

Nothing but a reader's mail; a word to staff is an Alert (alerts.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.html import linebreaks
from django.utils.translation import gettext as _

from digests import lifecycle
from digests.assembly.wording import shortened
from digests.audience import have_story
from digests.choices import (
    NEVER_SENT,
    ApprovalRule,
    BlockStyle,
    DigestKind,
    DigestState,
    StateReason,
)
from digests.decisions.free_slots import free_slot
from digests.lifecycle import Move
from digests.models import Article, Digest, Image, Item, Schedule, Section
from digests.notices import alerts
from digests.refusal import Refusal
from digests.rendering.rich_text import clean_rich_text
from digests.rendering.well_formed import TooMuch
from digests.state_reasons import Reason
from subscriptions import audience
from subscriptions.models import Newsletter, Publisher
from subscriptions.zones import clock_of

# An alert that waits is about to be none: staff hear of it after minutes, and after hours it is off.
TO_REMIND = timedelta(minutes=10)
TO_APPROVE = timedelta(hours=1)
TO_SEND = timedelta(hours=4)
PATIENCE = timedelta(hours=6)  # for servers that defer it
PREHEADER_LENGTH = 120
UNRELEASED = (DigestState.DRAFT, DigestState.HELD)


class Refused(Refusal):
    """The text says why, for the person who asked."""


class AlreadyThere(Refused):
    """Somebody has begun it, a moment or a day ago."""

    def __init__(self, text: str, digest: Digest) -> None:
        super().__init__(text)
        self.digest = digest


@dataclass(frozen=True, slots=True)
class Words:
    """Plain text. The story's own kicker is blank where the mail shall say no more than that it is an alert."""

    subject: str
    preheader: str = ""
    kicker: str = ""
    intro: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """The readers whom a newsletter's alert of a story would reach now, in numbers."""

    newsletter: Newsletter
    readers: int
    have_story: int  # of them, who have the story, or may have it
    standing: Digest | None  # the alert of this story that there is

    @property
    def to_mail(self) -> int:
        return max(0, self.readers - self.have_story)

    @property
    def is_possible(self) -> bool:
        return self.newsletter.is_live and self.standing is None and self.to_mail > 0


def proposal(story: Article) -> Words:
    subject = shortened(story.headline, Digest._meta.get_field("subject").max_length or 0)
    return Words(subject, preheader=shortened(story.summary, PREHEADER_LENGTH))


def reaches(story: Article, newsletters: Iterable[Newsletter]) -> list[Reach]:
    """Return the reach in each newsletter, in their order; as many queries for one newsletter as for all."""
    asked = list(newsletters)
    ids = [newsletter.pk for newsletter in asked]
    readers = audience.about(ids)
    have_it = have_story.counts(story.pk, ids)
    standing = {digest.newsletter_id: digest for digest in _standing(story.pk)}
    return [Reach(one, readers[one.pk], have_it[one.pk], standing.get(one.pk)) for one in asked]


def draft(newsletter_id: int, story_id: int, words: Words, *, now: datetime) -> Digest:
    """Make it, to be approved like any digest; it goes out as soon as it is. Raises Refused.

    Of two editors, or two clicks, at once the second gets AlreadyThere: the newsletter's row lets one in at a time.
    """
    with transaction.atomic():
        newsletter = Newsletter.objects.select_for_update(of=("self",), no_key=True).get(
            pk=newsletter_id
        )
        story = Article.objects.get(pk=story_id)
        _check(newsletter, story)
        zone = _zone(newsletter)
        day = now.astimezone(clock_of(zone)).date()
        alert = Digest.objects.create(
            newsletter=newsletter,
            urgent_story=story,
            local_date=day,
            slot=free_slot(newsletter, day, DigestKind.ALERT),
            zone=zone,
            subject=words.subject.strip(),
            preheader=words.preheader.strip(),
            intro=_paragraphs(words.intro),
            approval_rule=ApprovalRule.HOLD,
            assemble_at=now,
            assembled_at=now,
            due_at=now,
            remind_at=now + TO_REMIND,
            deadline_at=now + TO_APPROVE,
            miss_at=now + TO_SEND,
            expires_at=now + TO_SEND + PATIENCE,
        )
        section = Section.objects.create(digest=alert, style=BlockStyle.LEAD, slots=1)
        copy = Image.objects.of(story)
        Item.of(story, section, image=copy, kicker=words.kicker.strip(), is_locked=True).save()
    return alert


def may_be_discarded(alert: Digest) -> bool:
    """Return whether this is a news alert that nobody has released.

    A first approval, which waits for a second, is no release.
    """
    return alert.is_urgent and alert.state in UNRELEASED


def discard(digest_id: int, *, by: str, now: datetime) -> Digest:
    """Discard an alert that nobody has released: no reader receives it. Raises Refused.

    From then on another one of its story may be begun.
    """
    with transaction.atomic():
        alert = Digest.objects.select_for_update(of=("self",)).get(pk=digest_id)
        if not may_be_discarded(alert):
            state = alert.get_state_display().lower()
            raise Refused(
                _("It is %(state)s: only an alert that nobody has released can be discarded.")
                % {"state": state}
            )
        lifecycle.change(alert, Move.DISCARD, Reason.of(StateReason.DISCARDED, who=by))
        alert.approvals.waiting().update(ended_at=now)
        alerts.clear(alert, now=now)
    return alert


def _paragraphs(words: str) -> str:
    try:
        return clean_rich_text(linebreaks(words.strip(), autoescape=True))
    except TooMuch as error:
        raise Refused(str(error)) from error


def _check(newsletter: Newsletter, story: Article) -> None:
    if story.retracted_at is not None:
        raise Refused(_("“%(story)s” has been retracted: no alert goes out with it.") % _of(story))
    if not newsletter.is_live:
        text = _("%(newsletter)s is %(state)s: its readers get nothing until it is live.")
        state = newsletter.get_state_display().lower()
        raise Refused(text % {"newsletter": newsletter, "state": state})
    (reach,) = reaches(story, [newsletter])
    values = {"newsletter": newsletter, **_of(story)}
    if reach.standing is not None:
        text = _("There is an alert of “%(story)s” for %(newsletter)s already. This is it.")
        raise AlreadyThere(text % values, reach.standing)
    if not reach.readers:
        raise Refused(_("%(newsletter)s has no readers who could get it.") % values)
    if not reach.to_mail:
        text = _("Nobody is left to mail: all readers of %(newsletter)s have “%(story)s” already.")
        raise Refused(text % values)


def _of(story: Article) -> dict[str, str]:
    return {"story": story.headline}


def _standing(story_id: int) -> list[Digest]:
    found = Digest.objects.filter(urgent_story=story_id).exclude(state__in=NEVER_SENT)
    return list(found.select_related("newsletter"))


def _zone(newsletter: Newsletter) -> str:
    """Return the zone in which the newsletter's day is counted."""
    zones = Schedule.objects.filter(newsletter=newsletter, is_active=True).order_by("pk")
    return zones.values_list("zone", flat=True).first() or Publisher.objects.current().zone
