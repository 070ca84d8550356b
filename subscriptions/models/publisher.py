"""The publisher: one an installation."""

from django.core.validators import EmailValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from subscriptions.languages import validate_language
from subscriptions.validators import (
    validate_colour,
    validate_one_line,
    validate_private_way,
    validate_web_address,
    validate_zone,
)

ONLY_ID = 1


class PublisherManager(models.Manager["Publisher"]):
    def current(self) -> "Publisher":
        """The one publisher; an unnamed one is made where none has been set up yet."""
        publisher, _made = self.get_or_create(pk=ONLY_ID)
        return publisher


class Publisher(models.Model):
    name = models.CharField(max_length=120, default="Our newspaper", validators=[validate_one_line])
    logo = models.ImageField(upload_to="publisher/", blank=True)
    colour = models.CharField(max_length=7, default="#1d3557", validators=[validate_colour])
    postal_address = models.TextField(
        blank=True,
        help_text=_("Shown at the foot of every email. Most countries require it by law."),
    )
    privacy_url = models.URLField(
        blank=True, validators=[validate_web_address], verbose_name=_("privacy page")
    )
    sender_name = models.CharField(max_length=120, blank=True, validators=[validate_one_line])
    sender_address = models.CharField(
        max_length=254, default="news@example.org", validators=[EmailValidator(), validate_one_line]
    )
    alert_address = models.CharField(
        max_length=254,
        blank=True,
        validators=[EmailValidator(), validate_one_line],
        help_text=_("Where alerts go: a digest that is held, missed or short of stories."),
    )
    # Alerts for other programs, signed as https://www.standardwebhooks.com says. Only who may change them sees them.
    alert_webhook_url = models.URLField(
        blank=True,
        max_length=500,
        validators=[validate_private_way],
        verbose_name=_("alert webhook"),
        help_text=_("Where alerts are posted to, for a pager or a chat. Blank: nowhere."),
    )
    alert_webhook_secret = models.CharField(max_length=100, blank=True, editable=False)
    zone = models.CharField(
        max_length=64, default="UTC", validators=[validate_zone], verbose_name=_("time zone")
    )
    reminds = models.BooleanField(
        default=False,
        verbose_name=_("remind once"),
        help_text=_("Send one reminder to readers who have not confirmed after a day."),
    )
    language = models.CharField(max_length=16, default="en", validators=[validate_language])

    objects = PublisherManager()

    class Meta:
        verbose_name_plural = _("publisher")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=ONLY_ID), name="publisher_is_one"),
        ]

    def __str__(self) -> str:
        return self.name
