"""What was or will be sent: rendered once, never changed (a trigger refuses)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Version(models.Model):
    digest = models.ForeignKey("digests.Digest", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=200)
    preheader = models.CharField(max_length=200, blank=True)
    # HTML and text hold markers where a reader's own values go (digests/rendering/tokens.py).
    html = models.TextField()
    text = models.TextField()
    # From, Reply-To, List-Id and the like, as they were when it was made: header name to value.
    headers = models.JSONField(default=dict)
    # The same with each further subject of its subject test: {"subject", "html", "text"}, variant 1 first.
    variants = models.JSONField(default=list)
    # What the digest's page on the web is made of (digests/rendering/stored_content.py); stories as they were.
    content = models.JSONField(default=dict)
    article_ids = ArrayField(models.BigIntegerField(), default=list)
    # SHA-256 of everything above but the number: equal content makes no second version.
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["digest", "number"]
        constraints = [
            models.UniqueConstraint(fields=["digest", "number"], name="version_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.digest}, version {self.number}"
