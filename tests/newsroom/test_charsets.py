"""No name of an encoding keeps a request from its answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.test import RequestFactory

from newsroom.charsets import reading_utf_8

FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
CODECS = [
    "utf-16",
    "utf8",
    "US-ASCII",
    "idna",
    "punycode",
    "rot13",
    "undefined",
    "nonsense",
    '"utf-7"',
    "a\0",
]


@pytest.fixture
def application(db: None) -> Iterator[Any]:
    request_started.disconnect(close_old_connections)  # a test's transaction is none of an old one
    yield reading_utf_8(WSGIHandler())
    request_started.connect(close_old_connections)


def status(application: Any, method: str, path: str, content_type: str) -> int:
    said: list[str] = []
    request = RequestFactory().generic(
        method, path, b"a=%C3%A9&b=%FF", content_type.partition(";")[0]
    )
    request.environ |= {"CONTENT_TYPE": content_type, "HTTP_COOKIE": "csrftoken=" + "a" * 32}
    application(request.environ, lambda line, _headers: said.append(line))
    return int(said[0].partition(" ")[0])


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    "path", ["/?a=%FF&lang=de", "/subscribe/", "/unsubscribe/x/", "/admin/", "/webhooks/mailgun/"]
)
def test_a_request_is_answered_as_one_that_names_none(
    application: Any, path: str, codec: str
) -> None:
    """Programs that leave for a reader by one click name whatever they like."""
    for kind in (FORM, PARTS, "text/plain"):
        for method in ("GET", "POST"):
            plain = status(application, method, path, kind)
            for named in (f"{kind}; charset={codec}", f"{kind};CHARSET* = utf-8''{codec}"):
                assert status(application, method, path, named) == plain < 500


def test_too_many_fields_are_a_wrong_request_wherever_they_stand(application: Any) -> None:
    path = "/?" + "&".join(f"a{n}=1" for n in range(1200))
    assert status(application, "GET", path, "text/plain; charset=utf-8") == 400
