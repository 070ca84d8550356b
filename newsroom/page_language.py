"""Which language a request begins in: the reader's, but English in admin, whose words wait for their translators."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from newsroom.staff_pages import is_staff_page
from subscriptions.reader_language import language_of

Responder = Callable[[HttpRequest], HttpResponseBase]


def page_language(get_response: Responder) -> Responder:
    """Middleware. Readers' pages know more than the request does, and may choose anew (subscriptions/pages.py)."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        language = settings.LANGUAGE_CODE if is_staff_page(request) else language_of(request)
        with translation.override(language):
            return get_response(request)

    return respond
