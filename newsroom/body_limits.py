"""How much a request may bring: readers write an address, staff upload a picture, services tell of a thousand mails."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import parse_cookie

from digests.views import webhooks
from newsroom.staff_pages import is_staff_path

OF_A_READER = 100_000
OF_A_SERVICE = webhooks.MOST_BYTES
OF_STAFF = 12_000_000  # a picture of 10 MB (assembly/pictures.py) and the form around it


def most_bytes(path: str) -> int:
    """Return how many bytes a request's body may have.

    The limit for staff holds only where they have logged in; needs_login() says whether that is to be asked.
    """
    if is_staff_path(path):
        return OF_STAFF
    return OF_A_SERVICE if is_of_a_service(path) else OF_A_READER


def is_of_a_service(path: str) -> bool:
    return path.startswith("/webhooks/")


def needs_login(path: str) -> bool:
    return is_staff_path(path)


def is_logged_in(cookies: str) -> bool:
    """Return whether the cookies in that header belong to a session that is logged in. Asks the database."""
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return session.get(SESSION_KEY) is not None
