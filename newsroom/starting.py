"""What is looked at before a web server, a worker or beat does anything: a fault ends it in one line, with status 1.

Workers and beat wait for a database that does not answer yet: they can do nothing without it. The web server starts,
and answers 503 until the database does.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from django.core.checks import ERROR, run_checks
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connection

from newsroom.surroundings import looking
from newsroom.surroundings.database import POOLER
from subscriptions.checks import AT_START
from subscriptions.mailing import suppression

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AGAIN_SECONDS = 5
# What load balancers ask goes through: /readyz says what is missing.
PROBES = ("/healthz", "/readyz")

logger = logging.getLogger(__name__)


def begin() -> None:
    """For workers and beat. Returns once the database has answered and all is well. Raises SystemExit."""
    while not is_fit():
        time.sleep(AGAIN_SECONDS)


def is_fit() -> bool:
    """False while the database does not answer, or has no tables yet. Raises SystemExit."""
    try:
        found = run_checks(tags=[AT_START], databases=["default"])
    except (OperationalError, InterfaceError) as error:
        _refuse_a_pooler_by_statement()
        logger.warning("The database does not answer; waiting. %s", _first_line(error))
        return False
    except ProgrammingError as error:
        refuse(f"The database refuses: {_first_line(error)}")
    finally:
        connection.close()
    faults = [message.msg for message in found if message.level >= ERROR]
    if faults:
        refuse(*faults)
    if not suppression.is_key_proved():
        logger.warning("The tables are not there; waiting for `manage.py migrate`.")
        return False
    _look_around()
    return True


def _refuse_a_pooler_by_statement() -> None:
    """Waiting would not mend it. Raises SystemExit."""
    faults = [finding.text for finding in looking.of_database() if finding.server == POOLER]
    if faults:
        refuse(*faults)


def _look_around() -> None:
    """What can be lived with is logged, and shown on the desk."""
    findings = looking.at_start()
    for finding in findings:
        logger.warning("%s", finding.text)
    with suppress(DatabaseError):  # which will be said of whatever comes next
        looking.keep(findings, looking.AT_START)
    connection.close()


def refuse(*faults: str) -> NoReturn:
    """Say the faults on stderr and end with status 1, by SystemExit."""
    sys.exit("\n".join(f"newsroom: {fault}" for fault in faults))


def guarded(application: "WSGIApplication") -> "WSGIApplication":
    """The web server's application, which serves nobody before `is_fit`. Raises SystemExit."""
    return application if is_fit() else _Waiting(application)


class _Waiting:
    """Stands before the application until the database answers; then every call goes straight through."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._is_open = False
        self._looking = threading.Lock()
        self._next_look = 0.0

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if self._is_open or environ.get("PATH_INFO") in PROBES or self._look():
            return self._application(environ, start_response)
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Retry-After", str(AGAIN_SECONDS)),
        ]
        start_response("503 Service Unavailable", headers)
        return [b"The database does not answer yet. Please try again in a moment.\n"]

    def _look(self) -> bool:
        """Return whether the application may serve. One request at a time looks, once a second."""
        if not self._looking.acquire(blocking=False):
            return False
        try:
            if time.monotonic() >= self._next_look:
                self._is_open = is_fit()
                self._next_look = time.monotonic() + 1
        except SystemExit as refusal:  # of a thread, which would end alone
            sys.stderr.write(f"{refusal}\n")
            sys.stderr.flush()
            os._exit(1)
        finally:
            self._looking.release()
        return self._is_open


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
