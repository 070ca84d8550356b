"""What preflight found, what staff set aside of it, and what the world outside answered beforehand."""

from django.conf import settings
from django.db import models

from digests.models.article import URL_LENGTH
from digests.models.digest import Digest


class Preflight(models.Model):
    """The last run over a digest; a run replaces the one before."""

    digest = models.OneToOneField(Digest, on_delete=models.CASCADE, related_name="preflight")
    ran_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)  # the digest's then
    # digests/preflight/finding.py writes and reads them; what was set aside is not counted.
    findings = models.JSONField(default=list)
    blocking = models.PositiveSmallIntegerField(default=0)
    warnings = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.digest}, preflight"


class SetAside(models.Model):
    """A warning that a person looked at and let pass. Once what it is about changes, the warning is another one."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="set_aside")
    key = models.CharField(max_length=16)
    text = models.CharField(max_length=500)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "key"], name="set_aside_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="set_aside_has_reason"),
        ]

    def __str__(self) -> str:
        return self.text


class LinkCheck(models.Model):
    """What an address answered when it was last visited for a digest that will carry it."""

    url = models.URLField(max_length=URL_LENGTH, unique=True)
    status = models.PositiveSmallIntegerField(null=True)  # None: no answer, or not visited yet
    error = models.CharField(max_length=300, blank=True)
    gone_times = models.PositiveSmallIntegerField(default=0)  # 404 or 410, without a break
    gone_since = models.DateTimeField(null=True)  # the first of these
    checked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()  # of the next visit
    wanted_until = models.DateTimeField()  # no digest goes out with it after this

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="link_check_due")]

    def __str__(self) -> str:
        return self.url


class DomainCheck(models.Model):
    """What the DNS says of a domain that we write from. None: the DNS did not answer, or was not asked yet."""

    domain = models.CharField(max_length=253, unique=True)
    has_spf = models.BooleanField(null=True)  # RFC 7208
    has_dmarc = models.BooleanField(null=True)  # RFC 9989, by the DNS Tree Walk
    # Whose domain it is, and what servers are asked to do with mail that fails: none, quarantine or reject.
    # Empty: not known.
    organisation = models.CharField(max_length=253, blank=True)
    policy = models.CharField(max_length=10, blank=True)
    error = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="domain_check_due")]

    def __str__(self) -> str:
        return self.domain
