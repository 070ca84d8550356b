"""A newspaper's own site beside ours: pages under another origin, with a policy and a style sheet of their own."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# As unkind as a site may be to what it did not write itself.
HOSTILE_STYLES = """
html { font-size: 60px; }
body { color: lime; font: 40px/3 cursive; letter-spacing: 1em; text-transform: uppercase; direction: rtl; }
body * { display: none !important; visibility: hidden !important; opacity: 0 !important; position: fixed !important;
  width: 3px !important; height: 3px !important; color: yellow !important; background: yellow !important;
  font-size: 70px !important; transform: rotate(90deg) !important; pointer-events: none !important; }
div, input, button, form, label, fieldset, h2, p { display: none !important; border: 30px solid red !important; }
.box, .headline, .line { display: none !important; }
"""


@dataclass
class PaperSite:
    url: str
    pages: dict[str, str] = field(default_factory=dict)
    policy: str = "default-src 'none'"

    def show(self, path: str, body: str, *, head: str = "") -> str:
        """Put a page there; returns its address."""
        self.pages[path] = (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bridge</title>{head}'
            f"</head><body>{body}</body></html>"
        )
        return self.url + path


@contextmanager
def paper_site() -> Iterator[PaperSite]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    site = PaperSite(f"http://localhost:{server.server_port}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            body = HOSTILE_STYLES if path == "/hostile.css" else site.pages.get(path)
            kind = "text/css" if path.endswith(".css") else "text/html; charset=utf-8"
            self.send_response(404 if body is None else 200)
            for name, value in self._headers(kind).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def _headers(self, kind: str) -> Mapping[str, str]:
            return {"Content-Type": kind, "Content-Security-Policy": site.policy}

        def log_message(self, *_arguments: Any) -> None:
            pass

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
