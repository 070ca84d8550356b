"""Any process that is alive watches: whether digests are late, and whether staff have been told.

Workers look every few seconds, web servers every half minute. Where nobody has sent an alert's letter or its webhook
message for a minute, the process that notices sends it itself.
"""

import logging
from datetime import timedelta

from django.conf import settings

from digests import tasks
from digests.delivery import ending, standstill
from digests.models import WebhookMessage
from digests.notices.alerts import STAFF_LETTERS
from digests.reminders import lateness
from subscriptions import heartbeats
from subscriptions import tasks as subscription_tasks
from subscriptions.clock import database_now
from subscriptions.models import Letter

EVERY_SECONDS = 20
PATIENCE = timedelta(minutes=1)
# So many and no more at a time: each may wait for another server for a quarter of a minute.
AT_ONCE = 5

logger = logging.getLogger(__name__)


def is_due() -> bool:
    """Whether it is this process's turn."""
    return heartbeats.take_turn(heartbeats.WATCH, after=EVERY_SECONDS, every=EVERY_SECONDS)


def watch() -> None:
    """Each part alone: a database that lets us raise no alert may let us send the last one."""
    for look in (_tell_of_late_ones, _tell_of_standstill, _send_letters, _post_messages):
        if ending.has_begun():
            return
        try:
            look()
        except Exception:  # whatever it was: the other parts tell staff of other things
            logger.exception("Watching: %s failed.", look.__name__)


def _tell_of_late_ones() -> None:
    lateness.tell(now=database_now())


def _tell_of_standstill() -> None:
    standstill.tell(settings.MAIL_ROUTES, now=database_now())


def _send_letters() -> None:
    due = Letter.objects.due(database_now() - PATIENCE).filter(kind__in=STAFF_LETTERS)
    ids = list(due.order_by("due_at").values_list("pk", flat=True)[:AT_ONCE])
    if ids:
        subscription_tasks.send_letters(ids)


def _post_messages() -> None:
    due = WebhookMessage.objects.due(database_now() - PATIENCE).order_by("due_at")
    for message_id in list(due.values_list("pk", flat=True)[:AT_ONCE]):
        tasks.send_webhook_message(message_id)
