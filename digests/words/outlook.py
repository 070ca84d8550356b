"""What will become of a digest if nobody does anything, in sentences for its editor."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.utils.formats import number_format
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.choices import ApprovalRule, DigestState
from digests.models import Digest
from digests.words import local_time_words
from subscriptions.local_times import beside, in_zone


def outlook(digest: Digest, readers: int, *, now: datetime) -> list[str]:
    """`readers`: who would get it if they were chosen now; once they are, the digest's own number counts."""
    sentences = TELL[DigestState(digest.state)](digest, readers, now)
    if digest.is_open and not digest.newsletter.is_live:
        sentences.append(
            _("%(newsletter)s is %(state)s, so it is held instead of going out until that is live.")
            % {
                "newsletter": digest.newsletter,
                "state": digest.newsletter.get_state_display().lower(),
            }
        )
    return sentences


def readers_text(number: int) -> str:
    """1,204 readers."""
    return ngettext("%(number)s reader", "%(number)s readers", number) % {
        "number": number_format(number, force_grouping=True)
    }


def _draft(digest: Digest, readers: int, now: datetime) -> list[str]:
    sentences = []
    if digest.assembled_at is None:
        sentences.append(
            _("Its stories are assembled at %(time)s.")
            % {"time": beside(digest.assemble_at, digest.zone, of=digest.due_at)}
        )
    if digest.deadline_at > now:
        sentences.append(deadline_sentence(digest))
    else:
        sentences.append(_("The time to approve has passed: %(rule)s.") % {"rule": _rule(digest)})
    return [*sentences, _goes_out(digest, readers, now)]


def deadline_sentence(digest: Digest) -> str:
    """What its rule will do. The clock's zone is named: it is the newsletter's, whoever reads it wherever."""
    is_waiting = digest.approvals.waiting().exists()
    text = (
        _("Without a second approval by %(time)s (%(zone)s): %(rule)s.")
        if is_waiting
        else _("If nobody approves it by %(time)s (%(zone)s): %(rule)s.")
    )
    return text % {
        "time": beside(digest.deadline_at, digest.zone, of=digest.due_at),
        "zone": digest.zone,
        "rule": _rule(digest),
    }


def time_left(digest: Digest, *, now: datetime) -> str:
    """1 hour, 12 minutes; empty when nobody need hurry."""
    if digest.state != DigestState.DRAFT or digest.deadline_at <= now:
        return ""
    if digest.deadline_at - now < timedelta(minutes=1):
        return _("Less than a minute")
    return timeuntil(digest.deadline_at, now)


def _rule(digest: Digest) -> str:
    rule = digest.approval_rule
    if rule == ApprovalRule.SKIP:
        return _("skipped, and you are told")
    if rule == ApprovalRule.SEND_ASSEMBLED:
        return _("it goes out as it stands then")
    version = digest.approved_version
    if rule == ApprovalRule.SEND_APPROVED and version is not None:
        if digest.approved_at is None:
            return _("version %(number)s, approved before, goes out") % {"number": version.number}
        time = beside(digest.approved_at, digest.zone, of=digest.due_at)
        return _("the version of %(time)s goes out") % {"time": time}
    return _("held, and you are alerted")


def _goes_out(digest: Digest, readers: int, now: datetime) -> str:
    who = _("about %(readers)s") % {"readers": readers_text(readers)}
    if digest.local_time is not None:
        return local_time_words.of_digest(digest, who, now=now)
    if digest.is_urgent and digest.due_at <= now:
        return _(
            "A news alert: once it is approved it goes out to %(who)s at once, before anything else."
        ) % {"who": who}
    if digest.due_at <= now:
        return _("It was due at %(time)s and goes out to %(who)s now.") % {
            "time": in_zone(digest.due_at, digest.zone),
            "who": who,
        }
    return _("Goes out at %(time)s to %(who)s.") % {
        "time": in_zone(digest.due_at, digest.zone),
        "who": who,
    }


def _approved(digest: Digest, readers: int, now: datetime) -> list[str]:
    return [_goes_out(digest, readers, now)]


def _held(digest: Digest, readers: int, now: datetime) -> list[str]:
    return [
        digest.state_reason or _("It is held."),
        _("The digest goes out to about %(readers)s only if someone approves it by %(time)s.")
        % {"readers": readers_text(readers), "time": in_zone(digest.miss_at, digest.zone)},
    ]


def _frozen(digest: Digest, _readers: int, now: datetime) -> list[str]:
    if digest.due_at > now:
        return [
            _("Its readers are chosen: %(readers)s. The first get it at %(time)s.")
            % {
                "readers": readers_text(digest.audience_size or 0),
                "time": in_zone(digest.due_at, digest.zone),
            }
        ]
    return [
        _("Its readers are chosen: %(readers)s. Sending begins as soon as a worker is free.")
        % {"readers": readers_text(digest.audience_size or 0)}
    ]


def _sending(digest: Digest, _readers: int, _now: datetime) -> list[str]:
    return [
        _("It is being sent to %(readers)s. No reader gets it later than %(time)s.")
        % {
            "readers": readers_text(digest.audience_size or 0),
            "time": in_zone(digest.expires_at, digest.zone),
        }
    ]


def _paused(digest: Digest, _readers: int, _now: datetime) -> list[str]:
    return [
        _("Paused: nobody gets it until it is resumed. After %(time)s nobody gets it at all.")
        % {"time": in_zone(digest.expires_at, digest.zone)}
    ]


def _sent(digest: Digest, _readers: int, _now: datetime) -> list[str]:
    at = digest.sent_at or digest.due_at
    return [
        _("Finished at %(time)s. Its audience: %(readers)s.")
        % {
            "time": in_zone(at, digest.zone),
            "readers": readers_text(digest.audience_size or 0),
        }
    ]


def _over(digest: Digest, _readers: int, _now: datetime) -> list[str]:
    return [
        digest.state_reason or _("It is %(state)s.") % {"state": digest.get_state_display().lower()}
    ]


Teller = Callable[[Digest, int, datetime], list[str]]
TELL: Mapping[DigestState, Teller] = {
    DigestState.DRAFT: _draft,
    DigestState.APPROVED: _approved,
    DigestState.HELD: _held,
    DigestState.FROZEN: _frozen,
    DigestState.SENDING: _sending,
    DigestState.PAUSED: _paused,
    DigestState.SENT: _sent,
    DigestState.CANCELLED: _over,
    DigestState.SKIPPED: _over,
    DigestState.MISSED: _over,
}
