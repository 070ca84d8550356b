"""Only the paths that a mail names (design: stable paths), for tests that ask for nothing behind them."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def _page(_request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse(token)


urlpatterns = [
    path("unsubscribe/<str:token>/", _page, name="unsubscribe"),
    path("preferences/<str:token>/", _page, name="preferences"),
]
