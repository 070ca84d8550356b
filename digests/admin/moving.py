"""Moving a digest to another time, skipping it, taking that back: what the page says, what the engine is told."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from digests.models import Digest
from digests.plan import replanning
from digests.words import local_time_words
from subscriptions.clock import database_now
from subscriptions.local_times import day_of, in_zone


def explain_reschedule(digest: Digest) -> list[str]:
    return [
        _("It goes out at %(time)s now. Its deadline moves along; the schedule stays as it is.")
        % {"time": in_zone(digest.due_at, digest.zone)},
        *local_time_words.of_one_moment(digest),
        _("On another day it carries that day’s date, and must be approved again to show it.")
        if digest.approved_version_id
        else _("On another day it carries that day’s date."),
    ]


def reschedule(digest: Digest, _request: HttpRequest, words: Mapping[str, Any]) -> str:
    replanning.move(digest.pk, words["at"], now=database_now())
    return _("It goes out at %(time)s.") % {"time": in_zone(words["at"], digest.zone)}


def explain_skip(digest: Digest) -> list[str]:
    return [
        _("Nobody receives it on %(day)s, and no other digest replaces it.")
        % {"day": day_of(digest.local_date)},
        _("You can undo this until its time has passed."),
    ]


def skip(digest: Digest, request: HttpRequest, words: Mapping[str, Any]) -> str:
    by = request.user.get_username()
    replanning.skip(digest.pk, words["reason"], by=by, now=database_now())
    return _("The digest is skipped.")


def explain_unskip(digest: Digest) -> list[str]:
    return [
        digest.state_reason,
        _("It is a draft again, as its schedule plans it, and must be approved as any other."),
    ]


def unskip(digest: Digest, _request: HttpRequest, _words: Mapping[str, Any]) -> str:
    made = replanning.unskip(digest.pk, now=database_now())
    return _("It goes out after all, at %(time)s, once it is approved.") % {
        "time": in_zone(made.due_at, made.zone)
    }
