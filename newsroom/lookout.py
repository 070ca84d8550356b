"""A thread of each web server that watches (digests/watching.py): when every worker is dead, it is who tells staff."""

import logging
import threading
import time

from django.db import DatabaseError, InterfaceError, connection

from digests import watching

EVERY_SECONDS = 30

logger = logging.getLogger(__name__)


def start() -> None:
    threading.Thread(target=_run, name="lookout", daemon=True).start()


def _run() -> None:
    while True:
        time.sleep(EVERY_SECONDS)
        try:
            if watching.is_due():
                watching.watch()
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The lookout sees nothing: %s", error)
        except Exception:  # whatever it was: nobody else may be alive to tell staff
            logger.exception("The lookout failed; looking again in %s s.", EVERY_SECONDS)
        finally:
            connection.close()
