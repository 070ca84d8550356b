"""The Courier's web site on loopback: the feed, the stories, the pictures.

The service under demonstration fetches it as it would fetch any publisher's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from typing_extensions import override

from tools.demo.feed import write_feed
from tools.demo.illustrations import paint
from tools.demo.pages import front_page, missing_page, story_page
from tools.demo.stories import Story, load_stories

LOOPBACK = "127.0.0.1"
SHUTDOWN_SECONDS = 0.05  # how long closing takes at most
IDLE_SECONDS = 15  # a client that connects and says nothing does not keep a thread for longer
HTML = "text/html; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
XML = "application/xml"  # a local file says itself in which charset it is


@dataclass(frozen=True, slots=True)
class Resource:
    body: bytes
    content_type: str
    changed_at: datetime
    status: HTTPStatus = HTTPStatus.OK

    @property
    def etag(self) -> str:
        return f'"{sha256(self.body).hexdigest()[:24]}"'


class Paper:
    """The running site; a context manager. Its times are relative to the `now` it is given.

    feed_file: a local file that is served, byte for byte, in place of the paper's own feed.
    signup_box: trusted HTML that every story page carries below the story.
    Raises OSError when the file cannot be read or the port is taken.
    """

    def __init__(
        self,
        *,
        now: datetime,
        port: int = 0,
        feed_file: Path | None = None,
        signup_box: str = "",
    ) -> None:
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.signup_box = signup_box
        self.stories = load_stories()
        self._by_slug = {story.slug: story for story in self.stories}
        own_feed = _file_feed(feed_file) if feed_file else None
        self._server = _Server((LOOPBACK, port), self)
        serve = partial(self._server.serve_forever, poll_interval=SHUTDOWN_SECONDS)
        self._thread = Thread(target=serve, name="paper", daemon=True)
        self._feed = own_feed or self._write_feed()

    @property
    def address(self) -> str:
        """host:port, as FETCH_ALLOW wants it."""
        return f"{LOOPBACK}:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def feed_url(self) -> str:
        return f"{self.url}/feed.xml"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def find(self, path: str) -> Resource:
        """What is at a path, or the page that says nothing is."""
        folder, _, name = path.strip("/").partition("/")
        if path == "/feed.xml":
            return self._feed
        if path == "/":
            return self._page(front_page(self.stories, site=self.url, now=self.now))
        story = self._by_slug.get(name.removesuffix(".jpg") if folder == "pictures" else name)
        if story and folder == "stories":
            return self._story(story)
        if story and story.picture and folder == "pictures":
            picture = paint(story.slug, story.picture, story.section)
            return Resource(picture, "image/jpeg", story.published_at(now=self.now))
        missing = missing_page(path).encode()
        return Resource(missing, HTML, self.now, HTTPStatus.NOT_FOUND)

    def _story(self, story: Story) -> Resource:
        page = story_page(
            story, self.stories, site=self.url, now=self.now, signup_box=self.signup_box
        )
        return self._page(page)

    def _page(self, html: str) -> Resource:
        return Resource(html.encode(), HTML, self.now)

    def _write_feed(self) -> Resource:
        body = write_feed(self.stories, site=self.url, now=self.now)
        return Resource(body, RSS, self.stories[0].published_at(now=self.now))


def _file_feed(path: Path) -> Resource:
    changed = datetime.fromtimestamp(int(path.stat().st_mtime), tz=UTC)
    return Resource(path.read_bytes(), XML, changed)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], paper: Paper) -> None:
        self.paper = paper
        super().__init__(address, _Handler)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "Courier"
    sys_version = ""
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        resource = self._resource()
        if resource.status is HTTPStatus.OK and self._is_unchanged(resource):
            self._send_head(resource, HTTPStatus.NOT_MODIFIED)
            return
        self._send_head(resource, resource.status)
        self.wfile.write(resource.body)

    def do_HEAD(self) -> None:
        resource = self._resource()
        self._send_head(resource, resource.status)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """The demo's terminal belongs to the demo."""

    def _resource(self) -> Resource:
        return self.server.paper.find(unquote(urlsplit(self.path).path))

    def _is_unchanged(self, resource: Resource) -> bool:
        """RFC 9110, 13.2.2: the date counts only when the client sent no ETag."""
        known = self.headers.get("If-None-Match")
        if known is not None:
            tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
            return resource.etag in tags or "*" in tags
        since = self.headers.get("If-Modified-Since", "")
        try:
            return resource.changed_at <= parsedate_to_datetime(since).astimezone(UTC)
        except (ValueError, OverflowError):
            return False

    def _send_head(self, resource: Resource, status: HTTPStatus) -> None:
        self.send_response(status)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", resource.content_type)
            self.send_header("Content-Length", str(len(resource.body)))
        self.send_header("ETag", resource.etag)
        self.send_header("Last-Modified", format_datetime(resource.changed_at, usegmt=True))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
