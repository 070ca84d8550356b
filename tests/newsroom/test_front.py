"""The real web server, and what clients send it slowly, in part, or in too great an amount."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import DjangoDbBlocker

from newsroom.body_limits import OF_A_READER, OF_A_SERVICE, OF_STAFF
from newsroom.front import BODY_SECONDS
from tests.builders import Press
from tests.digests.test_broken_templates import DEEP
from tests.staff import member
from tests.web_server import Served, serving

pytestmark = pytest.mark.django_db(transaction=True)
FORM = b"Host: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
HALF_SENT = b"POST /subscribe/ HTTP/1.1\r\n" + FORM + b"Content-Length: 900\r\n\r\na"
CHUNKED = b"POST /subscribe/ HTTP/1.1\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def served(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("web")
    (folder / "uploads").mkdir()
    with (
        django_db_blocker.unblock(),
        serving(folder, WEB_THREADS="4", TMPDIR=str(folder / "uploads")) as found,
    ):
        yield found


def answered(opened: socket.socket, seconds: float) -> bytes:
    """Until the server closes it."""
    opened.settimeout(seconds)
    answer = b""
    while piece := opened.recv(4096):
        answer += piece
    return answer


def logged_in() -> dict[str, str]:
    """The cookies of a member of staff."""
    client = Client()
    client.force_login(User.objects.create_superuser("chief", password="newsroom"))
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def test_bodies_that_do_not_come_keep_nobody_waiting_and_are_ended(served: Served) -> None:
    """As many half-sent ones as there are threads stopped the site for as long as their senders liked."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(served.socket(HALF_SENT)) for _each in range(100)]
        sockets += [stack.enter_context(served.socket(CHUNKED + b"5\r\na")) for _each in range(20)]
        trickling = stack.enter_context(served.socket(HALF_SENT))
        start = time.monotonic()
        while time.monotonic() - start < BODY_SECONDS - 3:
            trickling.sendall(b"a")
            assert served.get("/", 3).status_code == 200
            taken = requests.post(f"{served.url}/subscribe/", {"address": "x"}, timeout=3)
            assert taken.status_code == 422
            time.sleep(0.5)
        for opened in (sockets[0], sockets[-1], trickling):
            assert answered(opened, 10).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - start < BODY_SECONDS + 5


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/subscribe/", OF_A_READER),
        ("/preferences/", OF_A_READER),
        ("/unsubscribe/x/", OF_A_READER),
        ("/embed/x/sign-up.json", OF_A_READER),
        ("/nowhere/", OF_A_READER),
        ("/webhooks/mailgun/", OF_A_SERVICE),
        ("/admin/login/", OF_A_READER),
        ("/admin/digests/template/1/preview/", OF_A_READER),
    ],
)
def test_what_is_too_large_is_refused_before_it_is_read(
    served: Served, path: str, most: int
) -> None:
    line = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()
    with served.socket(line + f"Content-Length: {most + 1}\r\n\r\n".encode()) as opened:
        assert answered(opened, 5).startswith(b"HTTP/1.1 413 ")
    with served.socket(line + b"Transfer-Encoding: chunked\r\n\r\n") as opened:
        piece = b"%x\r\n%s\r\n" % (most + 1, b"a" * (most + 1))
        opened.sendall(piece)
        assert answered(opened, 5).startswith(b"HTTP/1.1 413 ")
    within = requests.post(served.url + path, "a" * OF_A_READER, timeout=10)
    assert within.status_code not in (413, 500)


def test_files_of_strangers_are_written_nowhere(served: Served) -> None:
    folder = served.log.parent / "uploads"
    for path in ("/subscribe/", "/preferences/", "/embed/x/sign-up.json", "/unsubscribe/x/"):
        small = requests.post(served.url + path, files={"file": b"a" * 9_000}, timeout=10)
        assert small.status_code == 413
        assert "brings a file" in small.text
        large = (
            requests.post(
                served.url + path, {"a": "b"}, files={"file": b"a" * 9_000_000}, timeout=10
            )
            if path == "/subscribe/"
            else small
        )
        assert large.status_code == 413
    assert not list(folder.iterdir())
    # A form may come as one that could bring files.
    without = requests.post(f"{served.url}/subscribe/", files={"address": (None, "x")}, timeout=10)
    assert without.status_code == 422


def test_staff_may_bring_a_picture(served: Served) -> None:
    page = f"{served.url}/admin/digests/template/1/preview/"
    cookies = logged_in()
    for size, is_taken in ((5_000_000, True), (OF_STAFF + 1, False)):
        answer = requests.post(page, "a" * size, cookies=cookies, timeout=20)
        assert (answer.status_code != 413) is is_taken
    forged = requests.post(page, "a" * 5_000_000, cookies={"sessionid": "x" * 32}, timeout=20)
    assert forged.status_code == 413


def test_a_digest_that_cannot_be_rendered_ends_no_process(served: Served) -> None:
    """Its 2,500 tags within one another overran the stack of a thread, and the server was gone."""
    press = Press()
    digest = press.digest(press.newsletter(), intro=DEEP)
    press.carry(digest, press.article())
    client = Client()
    client.force_login(member("analyst"))
    cookies = {"sessionid": client.cookies["sessionid"].value}
    pids = served.pids()
    for page in ("change/", "compose/", "compose/mail/", "preview/", "preview/mail.html"):
        answer = served.get(f"/admin/digests/digest/{digest.pk}/{page}", 30, cookies=cookies)
        assert answer.status_code in (200, 409), page
    assert (
        "within one another"
        in served.get(f"/admin/digests/digest/{digest.pk}/preview/", cookies=cookies).text
    )
    assert served.pids() == pids


def test_long_answers_come_whole(served: Served) -> None:
    name = "unfold/css/styles.css"
    whole = Path(str(finders.find(name))).read_bytes()
    assert len(whole) > 100_000
    plain = {"Accept-Encoding": "identity"}
    assert served.get(f"/static/{name}", headers=plain).content == whole
    some = served.get(f"/static/{name}", headers=plain | {"Range": "bytes=10-90000"})
    assert (some.status_code, some.content) == (206, whole[10:90_001])
    head = requests.head(f"{served.url}/static/{name}", headers=plain, timeout=5)
    assert (head.content, head.headers["Content-Length"]) == (b"", str(len(whole)))


def test_whoever_goes_away_leaves_nothing_behind(served: Served) -> None:
    before = len(served.said)
    for sent in (
        HALF_SENT,
        b"GET /static/unfold/css/styles.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ):
        for _each in range(20):
            served.socket(sent).close()
    with requests.Session() as session:
        for _each in range(20):
            assert session.get(f"{served.url}/healthz", timeout=5).ok
    assert not re.search("Traceback|could not be answered", served.said[before:])


def test_no_name_of_an_encoding_is_believed(served: Served) -> None:
    named = {"Content-Type": "text/plain; charset=idna"}
    assert requests.get(f"{served.url}/?a=%FF", headers=named, timeout=10).status_code == 200


def test_an_address_is_the_one_that_was_asked_for(served: Served) -> None:
    """As WSGI writes it, whatever is in it."""
    for path in ("/archive/é/", "/archive/%C3%A9/", "/archive/%FF/", "/%00/", "/a%2Fb/?q=é"):
        assert served.get(path).status_code == 404
    assert served.get("/?newsletter=x&lang=fr").status_code == 200
    assert served.get("/", headers={"Host": "elsewhere.example.org"}).status_code == 400
