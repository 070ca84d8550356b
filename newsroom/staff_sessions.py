"""Sessions, logins and messages, on staff's pages alone: readers have none of them, and come by thousands."""

import time
from collections.abc import Awaitable

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from typing_extensions import override

from newsroom.staff_pages import is_staff_page

IDLE_SECONDS = 3 * 3600  # a session ends in any case after SESSION_COOKIE_AGE
NOTED_SECONDS = 300  # so often at most it is written down that somebody is here
SEEN = "seen"


class _ForStaff(MiddlewareMixin):
    """Before another middleware's class: steps aside on every other page."""

    @override
    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if is_staff_page(request):
            return super().__call__(request)
        return self.get_response(request)


class StaffSessions(_ForStaff, SessionMiddleware):
    """request.session"""


class StaffLogins(_ForStaff, AuthenticationMiddleware):
    """request.user; who has asked for nothing for IDLE_SECONDS has to log in again."""

    @override
    def process_request(self, request: HttpRequest) -> None:
        now, seen = int(time.time()), request.session.get(SEEN)
        if seen is not None and now - seen > IDLE_SECONDS:
            request.session.flush()
        elif SESSION_KEY in request.session and (seen is None or now - seen > NOTED_SECONDS):
            request.session[SEEN] = now
        super().process_request(request)


class StaffMessages(_ForStaff, MessageMiddleware):
    """What a page tells once, after the one before has done it."""
