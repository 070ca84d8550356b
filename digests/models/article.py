"""Where stories come from; one story, one row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.choices import SourceTrouble
from digests.validators import validate_header_name
from subscriptions.validators import validate_zone

URL_LENGTH = 2000


class SourceQuerySet(models.QuerySet["Source"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def named(self, name: str) -> Self:
        return self.filter(models.Q(name=name) | models.Q(url=name))

    def due(self, now: datetime) -> Self:
        return self.filter(is_active=True).filter(
            models.Q(next_fetch_at__isnull=True) | models.Q(next_fetch_at__lte=now)
        )

    def make_due(self) -> None:
        """Make the active sources due at once, however long they were to be left alone."""
        self.active().update(next_fetch_at=None)


class Source(models.Model):
    name = models.CharField(max_length=120)
    url = models.URLField(max_length=URL_LENGTH, unique=True, verbose_name=_("feed"))
    is_active = models.BooleanField(default=True, verbose_name=_("active"))
    interval_minutes = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1)], verbose_name=_("minutes between visits")
    )
    # What the last answers said; conditional GET (RFC 9110 section 13) sends it back.
    etag = models.CharField(max_length=300, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    next_fetch_at = models.DateTimeField(null=True, blank=True, editable=False)
    fetched_at = models.DateTimeField(null=True, blank=True, editable=False)
    worked_at = models.DateTimeField(null=True, blank=True, editable=False)
    zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[validate_zone],
        verbose_name=_("time zone"),
        help_text=_("Of dates that name none. Empty: the publisher’s."),
    )
    tags = ArrayField(
        models.CharField(max_length=80),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Each of its stories gets these, such as the name of a section of the paper."),
    )
    priority = models.PositiveSmallIntegerField(
        default=5,
        db_default=5,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text=_("1 comes first, in sections that rank by it."),
    )
    silent_hours = models.PositiveSmallIntegerField(
        default=168,
        db_default=168,
        validators=[MaxValueValidator(24 * 365)],
        verbose_name=_("alert after hours of silence"),
        help_text=_("When it has brought no new story for so long, staff are told. 0: never."),
    )
    # What its server asks for: a user's name, or the name of a header with a key (assembly/source_keys.py).
    username = models.CharField(max_length=120, blank=True, default="", db_default="")
    key_header = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        validators=[validate_header_name],
        verbose_name=_("header with a key"),
        help_text=_(
            "Such as X-API-Key or Authorization. Empty: user and password, if there are any."
        ),
    )
    sealed_secret = models.TextField(blank=True, default="", db_default="", editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    # What its feed's reader should know although the last visit worked, in sentences.
    warnings = ArrayField(
        models.CharField(max_length=500), default=list, db_default=[], blank=True, editable=False
    )
    # Some systems answer 304 although a story was taken down: so now and then it is asked without conditions.
    asked_in_full_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Of the last visit that brought anything: what its feed listed, and what of it is a story here.
    found = models.PositiveIntegerField(null=True, blank=True, editable=False)
    taken = models.PositiveIntegerField(null=True, blank=True, editable=False)
    # When it last had a story that was new.
    brought_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What staff have been told of it, until that has ended.
    told_of = models.CharField(
        max_length=10,
        choices=SourceTrouble,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def begin_anew(self) -> None:
        """At another address: what the server of the old one answered says nothing about it."""
        self.etag = self.last_modified = self.last_error = ""
        self.next_fetch_at = self.fetched_at = self.worked_at = self.asked_in_full_at = None
        self.found = self.taken = self.brought_at = None
        self.told_of = ""
        self.warnings = []
        self.failures = 0

    @property
    def interval(self) -> timedelta:
        return timedelta(minutes=self.interval_minutes)


class ImageQuerySet(models.QuerySet["Image"]):
    def of(self, article: "Article") -> "Image | None":
        """Our copy of the best of its pictures that we have."""
        urls = article.picture_urls
        copies = {image.source_url: image for image in self.filter(source_url__in=urls)}
        return next((copies[url] for url in urls if url in copies), None)


class Image(models.Model):
    """Our copy of a story's picture, in two widths; its file names hash the content."""

    source_url = models.URLField(max_length=URL_LENGTH, unique=True)
    # Plain files: an ImageField would open and measure them at each load.
    file = models.FileField(upload_to="stories/")
    large_file = models.FileField(upload_to="stories/")
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    large_width = models.PositiveIntegerField(editable=False)
    large_height = models.PositiveIntegerField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # What its server said of it, to ask whether another stands at its address by now (assembly/renewing.py).
    etag = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)
    last_modified = models.CharField(
        max_length=100, blank=True, default="", db_default="", editable=False
    )
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    replaced_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ImageQuerySet.as_manager()

    def __str__(self) -> str:
        return self.source_url


NEWEST = (
    models.F("published_at").desc(nulls_last=True),
    models.F("seen_at").desc(nulls_last=True),
    models.F("place").asc(),
    models.F("id").desc(),
)


class ArticleQuerySet(models.QuerySet["Article"]):
    def since(self, moment: datetime) -> Self:
        """Published after it; of unknown date, first seen after it."""
        return self.filter(
            models.Q(published_at__gt=moment)
            | models.Q(published_at=None, first_seen_at__gt=moment)
        )

    def of_sources(self, source_ids: Sequence[int]) -> Self:
        """In the feed of one of them, whichever brought it first."""
        seen = Article.objects.filter(sightings__source__in=source_ids)
        return self.filter(models.Q(source__in=source_ids) | models.Q(pk__in=seen.values("pk")))

    def public(self, moment: datetime) -> Self:
        """The articles that are not under embargo at that moment."""
        return self.exclude(published_at__gt=moment)


class Article(models.Model):
    source = models.ForeignKey(
        Source, on_delete=models.SET_NULL, null=True, related_name="articles"
    )
    # As it is now; what stories are known by is in models/sighting.py.
    url = models.URLField(
        max_length=URL_LENGTH, db_index=True, help_text=_("The canonical address.")
    )
    headline = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    authors = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    # None: its feed does not say, or not in a way that can be read. In the future: its embargo ends then.
    published_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    # When it was last in a feed, and at which place there: the order of stories whose dates tell none.
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    place = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    image_url = models.URLField(max_length=URL_LENGTH, blank=True)
    image_alt = models.CharField(max_length=300, blank=True)
    # All that its feed names, the best first: {"url", "alt", "caption", "credit"}; the next is for when one is refused.
    pictures = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True, editable=False
    )
    image_error = models.CharField(max_length=300, blank=True, editable=False)
    # What its page names where its source names none, {"url": …} with an empty address for nothing; {}: not asked.
    page_picture = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True, editable=False
    )
    # Names of fields that staff have corrected: a later fetch leaves them alone.
    corrected = ArrayField(
        models.CharField(max_length=20), default=list, db_default=[], blank=True, editable=False
    )
    # Taken back by its newsroom: no digest takes it, and none goes out with it.
    retracted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Staff took a retraction back: no source retracts it again by itself.
    restored_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        # What staff call it, on every page of theirs.
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        ordering = NEWEST
        indexes = [
            models.Index(*NEWEST, name="article_order"),
            GinIndex(fields=["tags"], name="article_tags"),
            # No language: a newsroom's names and words are found as they are written.
            GinIndex(
                SearchVector("headline", "summary", config="simple"), name="article_all_words"
            ),
        ]

    def __str__(self) -> str:
        return self.headline

    @property
    def picture_urls(self) -> list[str]:
        """The best first."""
        named = [
            self.image_url,
            *(picture["url"] for picture in self.pictures),
            self.page_picture.get("url", ""),
        ]
        return list(dict.fromkeys(filter(None, named)))

    def picture_at(self, url: str) -> dict[str, str]:
        """What is known of the picture at this address: nothing, if its source names it no longer."""
        first = {"url": self.image_url, "alt": self.image_alt, "caption": "", "credit": ""}
        known = [*self.pictures, first, *filter(None, [self.page_picture])]
        return next((one for one in known if one["url"] == url), {})

    def is_embargoed(self, now: datetime) -> bool:
        return self.published_at is not None and self.published_at > now
