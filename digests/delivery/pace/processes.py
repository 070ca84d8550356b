"""Which processes send just now: each says so every ten seconds. For their shares without Redis, and for staff."""

import os
import socket
import time
from uuid import uuid4

from django.db import connection

SAY_SECONDS = 10
# Three missed words, and it is gone.
LIVE_SECONDS = 35
FORGET_SECONDS = 3600

SAY = """
WITH gone AS (
    DELETE FROM digests_sendingprocess WHERE seen_at < clock_timestamp() - make_interval(secs => %(forget)s)
), said AS (
    INSERT INTO digests_sendingprocess (name, seen_at) VALUES (%(name)s, clock_timestamp())
        ON CONFLICT (name) DO UPDATE SET seen_at = EXCLUDED.seen_at
)
SELECT 1 + count(*) FROM digests_sendingprocess
 WHERE name <> %(name)s AND seen_at > clock_timestamp() - make_interval(secs => %(live)s)
"""

_said: dict[str, tuple[float, int]] = {}  # by our name: when, and how many there were
_identity = (0, "")


def live_processes() -> int:
    """Count the live processes, with this one among them; asks the database every ten seconds at most."""
    name = our_name()
    at, number = _said.get(name, (0.0, 1))
    if time.monotonic() - at >= SAY_SECONDS or name not in _said:
        with connection.cursor() as cursor:
            cursor.execute(SAY, {"name": name, "live": LIVE_SECONDS, "forget": FORGET_SECONDS})
            number = int(cursor.fetchone()[0])
        _said[name] = (time.monotonic(), number)
    return number


def our_name() -> str:
    """Unlike any other's, whatever host and process id it has; a forked child is another process."""
    global _identity
    if _identity[0] != os.getpid():
        _identity = (os.getpid(), f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid4().hex[:8]}")
    return _identity[1]
