"""A change in one sentence, for colleagues: what was done to what, and who did it when."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from digests.choices import ChangeKind
from digests.models import Change

SENTENCES: Mapping[str, str | Promise] = {
    ChangeKind.MOVED: gettext_lazy("“%(story)s” moved to place %(place)s of “%(section)s”"),
    ChangeKind.ADDED: gettext_lazy("“%(story)s” added to “%(section)s”"),
    ChangeKind.WRITTEN: gettext_lazy("“%(story)s” written into “%(section)s”"),
    ChangeKind.REMOVED: gettext_lazy("“%(story)s” removed from “%(section)s”"),
    ChangeKind.REWORDED: gettext_lazy("%(fields)s of “%(story)s” rewritten"),
    ChangeKind.PICTURED: gettext_lazy("picture of “%(story)s” changed"),
    ChangeKind.LOCKED: gettext_lazy("“%(story)s” locked"),
    ChangeKind.UNLOCKED: gettext_lazy("“%(story)s” unlocked"),
    ChangeKind.SEEN: gettext_lazy("change of the source of “%(story)s” answered"),
    ChangeKind.ASSEMBLED: gettext_lazy("assembled with the latest stories"),
    ChangeKind.WORDS: gettext_lazy("%(fields)s rewritten"),
}
FIELDS: Mapping[str, str | Promise] = {
    "subject": gettext_lazy("subject"),
    "preheader": gettext_lazy("preheader"),
    "intro": gettext_lazy("intro"),
    "outro": gettext_lazy("outro"),
    "kicker": gettext_lazy("kicker"),
    "headline": gettext_lazy("headline"),
    "blurb": gettext_lazy("blurb"),
    "link_text": gettext_lazy("link text"),
    "url": gettext_lazy("link"),
    "image_alt": gettext_lazy("description of the picture"),
    "image_credit": gettext_lazy("credit of the picture"),
}


def sentence(change: Change) -> str:
    """“Tue 04:21, Anna: …”, in the zone of the digest."""
    values = {"time": clock(change), "who": who(change), "what": what(change)}
    return _("%(time)s, %(who)s: %(what)s.") % values


def changed_it(change: Change, *, reader: User, now: datetime) -> str:
    """Who changed a field that somebody else is writing, and when; to `reader`, who is writing it."""
    digest = change.digest
    is_today = digest.local(change.at).date() == digest.local(now).date()
    at = f"{digest.local(change.at):%H:%M}" if is_today else clock(change)
    if change.by_id == reader.pk:
        return _("You changed this in another window at %(time)s.") % {"time": at}
    return _("%(who)s changed this at %(time)s.") % {"who": who(change), "time": at}


def clock(change: Change) -> str:
    """The day, too, where it is not today's news: an hour may have passed midnight."""
    return date_format(change.digest.local(change.at), "D H:i")


def who(change: Change) -> str:
    if change.by is None:
        return _("Newsroom")
    return change.by.get_full_name() or change.by.get_username()


def what(change: Change) -> str:
    """Say what a change did, without who and when, to stand within a sentence."""
    if change.undoes is not None:
        pattern = _("redone: %(what)s") if change.undoes.undoes_id else _("undone: %(what)s")
        original = change.undoes.undoes or change.undoes
        return pattern % {"what": _of_kind(original)}
    return _of_kind(change)


def _of_kind(change: Change) -> str:
    about = dict(change.about)
    number = about.get("number", 0)
    if change.kind == ChangeKind.RESIZED:
        return ngettext(
            "“%(section)s” now shows up to %(number)s story",
            "“%(section)s” now shows up to %(number)s stories",
            number,
        ) % {"section": about.get("section", ""), "number": number}
    if change.kind == ChangeKind.FILLED:
        return ngettext(
            "“%(section)s” filled with %(number)s story",
            "“%(section)s” filled with %(number)s stories",
            number,
        ) % {"section": about.get("section", ""), "number": number}
    fields = {
        name: text
        for after in change.after.values()
        for name, text in (after or {}).items()
        if name in FIELDS
    }
    about["fields"] = ", ".join(str(FIELDS[name]) for name in fields)
    known = {"story": "", "section": "", "place": "", **about}
    if change.kind == ChangeKind.WORDS and set(fields.values()) == {None}:
        return _("%(fields)s left to Newsroom") % known
    return str(SENTENCES[change.kind]) % known
