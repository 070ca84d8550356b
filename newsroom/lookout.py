"""A thread of each web server that watches (digests/watching.py): when every worker is dead, it is who tells staff."""

import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from digests import watching
from newsroom.env import PRODUCTION
from newsroom.surroundings import looking
from subscriptions import heartbeats

EVERY_SECONDS = 30
# So often one web server asks whether SITE_URL and MEDIA_URL lead here.
SITE_SECONDS = 600
SITE_ROW = "site"

logger = logging.getLogger(__name__)


def _is_site_due() -> bool:
    return heartbeats.take_turn(SITE_ROW, after=SITE_SECONDS, every=SITE_SECONDS)


def start() -> None:
    threading.Thread(target=_run, name="lookout", daemon=True).start()


def _run() -> None:
    while True:
        time.sleep(EVERY_SECONDS)
        try:
            if watching.is_due():
                watching.watch()
            if settings.MODE == PRODUCTION and _is_site_due():
                looking.keep(looking.of_site(), looking.OF_SITE)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The lookout sees nothing: %s", error)
        except Exception:  # whatever it was: nobody else may be alive to tell staff
            logger.exception("The lookout failed; looking again in %s s.", EVERY_SECONDS)
        finally:
            connection.close()
