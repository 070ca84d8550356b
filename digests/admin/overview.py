"""Everything that stands above the form of a digest."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import versions
from digests.audience.recipients import readers_now
from digests.choices import OPEN_STATES
from digests.counts.account import Line, account_of
from digests.counts.cohort_counts import Cohort, cohorts_of
from digests.delivery import seeds
from digests.models import Alert, Approval, Digest, Item, Section, SeedHold, SubjectTest
from digests.words import seed_words, subject_test_words
from digests.words.allowances import allowance_sentences
from digests.words.outlook import outlook, time_left
from subscriptions.local_times import in_zone

APPROVALS_SHOWN = 5
# So close to the deadline, the page looks more often.
CLOSE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Block:
    section: Section
    shown: list[Item]
    beyond: list[Item]  # more than the section has room for: kept, but not sent


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page asks for again and again while it is open."""

    sentences: list[str]
    time_left: str  # until the deadline; empty when nobody need hurry
    approvals: list[str]
    seconds: int  # until it is worth asking again


@dataclass(frozen=True, slots=True)
class Overview:
    standing: Standing
    alerts: list[Alert]
    changed: bool
    broken: str  # why it cannot be rendered; empty when it can
    blocks: list[Block]
    account: list[Line]
    audience_size: int | None
    allowances: list[str]
    is_held_for_seeds: bool
    cohorts: list[Cohort]  # none where all readers get it at once
    may_test_subject: bool  # or see what a test has shown


def overview_of(digest: Digest, *, now: datetime) -> Overview:
    changed, broken = _changed(digest)
    return Overview(
        standing=standing_of(digest, now=now),
        alerts=list(digest.alerts.filter(cleared_at=None)),
        changed=changed,
        broken=broken,
        blocks=blocks_of(digest),
        account=account_of(digest.pk) if digest.frozen_at else [],
        audience_size=digest.audience_size,
        allowances=allowance_sentences(digest, now=now),
        is_held_for_seeds=_is_held(digest, now),
        cohorts=_cohorts(digest),
        may_test_subject=_may_test_subject(digest),
    )


def standing_of(digest: Digest, *, now: datetime) -> Standing:
    is_close = timedelta(0) < digest.deadline_at - now < CLOSE
    return Standing(
        sentences=_sentences(digest, _readers(digest), now),
        time_left=time_left(digest, now=now),
        approvals=approval_lines(digest),
        seconds=_seconds(digest, is_close=is_close),
    )


def _seconds(digest: Digest, *, is_close: bool) -> int:
    if digest.is_urgent and digest.is_open:
        return 60  # whoever has its story is counted anew, in the ledger
    return 5 if is_close or digest.is_under_way else 20


def blocks_of(digest: Digest) -> list[Block]:
    """Return a digest's blocks in reading order; two queries and one for the articles."""
    blocks = []
    for section in digest.sections.prefetch_related("items__article__source", "items__image"):
        items = list(section.items.all())
        blocks.append(Block(section, items[: section.slots], items[section.slots :]))
    return blocks


def _sentences(digest: Digest, readers: int, now: datetime) -> list[str]:
    sentences = outlook(digest, readers, now=now)
    test = SubjectTest.objects.select_related("decided_by", "digest").filter(digest=digest).first()
    hold = SeedHold.objects.filter(digest=digest).first()
    if hold is not None:
        sentences = [*seed_words.of_hold(digest, hold, now=now), *sentences]
    if test is None:
        return sentences
    if digest.is_open:
        return [*sentences, *subject_test_words.of_plan(digest, test, readers)]
    return [*sentences, *subject_test_words.of_running(digest, test, now=now)]


def _is_held(digest: Digest, now: datetime) -> bool:
    hold = SeedHold.objects.filter(digest=digest).first()
    return hold is not None and seeds.is_open(digest, hold, now=now)


def _may_test_subject(digest: Digest) -> bool:
    if digest.is_open:
        return not digest.is_urgent
    return SubjectTest.objects.filter(digest=digest).exists()


def _cohorts(digest: Digest) -> list[Cohort]:
    found = cohorts_of(digest.pk) if digest.frozen_at else []
    return found if len(found) > 1 else []


def _readers(digest: Digest) -> int:
    return readers_now(digest) if digest.state in OPEN_STATES else 0


def _changed(digest: Digest) -> tuple[bool, str]:
    try:
        return versions.has_changed(digest), ""
    except versions.CannotRender as error:
        return True, str(error)


def approval_lines(digest: Digest) -> list[str]:
    """Who said yes to what, the newest first, and what preflight had to say to it then."""
    approvals = digest.approvals.select_related("by", "confirmed_by", "version")
    return [_line(approval, digest.zone) for approval in approvals[:APPROVALS_SHOWN]]


def _line(approval: Approval, zone: str) -> str:
    values = {
        "number": approval.version.number,
        "time": in_zone(approval.at, zone),
        "who": approval.by or _("a former colleague"),
    }
    if approval.taken_out:
        values["story"] = approval.taken_out
        text = _(
            "Version %(number)s: “%(story)s” removed by %(who)s at %(time)s, otherwise unchanged."
        )
        line = text % values
    elif approval.is_by_rule:
        line = _("Version %(number)s, approved by its schedule’s rule at %(time)s.") % values
    else:
        line = _("Version %(number)s, approved by %(who)s at %(time)s.") % values
    if approval.confirmed_at is not None:
        line += " " + _("Confirmed by %(who)s at %(time)s.") % {
            "who": approval.confirmed_by or _("a former colleague"),
            "time": in_zone(approval.confirmed_at, zone),
        }
    elif approval.is_waiting:
        line += " " + _("Someone else must approve it as well.")
    if approval.findings:
        number = len(approval.findings)
        line += " " + ngettext(
            "Preflight had %(number)s warning.", "Preflight had %(number)s warnings.", number
        ) % {"number": number}
    return line
