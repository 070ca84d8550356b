"""A correction: a mail of its own, to those alone whose version was wrong."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.html import linebreaks
from django.utils.translation import gettext as _

from digests.choices import ApprovalRule, DigestKind
from digests.counts.progress import progress_of
from digests.decisions.free_slots import free_slot
from digests.drafts.board import Board
from digests.models import Article, Digest, Image, Item, Section
from digests.refusal import Refusal
from digests.rendering.rich_text import clean_rich_text
from digests.rendering.well_formed import TooMuch
from subscriptions.models import Newsletter

TO_APPROVE = timedelta(hours=24)
PATIENCE = timedelta(hours=24)  # for servers that defer it


class Refused(Refusal):
    """The text says why, for the person who asked."""


def draft(
    digest_id: int,
    wrong_version_ids: Collection[int],
    *,
    subject: str,
    words: str,
    article_id: int | None = None,
    now: datetime,
) -> Digest:
    """Make a correction of a digest, to be approved like any other; it goes out as soon as it is. Raises Refused.

    `words` are plain text. The story follows them, as it now stands, unless it was retracted.
    """
    with transaction.atomic():
        wrong = Digest.objects.select_for_update(of=("self",)).get(pk=digest_id)
        _check(wrong, wrong_version_ids)
        correction = Digest.objects.create(
            newsletter=wrong.newsletter,
            local_date=wrong.local_date,
            slot=_free_slot(wrong),
            zone=wrong.zone,
            subject=subject.strip(),
            intro=_paragraphs(words),
            corrects=wrong,
            wrong_version_ids=sorted(wrong_version_ids),
            approval_rule=ApprovalRule.HOLD,
            assemble_at=now,
            assembled_at=now,
            due_at=now,
            deadline_at=now + TO_APPROVE,
            miss_at=now + TO_APPROVE,
            expires_at=now + TO_APPROVE + PATIENCE,
        )
        _carry(correction, article_id)
    return correction


def _paragraphs(words: str) -> str:
    try:
        return clean_rich_text(linebreaks(words.strip(), autoescape=True))
    except TooMuch as error:
        raise Refused(str(error)) from error


def _check(wrong: Digest, wrong_version_ids: Collection[int]) -> None:
    if wrong.frozen_at is None:
        raise Refused(_("Nobody has received it yet: change it instead."))
    if wrong.corrects_id is not None:
        raise Refused(_("It is a correction itself. Correct the digest once more instead."))
    known = set(wrong.versions.filter(pk__in=wrong_version_ids).values_list("pk", flat=True))
    if not known or known != set(wrong_version_ids):
        raise Refused(_("Say which versions were wrong."))
    if wrong.is_under_way and wrong.sending_version_id in known:
        raise Refused(
            _("Readers are still getting that version. Release a right one, or cancel it, first.")
        )


def _free_slot(wrong: Digest) -> str:
    newsletter = Newsletter.objects.select_for_update(of=("self",)).get(pk=wrong.newsletter_id)
    return free_slot(newsletter, wrong.local_date, DigestKind.CORRECTION)


def _carry(correction: Digest, article_id: int | None) -> None:
    section = Section.objects.create(digest=correction, slots=5)
    if article_id is None:
        return
    article = Article.objects.filter(pk=article_id, retracted_at=None).first()
    if article is not None:
        copy = Image.objects.of(article)
        Item.of(article, section, image=copy, is_locked=True).save()


@dataclass(frozen=True, slots=True)
class Carried:
    """A story as readers know it."""

    article_id: int
    headline: str


def stories_of(digest: Digest) -> list[Carried]:
    """Return the articles in all versions of a digest that were ever released; stories written by hand are left out.

    They stand in the order of the email; stories that were removed from it since come last.
    """
    if digest.frozen_at is None or digest.corrects_id is not None:
        return []
    carried = digest.versions.filter(pk__in=progress_of(digest.pk).versions)
    ids = {pk for found in carried.values_list("article_ids", flat=True) for pk in found}
    headlines = {
        item.article_id: item.shown_headline for item in Board.of(digest) if item.article_id in ids
    }
    gone = Article.objects.filter(pk__in=ids - headlines.keys()).order_by("headline")
    headlines |= dict(gone.values_list("pk", "headline"))
    return [Carried(article_id, headline) for article_id, headline in headlines.items()]


def headline_of(digest: Digest, article: Article) -> str:
    """Return the headline as the digest has it, in an editor's words where there are some."""
    items = Item.objects.filter(section__digest=digest, article=article).select_related("article")
    item = items.first()
    return item.shown_headline if item else article.headline
