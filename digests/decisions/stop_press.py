"""Changing a digest while it is being sent.

Editing touches the rows, never a version: readers go on getting the version that is being sent. Releasing keeps the
rows as the next version and moves `Digest.sending_version` to it, which every slice reads when it is opened. So readers
whose slice is opened after the release get the new one, whoever has the old one keeps it, and the slices tell which.

A retraction is not made of the rows: the next version is the one that is being sent, less a story. Whatever the rows
have become since (other stories, words, pictures, sponsors, the look) waits for somebody to look at and release it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from digests import versions
from digests.composing import arranging
from digests.decisions import approval
from digests.drafts import automatic_words
from digests.drafts.board import Board
from digests.drafts.editing import Editor
from digests.drafts.refusals import Refused as NotThere
from digests.models import Approval, Digest, Item, Template, Version
from digests.preflight.running import report_of
from digests.refusal import Refusal
from digests.rendering.content import Content, Story, less, stories_in
from digests.rendering.stored_content import restored


class Refused(Refusal):
    """Nothing was released; the text says why, for the person who asked."""


@dataclass(frozen=True, slots=True)
class Retraction:
    story: str
    approval: Approval | None  # None: readers were not getting it
    is_still_named: bool = False  # by a subject or a preheader that an editor wrote


def release(digest_id: int, *, by: User, now: datetime, seen: str | None = None) -> Approval:
    """Send the digest as it stands to all who wait. Raises Refused.

    `seen` is the fingerprint of what was on the screen. Where the newsletter asks for two people, the first one's
    approval waits, and the second one's releases.
    """
    with transaction.atomic():
        digest = _under_way(digest_id)
        version = _kept(digest, by, now)
        if version.pk == digest.sending_version_id:
            raise Refused(_("Nothing has changed: readers are getting it as it stands."))
        if seen is not None and version.fingerprint != seen:
            raise Refused(
                _("It has changed since you looked at it. Look again, then release what you see.")
            )
        report = report_of(digest, version, now=now, with_readers=False)
        _refuse([finding.text for finding in report.in_the_way_of_approval])
        made = approval.recorded(digest, version, report, by, now)
        if not made.is_waiting:
            _move_on(digest, version, by, now)
    return made


def retract(digest_id: int, item_id: int, *, by: User, now: datetime) -> Retraction:
    """Take a story out and send what is left, at once and by one person. Raises Refused, and composing's Refused."""
    with transaction.atomic():
        digest = _under_way(digest_id)
        sent = _sent(digest)
        rows = list(Board.of(digest))
        row = next((row for row in rows if row.pk == item_id), None)
        out = [
            story
            for story in stories_in(restored(sent.content))
            if story.item == item_id or (row and _is_made_of(story, row))
        ]
        gone = [one for one in rows if one is row or any(_is_made_of(it, one) for it in out)]
        if not (out or gone):
            text = _("That story is no longer in this digest. Someone else may have removed it.")
            raise NotThere(text)
        headline = out[0].headline if out else gone[0].shown_headline
        if gone:
            arranging.take_out(digest_id, [one.pk for one in gone], Editor(by, now))
        made = _send_without(_under_way(digest_id), sent, out, by, now) if out else None
    words = f"{made.version.subject} {made.version.preheader}" if made else ""
    return Retraction(headline, made, is_still_named=headline in words)


def stories_of(digest: Digest) -> list[Story]:
    """What is being sent, in the order of the mail; `digest` comes with that version."""
    try:
        return list(stories_in(restored(_sent(digest).content)))
    except Refused:
        return []


def _sent(digest: Digest) -> Version:
    """Return the version that is being sent. Raises Refused if it does not say what its stories were made of."""
    version = digest.sending_version
    kept = version.content if version else {}
    if version is None or not kept or not all(one.item for one in stories_in(restored(kept))):
        text = _(
            "An earlier release of Newsroom made this version. Change the stories, and release that."
        )
        raise Refused(text)
    return version


def _is_made_of(story: Story, row: Item) -> bool:
    """A row may have been made anew since: then its article tells, and of a story written by hand its words."""
    if story.article:
        return story.article == row.article_id
    return story.item == row.pk or (story.url, story.headline) == (row.url, row.headline)


def _send_without(
    digest: Digest, sent: Version, out: list[Story], by: User, now: datetime
) -> Approval:
    version = _less(digest, sent, out, by, now)
    _refuse(_new_faults(digest, version, now))
    digest.approvals.standing().update(ended_at=now)
    made = Approval.objects.create(
        digest=digest, version=version, by=by, at=now, taken_out=out[0].headline
    )
    _move_on(digest, version, by, now)
    return made


def _less(digest: Digest, sent: Version, out: list[Story], by: User, now: datetime) -> Version:
    """Make the version without these stories.

    The subject and preheader follow, where they are what we write of the digest's stories.
    """
    whole = restored(sent.content)
    left = less(whole, lambda story: story in out)
    template = Template.objects.filter(newsletter=digest.newsletter_id).first()
    if template is not None:
        before = automatic_words.ours(digest, template, _headlines(whole))
        after = automatic_words.ours(digest, template, _headlines(left))
        told = {name: after[name] for name in before if before[name] == getattr(whole, name)}
        left = replace(left, **told)  # type: ignore[arg-type]  # two names of text
    try:
        return versions.keep_draft(digest, versions.draft_like(sent, left), by=by, now=now)
    except versions.CannotRender as error:
        raise Refused(_("It cannot be rendered. %(why)s") % {"why": error}) from error


def _headlines(content: Content) -> list[str]:
    return [story.headline for story in stories_in(content)]


def _new_faults(digest: Digest, version: Version, now: datetime) -> list[str]:
    """What blocks it now and did not before: a fault elsewhere keeps no wrong story in."""
    assert digest.sending_version is not None  # noqa: S101 - the database says so of these states
    before = report_of(digest, digest.sending_version, now=now, with_readers=False)
    known = {finding.key for finding in before.blocking}
    report = report_of(digest, version, now=now, with_readers=False)
    return [found.text for found in report.in_the_way_of_approval if found.key not in known]


def _refuse(faults: list[str]) -> None:
    if faults:
        raise Refused(" ".join(faults))


def _under_way(digest_id: int) -> Digest:
    """Return a digest that is being sent, with its row lock, which is also the editors'. Raises Refused."""
    digest = (
        Digest.objects.select_for_update(of=("self",))
        .select_related("newsletter", "sending_version")
        .get(pk=digest_id)
    )
    if not digest.is_under_way:
        raise Refused(
            _("It is %(state)s: nobody waits for another version.")
            % {"state": digest.get_state_display().lower()}
        )
    return digest


def _kept(digest: Digest, by: User, now: datetime) -> Version:
    try:
        return versions.keep(digest, by=by, now=now)
    except versions.CannotRender as error:
        raise Refused(_("It cannot be rendered. %(why)s") % {"why": error}) from error


def _move_on(digest: Digest, version: Version, by: User, now: datetime) -> None:
    """A worker that opens a slice meanwhile reads the row before or after this, never half of it."""
    moved = (
        Digest.objects.under_way()
        .filter(pk=digest.pk, sending_version=digest.sending_version_id)
        .update(sending_version=version, approved_version=version, approved_by=by, approved_at=now)
    )
    if not moved:
        raise Refused(_("Someone else has just released another version."))
