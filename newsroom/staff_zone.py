"""Staff's pages tell the time of the publisher's house."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from subscriptions.models import Publisher

Responder = Callable[[HttpRequest], HttpResponse]


def staff_zone(get_response: Responder) -> Responder:
    """Middleware; readers' pages stay in UTC."""

    def respond(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(reverse("admin:index")):
            return get_response(request)
        with timezone.override(ZoneInfo(Publisher.objects.current().zone)):
            return get_response(request)

    return respond
