"""A feed or a page read in a process of its own, so that none can take a worker down with it.

Feed parsers hold surprises: an `<author>` of 80 KB keeps feedparser's regular expressions busy for
40 seconds. The kernel ends a child that takes more than its share; the worker reports an error of
that one source and goes on. The child gets no secrets: its environment is empty.
"""

import json
import logging
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from digests.assembly.feeds import Feed, parse_feed
from digests.assembly.raw_pictures import RawPicture
from digests.assembly.stories import ParsedStory
from digests.assembly.story_pages import story_of_page
from digests.outside.failures import FeedError, WebPageNotFeed

logger = logging.getLogger(__name__)

CPU_SECONDS = 15  # the slowest honest feed, 5 MB of broken XML, takes about 4
WAIT_SECONDS = 60  # on a machine that is busy sending
MEMORY_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    cpu_seconds: int = CPU_SECONDS
    memory_bytes: int = MEMORY_BYTES


_DEFAULT = Bounds()
_TOO_MUCH = "It takes too much time or memory to read."
_ROOT = Path(__file__).parents[2]  # where this package can be imported from
_DATES = ("published_at", "updated_at")
_LISTS = ("authors", "tags")


def read_feed(
    body: bytes,
    *,
    content_type: str | None,
    url: str,
    zone: str = "UTC",
    bounds: Bounds = _DEFAULT,
) -> Feed:
    """Read a feed as parse_feed does, within limits of time and memory. Raises FeedError."""
    about = {"content_type": content_type, "url": url, "zone": zone}
    return _received(_asked(about, body, bounds))


def read_page(
    body: bytes, home: bytes, *, content_type: str | None, url: str, zone: str = "UTC"
) -> ParsedStory:
    """Read a page as story_of_page does, within the same limits. Raises FeedError."""
    about = {"content_type": content_type, "url": url, "zone": zone, "page_bytes": len(body)}
    told = _asked(about, body + home, _DEFAULT)
    if "error" in told:
        raise FeedError(told["error"])
    return _story(told)


def _asked(asked: Mapping[str, Any], body: bytes, bounds: Bounds) -> Any:
    """What the child answers."""
    about, url = json.dumps(asked), asked["url"]
    try:
        child = subprocess.run(  # noqa: S603 - our own module; no word of the feed is in the command
            [sys.executable, "-m", "digests.assembly.reading", *map(str, astuple(bounds))],
            input=about.encode() + b"\n" + body,
            capture_output=True,
            env={"PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)])},
            timeout=WAIT_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise FeedError(_TOO_MUCH) from error
    except subprocess.CalledProcessError as error:
        # Ended by the kernel, or out of memory; anything else is a fault of ours to look into.
        if error.returncode >= 0 and b"MemoryError" not in error.stderr:
            logger.exception("Reading %s failed: %s", url, error.stderr.decode(errors="replace"))
        raise FeedError(_TOO_MUCH) from error
    return json.loads(child.stdout)


def _received(told: Mapping[str, Any]) -> Feed:
    if "page" in told:
        raise WebPageNotFeed(told["page"])
    if "error" in told:
        raise FeedError(told["error"])
    stories = tuple(_story(fields) for fields in told["stories"])
    lists = {name: tuple(told[name]) for name in ("warnings", "deleted")}
    return Feed(told["title"], stories, found=told["found"], **lists)


def _story(fields: dict[str, Any]) -> ParsedStory:
    moments = {key: fields[key] and datetime.fromisoformat(fields[key]) for key in _DATES}
    lists = {key: tuple(fields[key]) for key in _LISTS}
    pictures = tuple(RawPicture(**picture) for picture in fields["pictures"])
    return ParsedStory(**{**fields, **moments, **lists, "pictures": pictures})


def _limit(bounds: Bounds) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.cpu_seconds, bounds.cpu_seconds))
    if sys.platform == "linux":  # macOS refuses to limit address space
        resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_bytes, bounds.memory_bytes))


def _answer(request: bytes) -> dict[str, Any]:
    head, _line, body = request.partition(b"\n")
    about = json.loads(head)
    size = about.pop("page_bytes", None)
    try:
        if size is not None:
            return asdict(story_of_page(body[:size], body[size:], **about))
        return asdict(parse_feed(body, **about))
    except WebPageNotFeed as error:
        return {"page": error.feed_url}
    except FeedError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    _limit(Bounds(*map(int, sys.argv[1:])))
    json.dump(_answer(sys.stdin.buffer.read()), sys.stdout, default=datetime.isoformat)
