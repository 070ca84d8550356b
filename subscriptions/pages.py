"""The frame of every page that readers see."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from subscriptions.models import Publisher
from subscriptions.page_colours import page_palette


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    publisher = Publisher.objects.current()
    frame = {"publisher": publisher, "palette": page_palette(publisher.colour)}
    return render(request, template, frame | (context or {}), status=status)


def bad_link(request: HttpRequest) -> HttpResponse:
    return page(request, "web/bad_link.html", status=HTTPStatus.NOT_FOUND)
