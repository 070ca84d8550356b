"""From a newsletter's template to a draft: sections with stories, and the words around them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count

from django.contrib.auth.models import User
from django.db import transaction

from digests import lifecycle
from digests.assembly.alike import Traits, traits_of
from digests.assembly.sections import follow_template, make_sections
from digests.assembly.selecting import candidates, carried, filling_order
from digests.choices import WORDS, AlertKind, ChangeKind, DigestState, StateReason
from digests.drafts import automatic_words, corrections
from digests.drafts.board import Board
from digests.drafts.editing import Editor, noted
from digests.lifecycle import Move
from digests.models import Article, Digest, Item, Section, Template, TemplateSection
from digests.notices import alerts
from digests.state_reasons import Reason

# A story published while the digest is being put together still counts as of the past.
CLOCK_SKEW = timedelta(minutes=5)


def assemble(
    digest_id: int,
    *,
    now: datetime,
    as_of: datetime | None = None,
    again: bool = False,
    by: User | None = None,
) -> Digest | None:
    """Fill a digest that waits for it; None when it is assembled already, or no longer open.

    `again` fills an assembled one anew: what a person picked or wrote stays. `as_of` is the moment that ages are
    counted back from, when it is not now. `by` is who asked, and may undo it.
    """
    with transaction.atomic():
        waiting = Digest.objects.open().filter(pk=digest_id)
        if not again:
            waiting = waiting.filter(assembled_at__isnull=True)
        # A person who asks waits for whoever has it; a worker leaves it to them.
        digest = (
            waiting.select_for_update(of=("self",), skip_locked=not again)
            .select_related("newsletter")
            .first()
        )
        if digest is None:
            return None
        template = _locked_template(digest)
        corrections.doubt(digest, Board.of(digest))  # before its items forget what they were
        with noted(digest, ChangeKind.ASSEMBLED, Editor(by, now)):
            _fill(digest, template, as_of or now + CLOCK_SKEW)
            board = Board.of(digest)
            _write_words(digest, template, board.headlines())
            digest.assembled_at = now
            digest.save(
                update_fields=["assembled_at", "automatic_words", "corrected_words", *WORDS]
            )
        found = sum(item.article_id is not None for item in board)
        _judge(digest, template, found, now)
    return digest


def _locked_template(digest: Digest) -> Template:
    """Lock the newsletter's template, so that only one digest of it is assembled at a time.

    Its morning and evening digests must not take the same story.
    """
    Template.objects.get_or_create(newsletter=digest.newsletter)
    return Template.objects.select_for_update().get(newsletter=digest.newsletter)


def _fill(digest: Digest, template: Template, as_of: datetime) -> None:
    """Fill the template's sections; what a person picked, or put into a section of their own, stays."""
    if digest.assembled_at is None:
        follow_template(digest, template)
    replaced = Item.objects.filter(
        section__digest=digest, section__made_from__isnull=False, is_locked=False
    )
    # A story that is chosen again stays the item it was, which an editor's page may be showing.
    keys: dict[int | None, int] = dict(replaced.exclude(article=None).values_list("article", "pk"))
    replaced.delete()
    kept = Item.objects.filter(section__digest=digest)
    with_article = kept.filter(article__isnull=False)
    used = carried(digest, template) | set(with_article.values_list("article_id", flat=True))
    beside = [
        traits_of(item.article) for item in with_article.select_related("article") if item.article
    ]
    sections = make_sections(digest, template)
    rules = template.sections.prefetch_related("sources", "without_sources")
    for rule in filling_order(rules):
        found = _fill_section(sections[rule.pk], rule, as_of, used, keys, beside)
        used |= {article.pk for article in found}
        beside += map(traits_of, found)


def _fill_section(
    section: Section,
    rule: TemplateSection,
    as_of: datetime,
    used: set[int],
    keys: Mapping[int | None, int],
    beside: Iterable[Traits],
) -> list[Article]:
    """Into the places that nobody has taken; returns the articles that were put there."""
    taken = set(section.items.values_list("position", flat=True))
    room = max(section.slots - section.items.count(), 0)
    free = (place for place in count() if place not in taken)
    found = candidates(rule, as_of=as_of, without=used, limit=room, beside=beside)
    Item.objects.bulk_create(
        Item.of(article, section, position=place, pk=keys.get(article.pk))
        for article, place in zip(found, free, strict=False)
    )
    return found


def _write_words(digest: Digest, template: Template, headlines: list[str]) -> None:
    """Write the words where no editor has written; words that an editor took out are not put back."""
    for name in WORDS:
        is_blank = digest.assembled_at is None and not getattr(digest, name)
        if is_blank or name in digest.automatic_words:
            automatic_words.give_back(digest, name, template)
    automatic_words.follow(digest, template, headlines)


def _judge(digest: Digest, template: Template, found: int, now: datetime) -> None:
    """Put a digest with too few stories on hold: it is a matter for a person, not for silence.

    What a person approved stays approved.
    """
    if found < template.minimum_stories and digest.state != DigestState.APPROVED:
        reason = Reason.of(StateReason.TOO_FEW_STORIES, found=found, least=template.minimum_stories)
        alerts.stop(digest, Move.HOLD_FOR_STORIES, AlertKind.HELD, reason, now=now)
    elif digest.reason == StateReason.TOO_FEW_STORIES:
        # Another assembly may cure that; held for anything else, it waits for a person.
        lifecycle.change(digest, Move.FIND_STORIES)
        alerts.clear(digest, now=now)
