"""What is known of a story beside its words: the feeds that it is in, and the addresses that it has had."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from digests.models.article import Article, Source

GUID_LENGTH = 500
KEY_LENGTH = 600


class Sighting(models.Model):
    """A story in the feed of a source, under the id that it has there (assembly/identity.py)."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="sightings")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="sightings")
    guid = models.CharField(max_length=GUID_LENGTH, blank=True)
    tags = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "article"], name="sighting_once_a_source"),
            models.UniqueConstraint(
                fields=["source", "guid"],
                condition=~models.Q(guid=""),
                name="sighting_guid_once_a_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article} ({self.source})"


class StoryAddress(models.Model):
    """A story's address, now or before, as it is compared; one address is one story."""

    key = models.CharField(max_length=KEY_LENGTH, unique=True)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="addresses")

    def __str__(self) -> str:
        return self.key
