"""What editors did to a digest, one row a change, and who has it on the screen just now."""

from django.conf import settings
from django.db import models

from digests.choices import ChangeKind


class Change(models.Model):
    """One step from a revision of a digest to the next, with what undoing it takes.

    `before` and `after` tell only what differs, by target: {"digest": {"subject": "…"}, "item:12": {"kicker": "…"}};
    None instead of an item's fields means that it was not there. Rows are never changed but to add to the words
    just typed, and to mark what was undone.
    """

    digest = models.ForeignKey("digests.Digest", on_delete=models.CASCADE, related_name="changes")
    number = models.PositiveIntegerField()  # the digest's revision that it made
    kind = models.CharField(max_length=10, choices=ChangeKind)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    before = models.JSONField()
    after = models.JSONField()
    # How it was called then, for the sentence that tells of it: story, section, number.
    about = models.JSONField(default=dict)
    undoes = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    is_undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["digest", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["digest", "number"], name="change_number_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=ChangeKind.values), name="change_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.digest}, change {self.number}"


class Presence(models.Model):
    """A member of staff who has a digest open; worth nothing after a few seconds of silence."""

    digest = models.ForeignKey("digests.Digest", on_delete=models.CASCADE, related_name="present")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    place = models.CharField(max_length=40, blank=True)  # what is being written: a target of Change
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "user"], name="present_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.digest}"
