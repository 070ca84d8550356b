"""Staff's pages tell the time of the publisher's house."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from newsroom.staff_pages import is_staff_page
from subscriptions.models import Publisher
from subscriptions.zones import clock_of

Responder = Callable[[HttpRequest], HttpResponse]


def staff_zone(get_response: Responder) -> Responder:
    """Middleware; readers' pages stay in UTC."""

    def respond(request: HttpRequest) -> HttpResponse:
        if not is_staff_page(request):
            return get_response(request)
        with timezone.override(clock_of(Publisher.objects.current().zone)):
            return get_response(request)

    return respond
