"""Two to four subjects for a digest, tried on some of its readers before the others get it."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.choices import UNDER_WAY_STATES, DigestState
from digests.models.digest import Digest
from subscriptions.validators import validate_one_line

MOST_SUBJECTS = 4


class SubjectTestQuerySet(models.QuerySet["SubjectTest"]):
    def overdue(self, now: datetime) -> Self:
        """Nobody has chosen in time. While it is paused there is time: nothing goes out meanwhile."""
        going_out = set(UNDER_WAY_STATES) - {DigestState.PAUSED}
        return self.filter(winner__isnull=True, decides_at__lte=now, digest__state__in=going_out)


class SubjectTest(models.Model):
    """Some readers get one of several subjects at once; the rest waits for the better one.

    Variant 0 is the digest's own subject, the others follow in the order of `alternatives`.
    """

    digest = models.OneToOneField(Digest, on_delete=models.CASCADE, related_name="subject_test")
    alternatives = ArrayField(
        models.CharField(max_length=200, validators=[validate_one_line]), size=MOST_SUBJECTS - 1
    )
    sample_percent = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    minutes = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(5), MaxValueValidator(24 * 60)]
    )
    # Set by the freeze: the digest's own subject then, and when it goes to all, if nobody has chosen before.
    first_subject = models.CharField(max_length=200, blank=True, editable=False)
    decides_at = models.DateTimeField(null=True, blank=True, editable=False)
    winner = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    # None: nobody chose in time.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )

    objects = SubjectTestQuerySet.as_manager()

    class Meta:
        verbose_name = _("subject test")
        verbose_name_plural = _("subject tests")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(winner__isnull=True, decided_at__isnull=True)
                | models.Q(winner__isnull=False, decided_at__isnull=False),
                name="subject_test_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return str(self.digest)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects by variant, as the sample got them.

        A stop press may have changed the first for those who came later.
        """
        return (self.first_subject or self.digest.subject, *self.alternatives)
