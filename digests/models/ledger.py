"""The account of every reader of a digest, in about 8 bytes each (design: docs/adr/0002-ledger.md).

A batch holds up to 500 readers: their ids in ascending order and one outcome byte each. A slice is up to 50 of them
in a row, or what a mail service takes in one call (delivery/pace/slice_sizes.py): which version went out, which way,
when, and under whose claim. Reasons are rows, because they are few.
"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Func, Value

from digests.choices import BatchKind, Outcome
from digests.models.digest import Digest
from digests.models.version import Version

BATCH_SIZE = 500
SLICE_SIZE = 50
LARGEST_BATCH = 1000  # where a mail service takes so many readers in one call


class BatchQuerySet(models.QuerySet["Batch"]):
    def waiting(self) -> Self:
        """For a mailbox provider's next allowance."""
        return self.exclude(waits_for="").filter(finished_at=None)


class Batch(models.Model):
    """The unit a worker claims. Everything from `next` on is provably unsent."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="batches")
    kind = models.CharField(max_length=5, choices=BatchKind, default=BatchKind.FIRST)
    attempt = models.PositiveSmallIntegerField(default=0)
    # Which rendering its readers get; NULL waits for a decision (the rest of a subject test).
    variant = models.PositiveSmallIntegerField(null=True, default=0)
    is_sample = models.BooleanField(default=False, db_default=False)  # drawn for a subject test
    priority = models.SmallIntegerField(default=0)  # smaller goes first
    ordinal = models.PositiveIntegerField()  # nth batch of its digest: digests interleave
    # Its cohort's time: nothing of it leaves before. `due_at` begins there and moves on with every new attempt.
    opens_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    recipient_ids = ArrayField(models.BigIntegerField())
    outcomes = models.BinaryField()
    next = models.PositiveSmallIntegerField(default=0)
    token = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # The mailbox provider whose allowance of the day had no room for these readers (delivery/warmup/holding.py).
    waits_for = models.CharField(max_length=253, blank=True, default="", db_default="")

    objects = BatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "ordinal"], name="batch_ordinal_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=BatchKind.values), name="batch_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(first_id__lte=models.F("last_id")), name="batch_ids_in_order"
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "due_at", "ordinal"],
                condition=models.Q(finished_at__isnull=True),
                name="batch_claimable",
            ),
            models.Index(fields=["digest", "first_id", "last_id"], name="batch_of_reader"),
            # For what became of one reader in all digests (ledger.py).
            GistIndex(
                Func("first_id", "last_id", Value("[]"), function="int8range"),
                name="batch_of_ids",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(finished_at__isnull=True) & ~models.Q(waits_for=""),
                name="batch_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.digest}, batch {self.ordinal}"


class Slice(models.Model):
    """Committed before its first byte is sent, settled with what was answered."""

    # No index of its own: slice_start_once begins with it.
    batch = models.ForeignKey(
        Batch, on_delete=models.CASCADE, related_name="slices", db_index=False
    )
    start = models.PositiveSmallIntegerField()
    stop = models.PositiveSmallIntegerField()
    token = models.PositiveIntegerField()
    # Nobody asks for a version's slices; an index would be written twice a slice.
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+", db_index=False)
    transport = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    # Settled by another claim, because its own worker never came back to say what was answered.
    is_lost = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "start"], name="slice_start_once"),
            models.CheckConstraint(
                condition=models.Q(start__lt=models.F("stop")), name="slice_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch}, {self.start} to {self.stop}"


class Reason(models.Model):
    """Why one reader's delivery went as it did: a refusal, a deferral, a slice in doubt."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="reasons")
    subscriber_id = models.BigIntegerField()
    outcome = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=12, blank=True)  # of the reply: 550, 5.1.1
    text = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["digest", "subscriber_id"], name="reason_of_reader"),
            # For the breaker, which counts them while the digest goes out (delivery/pace/breaker.py).
            models.Index(
                fields=["digest", "subscriber_id"],
                condition=models.Q(outcome=Outcome.FAILED),
                name="reason_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class SendingSwitch(models.Model):
    """Stop everything: while `stopped_at` is set, no slice is opened."""

    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="sending_switch_is_one"),
        ]

    def __str__(self) -> str:
        return "stopped" if self.stopped_at else "sending"
