"""A request of granian's as WSGI describes one (PEP 3333)."""

import sys
from io import BytesIO
from typing import Any

from granian.rsgi import Scope


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """Headers with an underscore are left out: they would pass for those of a proxy, which have a hyphen."""
    server, _colon, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.authority:  # HTTP/2 has no Host
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif "_" not in name and name != "content-length":
            _add(environ, f"HTTP_{name.upper().replace('-', '_')}", value)
    return environ


def _add(environ: dict[str, Any], name: str, value: str) -> None:
    """A header that comes twice is one (RFC 9110, 5.3); cookies are joined in their own way (RFC 9113, 8.2.3)."""
    if name in environ:
        value = f"{environ[name]}{'; ' if name == 'HTTP_COOKIE' else ','}{value}"
    environ[name] = value
