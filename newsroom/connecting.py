"""How PostgreSQL is connected to: what DATABASE_URL says, and what every process of ours needs beside it."""

from typing import Any

import environ
from psycopg import IsolationLevel

KEEPALIVE_OPTIONS = {
    # A server that is gone without a word is given up within a minute.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


def database(url: str) -> dict[str, Any]:
    """Django's words for it."""
    found: dict[str, Any] = environ.Env.db_url_config(url)
    found |= {"CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 60}
    # They live as long as a session, which a pooler may share out after each statement.
    found["DISABLE_SERVER_SIDE_CURSORS"] = True
    found["OPTIONS"] = found.get("OPTIONS", {}) | {
        "application_name": "newsroom",
        "connect_timeout": 10,
        "target_session_attrs": "read-write",
        "isolation_level": IsolationLevel.READ_COMMITTED,  # said with each transaction, at no cost
        **KEEPALIVE_OPTIONS,
    }
    return found
