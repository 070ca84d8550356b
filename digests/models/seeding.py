"""Named people get a digest first, and may keep it from everybody else."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.models.digest import Digest


class SeedHold(models.Model):
    """The named addresses have the digest; until `ends_at` one click keeps it from the rest."""

    digest = models.OneToOneField(Digest, on_delete=models.CASCADE, related_name="seed_hold")
    addresses = ArrayField(models.CharField(max_length=254))
    seeds = models.PositiveSmallIntegerField()  # of the addresses, those that are readers
    ends_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.CharField(max_length=254, blank=True)  # a name of staff, or an address
    # Staff have looked, and let it go on: a later pause is theirs, and says nothing of the seeds.
    resumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("seed delay")
        verbose_name_plural = _("seed delays")

    def __str__(self) -> str:
        return str(self.digest)
