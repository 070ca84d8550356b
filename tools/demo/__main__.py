"""`make demo`: chooses ports, starts the outside world, then lets the service run in it.

Ends with exit status 0 only if every reader's message was accepted once and lies in the mailbox once.
"""

import os
import shutil
import socket
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from newsroom.env import forget_servers
from newsroom.interrupts import term_as_ctrl_c
from newsroom.local_servers import LocalServerError
from newsroom.streams import lead_nowhere, make_usable
from tools.demo.catcher import Catcher
from tools.demo.paper import Paper
from tools.demo.telling import DemoFailed, fail, step

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / "var" / "demo"
PREFERRED_PORT = 8000
DEFAULT_READERS = "25"
MOST_READERS = 100_000
OTHER_SIGN_UPS = 1000  # a minute, by whoever looks around
LOOPBACK = "127.0.0.1"


def main() -> int:
    make_usable()
    wanted = os.environ.get("READERS") or DEFAULT_READERS
    if not (wanted.isdecimal() and 1 <= int(wanted) <= MOST_READERS):
        return fail(f"READERS={wanted} must be a number from 1 to {MOST_READERS}.")
    forget_servers()
    os.environ["NEWSROOM_MODE"] = "demo"
    term_as_ctrl_c()
    let_everybody_in(int(wanted))
    try:
        print("Newsroom demo: one morning at The Harbour Courier\n", flush=True)
        with ExitStack() as outside:
            paper, maildir = _outside_world(outside, os.environ.get("FEED", ""))
            return _inside(paper, maildir, int(wanted))
    except BrokenPipeError:  # … | head
        lead_nowhere()
        return 1
    except (DemoFailed, LocalServerError, OSError, RuntimeError) as error:
        return fail(str(error))
    except KeyboardInterrupt:
        print("\ndemo: ended")
        return 130


def let_everybody_in(readers: int) -> None:
    """All of them come from one machine within a minute, as no real readers do: no limit on sign-ups stops them."""
    for limit in ("NETWORK", "FORM", "ALL"):
        os.environ[f"SIGN_UP_LIMIT_{limit}"] = f"{readers + OTHER_SIGN_UPS}/minute"


def _outside_world(outside: ExitStack, feed: str) -> tuple[Paper, Path | None]:
    """A paper with its feed and, unless MAIL_URL names a real way out, a mail catcher. Set before Django is."""
    is_url = urlsplit(feed).scheme in {"http", "https"}
    file = Path(feed).expanduser() if feed and not is_url else None
    if file is not None and not file.is_file():
        raise DemoFailed(f"FEED={feed}: there is no such file.")
    paper = outside.enter_context(Paper(now=datetime.now(UTC), feed_file=file))
    os.environ["FETCH_ALLOW"] = paper.address
    os.environ["AGES_FROM_NEWEST_STORY"] = "1" if feed else "0"
    os.environ["DEMO_FEED_URL"] = feed if is_url else paper.feed_url
    os.environ["SITE_URL"] = f"http://{LOOPBACK}:{_free_port()}"
    if os.environ.get("MAIL_URL"):
        return paper, None
    maildir = STATE / "mail"
    shutil.rmtree(maildir, ignore_errors=True)
    catcher = outside.enter_context(Catcher(maildir))
    os.environ["MAIL_URL"] = f"smtp://{LOOPBACK}:{catcher.port}?connections=4"
    os.environ["DEMO_MAILDIR"] = str(maildir)
    return paper, maildir


def _free_port() -> int:
    """8000 if nobody has it, else any."""
    for port in (PREFERRED_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DemoFailed("No port is free on the loopback interface.")


def _inside(paper: Paper, maildir: Path | None, readers: int) -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    with step("Starting PostgreSQL and Redis"):
        django.setup()
        from newsroom.serving import join_servers

        join_servers()
    from tools.demo.morning import morning

    return morning(paper, maildir, readers, stay=os.environ.get("ONCE") != "1")


if __name__ == "__main__":
    sys.exit(main())
