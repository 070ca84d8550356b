"""A newsletter: the product a reader subscribes to."""

from typing import Self

from django.core.validators import EmailValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from subscriptions.choices import Archive, NewsletterState, Tracking
from subscriptions.languages import validate_language
from subscriptions.models.newsletter_group import NewsletterGroup
from subscriptions.public_ids import PUBLIC_ID_LENGTH, new_public_id
from subscriptions.validators import validate_colour, validate_one_line, validate_web_address


class NewsletterQuerySet(models.QuerySet["Newsletter"]):
    def live(self) -> Self:
        return self.filter(state=NewsletterState.LIVE)

    def others_than(self, pk: str | None) -> Self:
        """All of them for None."""
        return self.exclude(pk=pk) if pk else self

    def in_reading_order(self) -> Self:
        return self.order_by("position", "name")

    def on_the_sign_up_page(self) -> Self:
        """Live ones in the order of their groups; those without a group come last."""
        return (
            self.live()
            .select_related("group")
            .order_by(
                models.F("group__position").asc(nulls_last=True),
                "group__name",
                "position",
                "name",
            )
        )


class Newsletter(models.Model):
    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id
    )
    name = models.CharField(max_length=80, validators=[validate_one_line])
    slug = models.SlugField(max_length=60, unique=True)
    state = models.CharField(
        max_length=10, choices=NewsletterState, default=NewsletterState.PENDING
    )
    position = models.PositiveSmallIntegerField(
        default=0, help_text=_("The order on the sign-up page; smaller comes first.")
    )

    # What a reader sees before signing up.
    description = models.TextField(
        blank=True, help_text=_("What a reader gets, in a sentence or two.")
    )
    frequency = models.CharField(
        max_length=60, blank=True, help_text=_("In a reader's words: “Every weekday at 6 am”.")
    )
    sign_up_headline = models.CharField(max_length=120, blank=True)
    example_url = models.URLField(
        blank=True, validators=[validate_web_address], verbose_name=_("example")
    )
    colour = models.CharField(max_length=7, default="#1d3557", validators=[validate_colour])
    logo = models.ImageField(upload_to="newsletters/", blank=True)
    language = models.CharField(max_length=16, default="en", validators=[validate_language])

    group = models.ForeignKey(
        NewsletterGroup,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="newsletters",
        help_text=_("The heading on the sign-up page that it stands under."),
    )
    illustration = models.ImageField(
        upload_to="newsletters/",
        blank=True,
        help_text=_(
            "Above its words on the sign-up page, twice as wide as high; made smaller here."
        ),
    )

    # The first mail, right after a reader has confirmed.
    welcomes = models.BooleanField(
        default=False,
        verbose_name=_("welcome new readers"),
        help_text=_("One email to each new reader, with the latest digest if there is one."),
    )
    welcome_text = models.TextField(
        blank=True,
        max_length=2000,
        help_text=_("In your own words; an empty line begins a new paragraph."),
    )
    lighter = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("fewer emails"),
        help_text=_("Offered to readers who want fewer emails, such as the weekly of a daily."),
    )
    tracking = models.CharField(
        max_length=6,
        choices=Tracking,
        default=Tracking.TOTALS,
        db_default=Tracking.TOTALS,
        verbose_name=_("measuring"),
        help_text=_("What is kept of opens and clicks. A reader who wants less is given less."),
    )

    archive = models.CharField(
        max_length=10,
        choices=Archive,
        default=Archive.PUBLIC,
        help_text=_("Digests as pages on the web, an index of them and a feed."),
    )

    # What stands in the head and at the foot of a mail; blank means the publisher's.
    sender_name = models.CharField(max_length=120, blank=True, validators=[validate_one_line])
    sender_address = models.CharField(
        max_length=254, blank=True, validators=[EmailValidator(), validate_one_line]
    )
    reply_to = models.CharField(
        max_length=254, blank=True, validators=[EmailValidator(), validate_one_line]
    )
    postal_address = models.TextField(blank=True)

    created_at = models.DateTimeField(auto_now_add=True)

    objects = NewsletterQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(archive__in=Archive.values), name="newsletter_archive_known"
            ),
            models.UniqueConstraint(Lower("slug"), name="newsletter_slug_any_case"),
            models.CheckConstraint(
                condition=models.Q(state__in=NewsletterState.values), name="newsletter_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(colour__regex=r"^#[0-9a-fA-F]{6}$"),
                name="newsletter_colour_is_hex",
            ),
            models.CheckConstraint(
                condition=~models.Q(lighter=models.F("pk")), name="newsletter_lighter_is_another"
            ),
            models.CheckConstraint(
                condition=models.Q(tracking__in=Tracking.values), name="newsletter_tracking_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.state == NewsletterState.LIVE
