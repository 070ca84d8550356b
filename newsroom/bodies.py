"""Middleware before any form is read: requests that bring more than they may, whatever web server they come through."""

from collections.abc import Callable
from http import HTTPStatus
from typing import NoReturn

from django.core.exceptions import BadRequest
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from newsroom.body_limits import OF_A_READER, is_logged_in, is_of_a_service, most_bytes
from newsroom.staff_pages import is_staff_page

Responder = Callable[[HttpRequest], HttpResponseBase]


class _BroughtFile(BadRequest):
    """Answered with 400 where a view is the first to read the form."""


class _NoFiles(FileUploadHandler):
    """No page of a reader's takes one; what Django does by itself writes it to disk, however long it is."""

    def new_file(self, *_arguments: object, **_options: object) -> NoReturn:
        raise _BroughtFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> NoReturn:
        raise _BroughtFile

    def file_complete(self, file_size: int) -> None:
        """Called for every handler; there is no file."""


def bodies_in_measure(get_response: Responder) -> Responder:
    def respond(request: HttpRequest) -> HttpResponseBase:
        if _brings_too_much(request):
            return HttpResponse(
                "The request is larger than it may be, or brings a file.\n",
                content_type="text/plain; charset=utf-8",
                status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )
        return get_response(request)

    return respond


def _brings_too_much(request: HttpRequest) -> bool:
    told = request.META.get("CONTENT_LENGTH") or "0"
    length = int(told) if told.isdecimal() else 0
    if length > most_bytes(request.path):
        return True
    if is_staff_page(request):
        cookies = request.META.get("HTTP_COOKIE", "")
        return length > OF_A_READER and not is_logged_in(cookies)
    request.upload_handlers = [_NoFiles(request)]
    return (
        request.content_type == "multipart/form-data"
        and not is_of_a_service(request.path)  # whose posts are read by their view, byte for byte
        and _brings_file(request)
    )


def _brings_file(request: HttpRequest) -> bool:
    try:
        request.POST  # noqa: B018  # reads it
    except _BroughtFile:
        return True
    return False
