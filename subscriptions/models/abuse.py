"""What keeps strangers from filling somebody's inbox: proofs that were used, and addresses that said “not me”."""

from datetime import datetime
from typing import Self

from django.db import IntegrityError, models, transaction


class SpentProofManager(models.Manager["SpentProof"]):
    def spend(self, signature: str, expires_at: datetime) -> bool:
        """True for whoever comes first."""
        try:
            with transaction.atomic():
                self.create(signature=signature, expires_at=expires_at)
        except IntegrityError:
            return False
        return True


class SpentProof(models.Model):
    """A proof of work that was taken once. Kept until its challenge would have run out."""

    signature = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = SpentProofManager()

    def __str__(self) -> str:
        return self.signature[:12]


class SignUpBlockQuerySet(models.QuerySet["SignUpBlock"]):
    def under_way(self, now: datetime) -> Self:
        return self.filter(until__gt=now)


class SignUpBlock(models.Model):
    """“This was not me”: no letter asks this mailbox until then. Known by the keyed hash of suppression.py.

    Of the address that sign_up/mailboxes.py makes of all names of a mailbox; rows of before have that which was asked.
    """

    address_hash = models.BinaryField(max_length=32, unique=True)
    until = models.DateTimeField(db_index=True)

    objects = SignUpBlockQuerySet.as_manager()

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d %H:%M}"
