"""One reminder of a confirmation that was not answered, where the publisher wants it."""

from datetime import datetime, timedelta

from django.db import transaction

from subscriptions.mailing import letters
from subscriptions.mailing.suppression import is_suppressed
from subscriptions.models import Publisher, SignUp

REMINDER = "reminder"
REMIND_AFTER = timedelta(hours=24)
# Less would leave no time to answer.
TIME_LEFT = timedelta(hours=6)
MOST_AT_ONCE = 500


def remind(*, now: datetime) -> list[int]:
    """Write the reminders that are due, each once. Returns the letters' ids, for the doorbell."""
    if not Publisher.objects.current().reminds:
        return []
    due = SignUp.objects.to_remind(now, REMIND_AFTER, TIME_LEFT)[:MOST_AT_ONCE]
    return [pk for pk in (_remind(sign_up, now) for sign_up in due) if pk is not None]


def _remind(sign_up: SignUp, now: datetime) -> int | None:
    """Remind of a sign-up only if nobody else does, and nothing has been settled meanwhile."""
    with transaction.atomic():
        is_mine = (
            SignUp.objects.open(now)
            .filter(pk=sign_up.pk, public_id=sign_up.public_id, reminded_at=None)
            .update(reminded_at=now)
        )
        address = sign_up.subscriber.address
        if not is_mine or is_suppressed(address):
            return None
        letter = letters.write(
            REMINDER,
            address,
            {"sign_up": sign_up.public_id},
            subscriber=sign_up.subscriber,
            now=now,
            expires_at=sign_up.expires_at,
        )
    return letter.pk
