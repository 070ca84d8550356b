"""What a subject test does to a digest's readers, in sentences for its editor."""

from datetime import datetime, timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.models import Digest, SubjectTest
from digests.words.outlook import readers_text
from subscriptions.local_times import beside, in_zone


def of_plan(digest: Digest, test: SubjectTest, readers: int) -> list[str]:
    """What it would delay, and for how many."""
    subjects = 1 + len(test.alternatives)
    sample = readers * test.sample_percent // 100
    until = digest.due_at + timedelta(minutes=test.minutes)
    values = {
        "sample": readers_text(sample),
        "each": number_format(sample // subjects, force_grouping=True),
        "subjects": subjects,
        "rest": readers_text(readers - sample),
        "wait": ngettext("%(n)s minute", "%(n)s minutes", test.minutes) % {"n": test.minutes},
        "due": beside(digest.due_at, digest.zone, of=digest.due_at),
        "until": beside(until, digest.zone, of=digest.due_at),
    }
    return [
        _(
            "At %(due)s about %(sample)s, chosen at random, receive one of %(subjects)s subjects: "
            "about %(each)s per subject."
        )
        % values,
        ngettext(
            "The other %(rest)s waits for your choice, %(wait)s at most.",
            "The other %(rest)s wait for your choice, %(wait)s at most.",
            readers - sample,
        )
        % values,
        _("If nobody has chosen by %(until)s, they get the first subject.") % values,
    ]


def of_running(digest: Digest, test: SubjectTest, *, now: datetime) -> list[str]:
    """Where it stands once readers are chosen."""
    return [*_decision(digest, test, now), *_stop_press(digest, test)]


def _decision(digest: Digest, test: SubjectTest, now: datetime) -> list[str]:
    if test.decided_at is not None:
        values = {
            "subject": test.subjects[test.winner or 0],
            "time": in_zone(test.decided_at, digest.zone),
            "who": test.decided_by,
        }
        if test.decided_by is None:
            return [
                _(
                    "Nobody chose in time: at %(time)s the rest got the first subject, “%(subject)s”."
                )
                % values
            ]
        return [_("%(who)s chose “%(subject)s” at %(time)s.") % values]
    if test.decides_at is None or not digest.is_under_way:
        return [_("It ended without a decision.")]
    minutes = max(0, int((test.decides_at - now).total_seconds() + 59) // 60)
    text = ngettext(
        "The rest waits for your choice. In %(minutes)s minute, at %(time)s, it gets the first subject.",
        "The rest waits for your choice. In %(minutes)s minutes, at %(time)s, it gets the first subject.",
        minutes,
    )
    at = beside(test.decides_at, digest.zone, of=digest.due_at)
    return [text % {"minutes": minutes, "time": at}]


def _stop_press(digest: Digest, test: SubjectTest) -> list[str]:
    sent = digest.sending_version
    if sent is None or sent.subject == test.subjects[0]:
        return []
    text = _(
        "Since a stop press the first subject is “%(subject)s”, for readers who are still to get it."
    )
    return [text % {"subject": sent.subject}]
