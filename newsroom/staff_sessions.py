"""Sessions, logins and messages, on staff's pages alone: readers have none of them, and come by thousands."""

from collections.abc import Awaitable

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from typing_extensions import override

from newsroom.staff_pages import is_staff_page


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
    """request.user"""


class StaffMessages(_ForStaff, MessageMiddleware):
    """What a page tells once, after the one before has done it."""
