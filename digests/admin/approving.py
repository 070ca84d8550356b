"""Asking for an approval and taking it back: what the page says, and what the engine is told."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import versions
from digests.audience.recipients import readers_now
from digests.decisions import approval
from digests.decisions.second_person import confirmers, is_needed
from digests.models import Approval, Digest
from digests.rendering.stored_content import story_count
from digests.tasks import freeze_digest
from digests.words import mail_words, news_alert_words
from digests.words.allowances import allowance_sentences
from digests.words.outlook import readers_text
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.local_times import in_zone


def explain_approve(digest: Digest) -> list[str]:
    draft = versions.draft_of(digest)
    number = story_count(draft.content)
    stories = ngettext("%(number)s story", "%(number)s stories", number) % {"number": number}
    inbox = mail_words.of_inbox(digest, draft)
    if digest.is_urgent:
        return [
            *inbox,
            *news_alert_words.of_release(digest, now=database_now()),
            *allowance_sentences(digest, now=database_now()),
            *second_person(digest, draft.fingerprint),
        ]
    readers = readers_text(readers_now(digest))
    return [
        *inbox,
        _("%(stories)s, as they stand now. This version goes out at %(time)s to about %(readers)s.")
        % {
            "stories": stories,
            "time": in_zone(digest.due_at, digest.zone),
            "readers": readers,
        },
        *allowance_sentences(digest, now=database_now()),
        *second_person(digest, draft.fingerprint),
    ]


def second_person(digest: Digest, fingerprint: str) -> list[str]:
    """What this newsletter's rule of two people means for whoever looks now."""
    waiting = digest.approvals.waiting().select_related("by", "version").first()
    values = {"who": waiting.by or _("a former colleague")} if waiting else {}
    if waiting is not None and waiting.version.fingerprint == fingerprint:
        return [
            _("%(who)s has approved this version. Someone else must give the second approval.")
            % values
        ]
    if waiting is not None:
        return [
            _(
                "%(who)s approved an earlier version that nobody else approved; that approval no "
                "longer counts."
            )
            % values
        ]
    if is_needed(digest):
        return [_("Someone else must approve it as well before it goes out.")]
    return []


def approve(digest: Digest, request: HttpRequest, words: Mapping[str, Any]) -> str:
    user = request.user if request.user.is_authenticated else None
    made = approval.approve(digest, by=user, now=database_now(), seen=words["seen"])
    values = {"number": made.version.number, "who": made.by or _("a former colleague")}
    if made.is_waiting:
        text = _("You approved version %(number)s. Someone else must approve it as well.") % values
        return text + if_nobody_may(digest, made)
    if not made.is_by(user):
        return _("Version %(number)s was approved by %(who)s already.") % values
    if digest.is_urgent:
        ring(freeze_digest, digest.pk)  # the tick would do it, seconds later
        return _("The alert is released and goes out now.")
    return _("Version %(number)s is approved.") % values


def if_nobody_may(digest: Digest, made: Approval) -> str:
    """Empty where somebody may confirm it, who has been told."""
    if confirmers(digest, made).exists():
        return ""
    return " " + _("Nobody else is allowed to do that yet: give a colleague the role “publisher”.")


def explain_withdraw(digest: Digest) -> list[str]:
    if digest.approvals.waiting().exists():
        return [_("The first approval is withdrawn.")]
    if digest.deadline_at <= database_now():
        return [
            _(
                "The deadline has passed, so the digest is held: it goes out only if it is approved again."
            )
        ]
    return [
        _(
            "The digest becomes a draft again. At the deadline its approval rule decides, unless "
            "it is approved again."
        )
    ]


def withdraw(digest: Digest, _request: HttpRequest, _words: Mapping[str, Any]) -> str:
    approval.withdraw(digest, now=database_now())
    digest.refresh_from_db(fields=["state"])
    return _("The approval is withdrawn. Its state: %(state)s.") % {
        "state": digest.get_state_display().lower()
    }


def seen(digest: Digest) -> dict[str, Any]:
    return {"seen": versions.draft_of(digest).fingerprint}
