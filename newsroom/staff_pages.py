"""Which pages are staff's."""

from functools import cache

from django.http import HttpRequest
from django.urls import reverse


def is_staff_page(request: HttpRequest) -> bool:
    return is_staff_path(request.path)


def is_staff_path(path: str) -> bool:
    return path.startswith(_admin_path())


@cache  # asked by every request, several times
def _admin_path() -> str:
    return reverse("admin:index")
