"""What each session of PostgreSQL is asked for, whatever the server's own settings are.

By SET, once a connection is made: as start-up options PgBouncer would refuse them. Behind one that pools by transaction
they reach the server connections one after the other; what may not depend on that asks once more in its transaction
(digests/delivery/freezing.py).
"""

from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import pre_migrate
from django.dispatch import receiver

# Longer is nobody's affair but a transaction's that hangs: whoever waits may try again.
LOCK_SECONDS = 30

# What our SQL, and psycopg, are written for.
MEANING = """
SET default_transaction_isolation = 'read committed'; SET DateStyle = 'ISO'; SET standard_conforming_strings = on;
"""
# A process that was stopped, or whose host is gone without a word, holds its rows no longer than this. The server's
# own keepalives would notice the latter after two hours.
PATIENCE = """
SET idle_in_transaction_session_timeout = '{idle}s'; SET lock_timeout = '{lock}s';
SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
SET tcp_user_timeout = '30s'
"""
# A migration may need it.
ALL_THE_TIME = "SET idle_in_transaction_session_timeout = 0; SET lock_timeout = 0"


@receiver(connection_created)
def ask(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    patience = PATIENCE.format(idle=settings.HANGS_AFTER_SECONDS, lock=LOCK_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(MEANING + patience)


@receiver(pre_migrate)
def let_migrate(*, using: str, **_: Any) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(ALL_THE_TIME)
