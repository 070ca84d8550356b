"""What the newsletter's rules would put into the free places of a digest, and putting it there."""

from datetime import datetime

from django.utils.translation import gettext as _

from digests.assembly.alike import traits_of
from digests.assembly.selecting import candidates, carried, filling_order
from digests.choices import ChangeKind
from digests.drafts.editing import Edit, Editor, editing, item_target
from digests.drafts.refusals import Refused
from digests.models import Article, Digest, Item, Section, Template


def would_fill(digest: Digest, *, as_of: datetime) -> dict[int, list[Article]]:
    """Return the stories that would fill each section; only sections with free places and a rule.

    `as_of`: what ages are counted back from.
    """
    template = Template.objects.filter(newsletter=digest.newsletter_id).first()
    if template is None:
        return {}
    sections = list(
        digest.sections.filter(made_from__isnull=False)
        .select_related("made_from")
        .prefetch_related("items", "made_from__sources", "made_from__without_sources")
    )
    here = list(Article.objects.filter(items__section__digest=digest))
    used = carried(digest, template) | {article.pk for article in here}
    beside = [traits_of(article) for article in here]
    found: dict[int, list[Article]] = {}
    by_rule = {section.made_from: section for section in sections if section.made_from}
    for rule in filling_order(by_rule):
        section = by_rule[rule]
        room = section.slots - len(section.items.all())
        if room > 0:
            found[section.pk] = candidates(
                rule, as_of=as_of, without=used, limit=room, beside=beside
            )
            used |= {article.pk for article in found[section.pk]}
            beside += map(traits_of, found[section.pk])
    return found


def fill(digest_id: int, section_id: int, editor: Editor, *, as_of: datetime) -> Edit:
    """Add stories at the end of the section, unlocked: they are the rule's choice, not a person's. Raises Refused."""
    with editing(digest_id, ChangeKind.FILLED, editor) as edit:
        section = edit.board.section(section_id)
        articles = would_fill(edit.digest, as_of=as_of).get(section_id, [])
        if not articles:
            raise Refused(_("No other story fits “%(section)s”.") % {"section": section})
        for article in articles:
            _append(edit, article, section)
        edit.about = {"section": str(section), "number": len(articles)}
    return edit


def _append(edit: Edit, article: Article, section: Section) -> None:
    item = Item.of(article, section)
    edit.board.insert(item, section.pk, len(edit.board.items[section.pk]))
    edit.came(item_target(item.pk))
