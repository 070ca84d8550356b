"""When a single mail may leave: by the rate of its way out, and by the calls that its service allows.

It comes before a digest in both (token_bucket.py, call_bucket.py), and waits for neither without end.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from subscriptions.mailing import call_bucket, token_bucket
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.token_bucket import Grant, RedisAway

LOOK_SECONDS = 0.2


def wait(route: MailRoute, *, seconds: float) -> bool:
    """False: its turn has not come in that time. Without a limit, or without Redis, it comes at once."""
    end = time.monotonic() + seconds
    if route.rate and not _wait(partial(token_bucket.take, route, 1, is_single=True), end):
        return False
    if not call_bucket.is_counted(route, is_single=True):
        return True
    if _wait(partial(call_bucket.take, route, 1, is_single=True), end):
        return True
    _return_mail(route)
    return False


def give_back(route: MailRoute) -> None:
    """The mail is not sent."""
    _return_mail(route)
    if call_bucket.is_counted(route, is_single=True):
        with suppress(RedisAway):
            call_bucket.give_back(route, 1)


def _wait(take: Callable[[], Grant], end: float) -> bool:
    try:
        while not (grant := take()).number:
            if time.monotonic() + grant.wait_seconds > end:
                return False
            time.sleep(min(grant.wait_seconds, LOOK_SECONDS))
    except RedisAway:
        return True
    return True


def _return_mail(route: MailRoute) -> None:
    if route.rate:
        with suppress(RedisAway):
            token_bucket.give_back(route, 1)
