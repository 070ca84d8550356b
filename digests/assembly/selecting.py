"""Which articles fill a section: the newest that fit its rule and that this newsletter has not carried."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Case, Exists, F, OrderBy, OuterRef, Q, Value, When, Window
from django.db.models.functions import RowNumber

from digests.assembly.alike import Traits, without_alike
from digests.choices import NEVER_SENT, BlockStyle, RankRule
from digests.models import Article, Digest, Item, Sighting, Template, TemplateSection
from digests.models.article import NEWEST, ArticleQuerySet

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

    At most `limit`, in the order of the section's rule. `as_of`: ages are counted back from it.
    """
    oldest = as_of - timedelta(hours=rule.max_age_hours)
    articles = (
        Article.objects.since(oldest)
        .public(as_of)
        .filter(first_seen_at__lte=as_of, retracted_at__isnull=True)
        .exclude(pk__in=without)
    )
    if rule.tags:
        articles = articles.filter(tags__overlap=_lower(rule.tags))
    if rule.without_tags:
        articles = articles.exclude(tags__overlap=_lower(rule.without_tags))
    if source_ids := [source.pk for source in rule.sources.all()]:
        articles = articles.of_sources(source_ids)
    if source_ids := [source.pk for source in rule.without_sources.all()]:
        articles = _without_sources(articles, source_ids)
    if rule.needs_picture:
        # One that could not be copied is no picture.
        articles = articles.exclude(image_url="").filter(image_error="")
    articles = articles.order_by(*_ranked(rule))
    if rule.most_per_source:
        articles = _few_of_each(articles, rule)
    found = articles[: limit and SPARE + 2 * limit]
    return without_alike(found, beside, limit, most_per_source=rule.most_per_source)


def filling_order(rules: Iterable[TemplateSection]) -> list[TemplateSection]:
    """Return the rules in the order in which they are filled.

    Their numbers come first; then leads; then rules for certain stories, so that a rule for any story does not starve
    them.
    """

    def turn(rule: TemplateSection) -> tuple[bool, int, bool, bool, int]:
        is_lead = rule.style == BlockStyle.LEAD
        is_general = not rule.tags and not rule.sources.all()
        return not rule.fill_order, rule.fill_order, not is_lead, is_general, rule.position

    return sorted(rules, key=turn)


def _lower(tags: Iterable[str]) -> list[str]:
    return [tag.lower() for tag in tags]


def _without_sources(articles: ArticleQuerySet, source_ids: list[int]) -> ArticleQuerySet:
    """Return the articles without those that only these sources bring."""
    others = Sighting.objects.filter(article=OuterRef("pk")).exclude(source__in=source_ids)
    return articles.filter(~Q(source__in=source_ids) | Q(source=None) | Exists(others))


def _ranked(rule: TemplateSection) -> Iterator[OrderBy | Case]:
    if rule.rank == RankRule.FEED:
        # What its feed lists no longer comes after what it does.
        is_listed = Q(seen_at__gte=F("source__asked_in_full_at"))
        yield Case(When(is_listed, then=Value(0)), default=Value(1))
        yield F("place").asc()
    elif rule.rank == RankRule.PRIORITY:
        yield F("source__priority").asc(nulls_last=True)
    elif rule.rank == RankRule.TAGS and rule.tags:
        tags = enumerate(_lower(rule.tags))
        places = [When(tags__contains=[tag], then=Value(place)) for place, tag in tags]
        yield Case(*places, default=Value(len(places)))
    yield from NEWEST


def _few_of_each(articles: ArticleQuerySet, rule: TemplateSection) -> ArticleQuerySet:
    """Keep only the first stories of each source, but enough of them where some tell of the same event."""
    number = Window(RowNumber(), partition_by=F("source"), order_by=[*_ranked(rule)])
    return articles.annotate(number=number).filter(number__lte=rule.most_per_source + SPARE)


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
