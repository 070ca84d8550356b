"""Plans for warming up, what each day allowed and used, and who runs our readers' mailboxes."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class WarmUp(models.Model):
    """A daily ceiling for one mailbox provider, or for each of them, across all newsletters."""

    provider = models.CharField(
        max_length=253,
        blank=True,
        verbose_name=_("mailbox provider"),
        help_text=_("Blank: for each provider that has no plan of its own."),
    )
    starts_on = models.DateField(verbose_name=_("starts on"))
    first_day = models.PositiveIntegerField(
        default=500,
        validators=[MinValueValidator(1)],
        verbose_name=_("readers on the first day"),
    )
    growth_percent = models.PositiveSmallIntegerField(
        default=50,
        validators=[MaxValueValidator(100)],
        verbose_name=_("growth a day, in percent"),
        help_text=_(
            "Mailbox providers distrust sudden growth. After a day with many deferrals the limit "
            "stays as it is."
        ),
    )
    is_active = models.BooleanField(
        default=True,
        verbose_name=_("in force"),
        help_text=_("Once ended, it holds nobody back any more."),
    )

    class Meta:
        ordering = ["-is_active", "provider"]
        verbose_name = _("warm-up plan")
        verbose_name_plural = _("warm-up plans")
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                condition=models.Q(is_active=True),
                name="warm_up_one_a_provider",
                violation_error_message=_("This provider has a plan in force already."),
            ),
            models.CheckConstraint(
                condition=models.Q(first_day__gte=1), name="warm_up_begins_with_somebody"
            ),
            models.CheckConstraint(
                condition=models.Q(growth_percent__lte=100), name="warm_up_doubles_at_most"
            ),
        ]

    def __str__(self) -> str:
        return self.provider or str(_("Each provider"))


class WarmUpDay(models.Model):
    """Made with the day's first readers; a day without any neither counts nor grows."""

    plan = models.ForeignKey(WarmUp, on_delete=models.CASCADE, related_name="days")
    provider = models.CharField(max_length=253)
    day = models.DateField()  # in the publisher's zone
    ceiling = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "provider"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "day"], name="warm_up_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.provider}, {self.day}: {self.used} of {self.ceiling}"

    @property
    def remaining(self) -> int:
        return max(0, self.ceiling - self.used)


class MailDomain(models.Model):
    """Who takes mail for a domain of our readers; until that is known, the domain stands for itself."""

    domain = models.CharField(max_length=253, unique=True)
    provider = models.CharField(max_length=253, blank=True)
    error = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="mail_domain_due")]

    def __str__(self) -> str:
        return self.domain
