"""What is in a digest: its sections and their items."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.choices import BlockStyle, ImageChoice
from digests.models.article import URL_LENGTH, Article, Image
from digests.models.digest import Digest
from digests.models.plan import TemplateSection
from subscriptions.validators import validate_one_line, validate_web_address


class Section(models.Model):
    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="sections")
    made_from = models.ForeignKey(
        TemplateSection, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    position = models.PositiveSmallIntegerField(default=0)
    heading = models.CharField(max_length=80, blank=True, validators=[validate_one_line])
    style = models.CharField(max_length=10, choices=BlockStyle, default=BlockStyle.STORIES)
    slots = models.PositiveSmallIntegerField(default=5, verbose_name=_("stories"))

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.heading or self.get_style_display()


class Item(models.Model):
    """An article in a section, or a story of the editor's own; what was left blank is the article's own."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="items")
    # None: written by hand, with a headline of its own and a link or none.
    article = models.ForeignKey(
        Article, on_delete=models.PROTECT, null=True, blank=True, related_name="items"
    )
    position = models.PositiveSmallIntegerField(default=0)
    kicker = models.CharField(max_length=60, blank=True, validators=[validate_one_line])
    headline = models.CharField(max_length=300, blank=True, validators=[validate_one_line])
    blurb = models.TextField(blank=True)
    link_text = models.CharField(max_length=60, blank=True, validators=[validate_one_line])
    url = models.URLField(
        max_length=URL_LENGTH, blank=True, validators=[validate_web_address], verbose_name=_("link")
    )
    image = models.ForeignKey(
        Image, on_delete=models.SET_NULL, null=True, blank=True, related_name="items"
    )
    image_choice = models.CharField(
        max_length=8, choices=ImageChoice, default=ImageChoice.STORY, editable=False
    )
    image_alt = models.CharField(max_length=300, blank=True)
    image_credit = models.CharField(
        max_length=300, blank=True, db_default="", validators=[validate_one_line]
    )
    is_locked = models.BooleanField(
        default=False, help_text=_("Chosen by a person; a new assembly leaves it where it is.")
    )
    # As the article read when it was put in, or when an editor last looked: what differs now, its source has changed.
    seen_headline = models.CharField(max_length=300, blank=True, editable=False)
    seen_summary = models.TextField(blank=True, editable=False)
    seen_picture = models.CharField(
        max_length=URL_LENGTH, blank=True, db_default="", editable=False
    )
    # An editor let their words stand against a correction of the source.
    is_kept = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["section", "article"], name="item_once_a_section"),
            models.CheckConstraint(
                condition=models.Q(article__isnull=False) | ~models.Q(headline=""),
                name="item_says_something",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_headline

    @classmethod
    def of(cls, article: Article, section: Section, **fields: Any) -> "Item":
        """Return a new story, not saved yet; it remembers how the article reads now."""
        return cls(
            article=article,
            section=section,
            seen_headline=article.headline,
            seen_summary=article.summary,
            seen_picture=article.image_url,
            **fields,
        )

    @property
    def shown_headline(self) -> str:
        return self.headline or (self.article.headline if self.article else "")

    @property
    def shown_blurb(self) -> str:
        return self.blurb or (self.article.summary if self.article else "")

    @property
    def shown_url(self) -> str:
        """Empty for a story written by hand that leads nowhere."""
        return self.article.url if self.article else self.url

    @property
    def shown_alt(self) -> str:
        return self.image_alt or self.source_picture.get("alt", "")

    @property
    def shown_credit(self) -> str:
        return self.image_credit or self.source_picture.get("credit", "")

    @property
    def source_picture(self) -> dict[str, str]:
        """What the story's source says of the picture that it is shown with; empty of another picture."""
        if self.article is None or self.image_choice != ImageChoice.STORY:
            return {}
        return self.article.picture_at(
            self.image.source_url if self.image else self.article.image_url
        )

    @property
    def has_source_changed(self) -> bool:
        """Has its article another headline, summary or picture than when it was put in?"""
        return self.has_new_headline or self.has_new_summary or self.has_new_picture

    @property
    def has_new_headline(self) -> bool:
        article = self.article
        if article is None or not self.seen_headline:
            return False
        return article.headline != self.seen_headline

    @property
    def has_new_summary(self) -> bool:
        article = self.article
        if article is None or not self.seen_headline:
            return False
        return article.summary != self.seen_summary

    @property
    def has_new_picture(self) -> bool:
        """Only where it stands with its source's; one that came first later is taken without a word."""
        if self.article is None or self.image_choice != ImageChoice.STORY or not self.seen_picture:
            return False
        return self.article.image_url not in ("", self.seen_picture)

    def is_replaced_since(self, moment: datetime | None) -> bool:
        """Whether another picture stands at the same address by now; None: nothing was made of it before."""
        replaced_at = self.image.replaced_at if self.image else None
        return bool(moment and replaced_at and replaced_at > moment)
