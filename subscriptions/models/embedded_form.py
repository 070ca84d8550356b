"""A sign-up form that stands on the publisher's own pages, outside this site."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from subscriptions.choices import ColourScheme, EmbeddedFormState
from subscriptions.languages import validate_language
from subscriptions.models.newsletter import Newsletter
from subscriptions.origins import LONGEST_ORIGIN, validate_origin
from subscriptions.public_ids import PUBLIC_ID_LENGTH, new_public_id
from subscriptions.validators import validate_colour, validate_one_line


class EmbeddedFormQuerySet(models.QuerySet["EmbeddedForm"]):
    def active(self) -> Self:
        return self.filter(state=EmbeddedFormState.ACTIVE)


class EmbeddedForm(models.Model):
    """What a reader sees of it, where it may stand, and which newsletters it offers."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id
    )
    placement = models.CharField(
        max_length=80,
        unique=True,
        validators=[validate_one_line],
        help_text=_("Where it stands, for you and your colleagues: “Below politics articles”."),
    )
    state = models.CharField(
        max_length=10,
        choices=EmbeddedFormState,
        default=EmbeddedFormState.ACTIVE,
        help_text=_("A retired form takes no sign-ups and says so. Its figures are kept."),
    )

    headline = models.CharField(max_length=120, blank=True)
    copy = models.TextField(
        max_length=600, blank=True, help_text=_("A sentence or two under the headline.")
    )
    button_text = models.CharField(
        max_length=40, blank=True, help_text=_("Left blank, it says “Sign up”.")
    )
    success_text = models.CharField(
        max_length=300,
        blank=True,
        help_text=_("Thanks the reader, above the advice to look for our email."),
    )
    language = models.CharField(
        max_length=16,
        blank=True,
        validators=[validate_language],
        help_text=_("Left blank, it is that of the page on which it stands."),
    )

    newsletters: "models.ManyToManyField[Newsletter, EmbeddedFormNewsletter]" = (
        models.ManyToManyField(
            Newsletter, through="EmbeddedFormNewsletter", related_name="embedded_forms"
        )
    )
    readers_choose = models.BooleanField(
        default=True,
        help_text=_("Readers tick the ones they want; otherwise they get all that are listed."),
    )

    allowed_origins = ArrayField(
        models.CharField(max_length=LONGEST_ORIGIN, validators=[validate_origin]),
        default=list,
        blank=True,
        help_text=_(
            "Sites that may show this form, one per line, as in https://www.example.org. A "
            "subdomain is a site of its own. Without any the form does not work."
        ),
    )

    colour_scheme = models.CharField(
        max_length=5, choices=ColourScheme, default=ColourScheme.AUTO, verbose_name=_("theme")
    )
    accent = models.CharField(
        max_length=7,
        blank=True,
        validators=[validate_colour],
        help_text=_("The colour of its button, as #1a2b3c; left blank, it is the publisher’s."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EmbeddedFormQuerySet.as_manager()

    class Meta:
        ordering = ["placement"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=EmbeddedFormState.values),
                name="embedded_form_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(colour_scheme__in=ColourScheme.values),
                name="embedded_form_scheme_known",
            ),
        ]

    def __str__(self) -> str:
        return self.placement

    @property
    def is_active(self) -> bool:
        return self.state == EmbeddedFormState.ACTIVE


class EmbeddedFormNewsletter(models.Model):
    """One newsletter that a form offers, at its place."""

    form = models.ForeignKey(EmbeddedForm, on_delete=models.CASCADE, related_name="choices")
    newsletter = models.ForeignKey(Newsletter, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    is_preselected = models.BooleanField(
        default=False, verbose_name=_("preselected"), help_text=_("Ticked before the reader looks.")
    )

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")
        constraints = [
            models.UniqueConstraint(
                fields=["form", "newsletter"], name="embedded_form_newsletter_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.newsletter)
