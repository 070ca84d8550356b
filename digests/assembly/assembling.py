"""From a newsletter's template to a draft: sections with stories, and the words around them."""

from datetime import datetime, timedelta

from django.db import transaction

from digests import alerts
from digests.assembly.selecting import candidates, carried
from digests.choices import AlertKind, DigestState
from digests.models import Article, Digest, Item, Section, Template

SUBJECT_LENGTH = 150
PREHEADER_LENGTH = 140
# A story published while the digest is being put together still counts as of the past.
CLOCK_SKEW = timedelta(minutes=5)


def assemble(
    digest_id: int, *, now: datetime, as_of: datetime | None = None, again: bool = False
) -> Digest | None:
    """Fill a digest that waits for it; None when it is assembled already, or no longer open.

    `again` fills an assembled one anew: what a person picked or wrote stays. `as_of` is the moment that ages are
    counted back from, when it is not now.
    """
    with transaction.atomic():
        waiting = Digest.objects.open().filter(pk=digest_id)
        if not again:
            waiting = waiting.filter(assembled_at__isnull=True)
        digest = (
            waiting.select_for_update(of=("self",), skip_locked=True)
            .select_related("newsletter")
            .first()
        )
        if digest is None:
            return None
        template, _made = Template.objects.get_or_create(newsletter=digest.newsletter)
        articles = _fill(digest, template, as_of or now + CLOCK_SKEW)
        _write_words(digest, template, articles)
        digest.assembled_at = now
        digest.save(update_fields=["assembled_at", "subject", "preheader", "intro", "outro"])
        _judge(digest, template, len(articles), now)
    return digest


def _fill(digest: Digest, template: Template, as_of: datetime) -> list[Article]:
    """Returns the digest's articles in reading order."""
    used = carried(digest, template)
    picked = {
        item.article_id for item in Item.objects.filter(section__digest=digest, is_picked=True)
    }
    articles: list[Article] = []
    for rule in template.sections.prefetch_related("sources"):
        section, _made = Section.objects.get_or_create(
            digest=digest,
            made_from=rule,
            defaults={
                "position": rule.position,
                "heading": rule.heading,
                "style": rule.style,
                "slots": rule.slots,
            },
        )
        section.items.filter(is_picked=False).delete()
        kept = list(section.items.select_related("article"))
        found = candidates(
            rule,
            as_of=as_of,
            without=used | picked,
            limit=max(section.slots - len(kept), 0),
        )
        last = max((item.position for item in kept), default=-1)
        Item.objects.bulk_create(
            Item(section=section, article=article, position=last + 1 + place)
            for place, article in enumerate(found)
        )
        articles += [item.article for item in kept] + found
        used |= {article.pk for article in found}
    return articles


def _write_words(digest: Digest, template: Template, articles: list[Article]) -> None:
    """Only where an editor has not written already."""
    lead = articles[0].headline if articles else digest.newsletter.name
    digest.subject = digest.subject or _subject(digest, template, lead)
    digest.preheader = digest.preheader or _one_line(
        "; ".join(article.headline for article in articles[1:4]), PREHEADER_LENGTH
    )
    digest.intro = digest.intro or template.intro
    digest.outro = digest.outro or template.outro


def _subject(digest: Digest, template: Template, lead: str) -> str:
    subject = template.subject
    for name, value in {
        "newsletter": digest.newsletter.name,
        "date": f"{digest.local_date:%Y-%m-%d}",
        "lead": lead,
    }.items():
        subject = subject.replace("{" + name + "}", value)
    return _one_line(subject, SUBJECT_LENGTH)


def _one_line(text: str, length: int) -> str:
    """Plain, on one line, cut at a word."""
    line = " ".join("".join(" " if c in "\r\n\t" else c for c in text).split())
    if len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"


def _judge(digest: Digest, template: Template, found: int, now: datetime) -> None:
    """Too few stories is a matter for a person, not for silence."""
    if found < template.minimum_stories:
        text = f"Only {found} of at least {template.minimum_stories} stories were found for it."
        alerts.stop(digest, DigestState.HELD, AlertKind.HELD, text, now=now)
    elif digest.state == DigestState.HELD and digest.approved_version is None:
        digest.state = DigestState.DRAFT
        digest.state_reason = ""
        digest.save(update_fields=["state", "state_reason"])
        alerts.clear(digest, now=now)
