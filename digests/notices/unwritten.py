"""An email that cannot be written reaches nobody: staff are told, though it is tried again by itself."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from digests.notices import service
from subscriptions.mailing.letters import cannot_write
from subscriptions.models import Letter

TITLE = "An email cannot be written: {kind}"


@receiver(cannot_write, sender=Letter)
def tell(*, letter: Letter, why: str, now: datetime, **_: Any) -> None:
    title = TITLE.format(kind=letter.kind_in_words)
    with transaction.atomic():
        service.tell_again(f"email {letter.kind}", "service.email", title, why, now=now)
