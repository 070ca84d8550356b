"""A private, real PostgreSQL and Redis for the demo, development and tests: nothing to install, nothing left running.

`locate` says where the servers of a data folder listen, `ensure_running` starts or joins them for as long as this
process lives. Every process that uses them holds a shared lock; a guardian stops both soon after the last one ended,
however it ended.
"""

from newsroom.local_servers.errors import LocalServerError
from newsroom.local_servers.servers import (
    Servers,
    ensure_database,
    ensure_running,
    forget_terminal,
    locate,
)

__all__ = [
    "LocalServerError",
    "Servers",
    "ensure_database",
    "ensure_running",
    "forget_terminal",
    "locate",
]
