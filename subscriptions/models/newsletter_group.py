"""A heading on the sign-up page, with the newsletters that stand under it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NewsletterGroup(models.Model):
    name = models.CharField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(
        default=0, help_text=_("The order on the sign-up page; smaller comes first.")
    )

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("group of newsletters")
        verbose_name_plural = _("groups of newsletters")

    def __str__(self) -> str:
        return self.name
