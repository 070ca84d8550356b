"""A template's own look, and what it was before."""

from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.choices import Design, Faces, Nameplate
from subscriptions.validators import validate_colour, validate_one_line

BY_DAY = ("page", "paper", "ink", "soft", "accent")
BY_NIGHT = tuple(f"dark_{name}" for name in BY_DAY)
COLOURS = ("band", *BY_DAY, *BY_NIGHT)
# What a save of the look writes, and its history keeps; the logo is three columns of which a person sees one.
LOOK_FIELDS = ("design", "faces", "nameplate", "logo_alt", "own_mjml", *COLOURS)
LOGO_FIELDS = ("logo", "logo_width", "logo_height")


def _colour(label: Any, help_text: Any = "") -> "models.CharField[str, str]":
    return models.CharField(
        max_length=7,
        blank=True,
        db_default="",
        default="",
        validators=[validate_colour],
        verbose_name=label,
        help_text=help_text,
    )


def known(**choices: type[models.TextChoices]) -> list[models.CheckConstraint]:
    """Nothing that the designs do not know gets into the table, whoever writes it."""
    return [
        models.CheckConstraint(
            condition=models.Q(**{f"{name}__in": values.values}), name=f"template_{name}_known"
        )
        for name, values in choices.items()
    ]


def are_colours() -> models.CheckConstraint:
    condition = models.Q()
    for name in COLOURS:
        condition &= models.Q(**{f"{name}__regex": r"^(#[0-9a-f]{6})?$"})
    return models.CheckConstraint(condition=condition, name="template_colours_are_hex")


class LookFields(models.Model):
    """What is blank is the design's own, or the newsletter's."""

    design = models.CharField(max_length=12, choices=Design, default=Design.BRIEFING)
    faces = models.CharField(
        max_length=8, choices=Faces, default=Faces.DESIGN, db_default=Faces.DESIGN
    )
    nameplate = models.CharField(
        max_length=5,
        choices=Nameplate,
        default=Nameplate.NAME,
        db_default=Nameplate.NAME,
        verbose_name=_("masthead"),
    )
    # Our own copy, checked and scaled (designing/logos.py). Whatever was ever saved stays: mails show it.
    logo = models.FileField(upload_to="logos/", blank=True, db_default="", editable=False)
    logo_width = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    logo_height = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    logo_alt = models.CharField(
        max_length=120,
        blank=True,
        db_default="",
        default="",
        validators=[validate_one_line],
        verbose_name=_("description of the logo"),
        help_text=_("For readers who do not see it. Blank: the publisher’s name."),
    )
    band = _colour(_("band"), _("Bars, bands and buttons, by day and by night."))
    accent = _colour(_("accent"), _("Kickers and links."))
    ink = _colour(_("text"))
    soft = _colour(_("small print"), _("Bylines, dates and the foot."))
    paper = _colour(_("paper"))
    page = _colour(_("page"), _("Around the paper."))
    dark_accent = _colour(_("accent by night"))
    dark_ink = _colour(_("text by night"))
    dark_soft = _colour(_("small print by night"))
    dark_paper = _colour(_("paper by night"))
    dark_page = _colour(_("page by night"))
    own_mjml = models.TextField(blank=True, db_default="", default="", verbose_name=_("own MJML"))
    # Counts saves of the look and the sections, so that nobody writes over what they have not seen.
    revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        abstract = True


class LookChange(models.Model):
    """A template's look and sections as one save left them; number 0 is what was there before the first."""

    template = models.ForeignKey(
        "digests.Template", on_delete=models.CASCADE, related_name="look_changes"
    )
    revision = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    values = models.JSONField()

    class Meta:
        ordering = ["-revision"]
        constraints = [
            models.UniqueConstraint(fields=["template", "revision"], name="look_change_once")
        ]

    def __str__(self) -> str:
        return f"{self.template}, {self.revision}"
