"""Readers in doubt at a service that can be asked, or called again by a key: of which slice, and how it goes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from digests.models.ledger import Batch


class Question(models.Model):
    """One slice, asked about until the service's log is complete; the outcomes themselves stand in the batch."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="questions")
    start = models.PositiveSmallIntegerField()
    stop = models.PositiveSmallIntegerField()
    transport = models.CharField(max_length=60)
    called_at = models.DateTimeField()  # when the slice was opened
    # Who was in doubt when it was written down: a call that is repeated must be for all of them.
    positions = ArrayField(models.PositiveSmallIntegerField(), default=list)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    # Readers whom the service knew, and whom it did not know.
    known = models.PositiveSmallIntegerField(default=0)
    unknown = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True)  # why it could not be asked

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "start"], name="question_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(settled_at=None), name="question_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch}, {self.start} to {self.stop}, asked of {self.transport}"
