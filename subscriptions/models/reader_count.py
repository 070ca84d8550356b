"""How many readers a newsletter has, as they were counted last."""

from django.db import models

from subscriptions.models.newsletter import Newsletter


class ReaderCount(models.Model):
    """Beside the newsletter, whose row people save: counting neither waits for them nor is overwritten by them."""

    newsletter = models.OneToOneField(Newsletter, on_delete=models.CASCADE, primary_key=True)
    readers = models.PositiveIntegerField()
    with_zone = models.PositiveIntegerField()  # of them, who have a time zone of their own
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.newsletter_id}: {self.readers}"
