"""Who runs the mailboxes of a digest's readers, a byte a reader: so a page can count a million of them at once.

Made when somebody looks, not at the freeze, and beside the ledger, whose rows are rewritten with every slice.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from digests.models.digest import Digest
from digests.models.ledger import Batch


class MailboxNames(models.Model):
    """The names of a digest's largest mailbox providers, as the first look found them.

    A code is a place in `names`, from 1.
    """

    digest = models.OneToOneField(Digest, on_delete=models.CASCADE, primary_key=True)
    names = ArrayField(models.CharField(max_length=253))

    def __str__(self) -> str:
        return ", ".join(self.names)


class MailboxCodes(models.Model):
    """One byte for each position of a batch; digests/counts/provider_counts.py knows what they mean."""

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, primary_key=True)
    codes = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.batch}, by mailbox provider"
