"""Which articles fill a section: the newest that fit its rule and that this newsletter has not carried."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from digests.assembly.alike import Traits, without_alike
from digests.choices import NEVER_SENT
from digests.models import Article, Digest, Item, Template, TemplateSection

SPARE = 20  # stories more than are wanted, as some tell of the same event


def candidates(
    rule: TemplateSection,
    *,
    as_of: datetime,
    without: Collection[int],
    limit: int,
    beside: Iterable[Traits] = (),
) -> list[Article]:
    """No event twice, and none that a story `beside` them tells of already (alike.py).

    At most `limit`, newest first, those of unknown date last. `as_of`: ages are counted back from it."""
    oldest = as_of - timedelta(hours=rule.max_age_hours)
    articles = (
        Article.objects.since(oldest)
        .public(as_of)
        .filter(first_seen_at__lte=as_of, retracted_at__isnull=True)
        .exclude(pk__in=without)
    )
    if rule.tags:
        articles = articles.filter(tags__overlap=[tag.lower() for tag in rule.tags])
    source_ids = [source.pk for source in rule.sources.all()]
    if source_ids:
        articles = articles.of_sources(source_ids)
    if rule.needs_picture:
        # One that could not be copied is no picture.
        articles = articles.exclude(image_url="").filter(image_error="")
    return without_alike(articles[: limit and SPARE + 2 * limit], beside, limit)


def carried(digest: Digest, template: Template) -> set[int]:
    """Ids of the articles that this newsletter's other digests carry, of late or already for tomorrow.

    A news alert takes nothing away: its story belongs into the next digest as well.
    """
    since = digest.local_date - timedelta(days=template.no_repeat_days)
    return set(
        Item.objects.filter(
            section__digest__newsletter=digest.newsletter_id,
            section__digest__local_date__gte=since,
            section__digest__urgent_story__isnull=True,
            article__isnull=False,
        )
        .exclude(section__digest=digest)
        .exclude(section__digest__state__in=NEVER_SENT)
        .values_list("article_id", flat=True)
    )
