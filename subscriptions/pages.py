"""The frame of every page that readers see: the publisher's, in the reader's language."""

from http import HTTPStatus
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils import translation
from django.utils.cache import patch_vary_headers

from subscriptions.models import Publisher
from subscriptions.page_colours import page_palette
from subscriptions.reader_language import (
    accepted,
    chosen,
    is_guessed,
    language_of,
    offers,
    query_of,
)

# The publisher and the palette of this process's last page.
_last_frame: dict[str, Any] = {}


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    is_settled: bool = False,
) -> HttpResponse:
    """`is_settled`: in the language that is active, whatever the reader or the browser says."""
    publisher = Publisher.objects.current()
    spoken = language_of(request, fallback=publisher.language)
    if is_settled:
        spoken = translation.get_language() or spoken
    query = query_of(request)
    _last_frame.update(publisher=publisher, palette=page_palette(publisher.colour))
    frame = _last_frame | {
        # A form's answer has no address to come back to in another language.
        "language_offers": [] if is_settled or request.method == "POST" else list(offers(request)),
        "language_query": query,
        "language_more": query.replace("?", "&"),
    }
    with translation.override(spoken):
        response = render(request, template, frame | (context or {}), status=status)
    response["Content-Language"] = spoken
    if is_guessed(request) and not is_settled:
        patch_vary_headers(response, ["Accept-Language"])
    return response


def speak_as_page(request: HttpRequest) -> None:
    """What is said before page() is asked, such as an error, is in the page's language as well.

    Costs a query only where neither the reader nor the browser names a language that we speak.
    """
    if not (chosen(request) or accepted(request)):
        translation.activate(
            language_of(request, fallback=Publisher.objects.current().language)
        )  # The middleware ends it with the request.


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    try:
        return page(request, "404.html", status=HTTPStatus.NOT_FOUND)
    except Error:
        return unasked(request, "404.html", status=HTTPStatus.NOT_FOUND)


def unasked(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: HTTPStatus,
) -> HttpResponse:
    """A page that asks the database nothing: framed as the last one was, plain before the first."""
    frame = _last_frame | {"request": request} | (context or {})
    return HttpResponse(get_template(template).render(frame), status=status)


def bad_link(request: HttpRequest) -> HttpResponse:
    return page(request, "web/bad_link.html", status=HTTPStatus.NOT_FOUND)
