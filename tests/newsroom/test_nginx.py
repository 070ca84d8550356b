"""What the documented nginx lets through, serves, caps and keeps out of its log."""

import socket
import ssl
import time
from collections.abc import Iterator
from http import HTTPStatus

import pytest
import requests
from pytest_django import Settings

from newsroom.surroundings import looking
from tests.nginx import HOST, NGINX, OPENSSL, Front, open_front

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(not (NGINX and OPENSSL), reason="needs nginx and openssl"),
    # Of a certificate that we have made for ourselves.
    pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning"),
]
SECRET = "bT8GsecretTokenOfAReader"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with open_front(tmp_path_factory.mktemp("nginx")) as standing:
        yield standing


def test_pages_come_through_with_what_tls_promises(front: Front) -> None:
    page = front.get("/")
    assert page.status_code == HTTPStatus.OK
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    log_in = front.get("/admin/login/")
    assert "Secure" in log_in.headers["Set-Cookie"]
    form = front.get("/subscribe/", "POST", data={"address": "x"}, headers={"Referer": "x"})
    assert form.status_code == HTTPStatus.UNPROCESSABLE_ENTITY  # the form again, no 403 and no 413


def test_plain_http_leads_to_https(front: Front) -> None:
    plain = requests.get(
        f"http://127.0.0.1:{front.http}/archive/x/?a=b", allow_redirects=False, timeout=20
    )
    assert plain.status_code == HTTPStatus.MOVED_PERMANENTLY
    assert plain.headers["Location"] == f"https://{HOST}/archive/x/?a=b"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_load_balancer_that_asks_by_number_is_answered(front: Front, path: str) -> None:
    for url in (f"http://127.0.0.1:{front.http}", f"https://127.0.0.1:{front.https}"):
        answer = requests.get(url + path, verify=False, allow_redirects=False, timeout=20)
        assert answer.status_code == HTTPStatus.OK, answer.text


def test_pictures_are_shown_and_nothing_else_of_the_folder_runs(front: Front) -> None:
    picture = front.get("/media/stories/a.png")
    assert (picture.content, picture.headers["Content-Type"]) == (b"pixels", "image/png")
    assert picture.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Content-Disposition" not in picture.headers
    uploaded = front.get("/media/logos/evil.svg")
    assert uploaded.headers["Content-Type"] == "application/octet-stream"
    assert uploaded.headers["Content-Disposition"] == "attachment"
    for answer in (picture, uploaded):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    "path", ["/media/.hidden.png", "/media/../secret.png", "/media/%2e%2e/secret.png", "/media/"]
)
def test_what_lies_beside_the_pictures_is_not_shown(front: Front, path: str) -> None:
    with socket.create_connection(("127.0.0.1", front.https)) as plain:
        trusting = ssl._create_unverified_context()
        with trusting.wrap_socket(plain, server_hostname=HOST) as connection:
            words = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
            connection.sendall(words.encode())
            status = connection.recv(12)
    assert status in {b"HTTP/1.1 404", b"HTTP/1.1 403", b"HTTP/1.1 400"}


def test_static_files_are_kept_as_long_as_their_names_say(front: Front) -> None:
    hashed = front.get("/static/site.0123456789ab.css")
    assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert hashed.headers["Content-Type"] == "text/css"
    assert front.get("/static/site.css").headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    ("path", "kilobytes", "is_taken"),
    [
        ("/subscribe/", 100, False),
        ("/webhooks/postmark/", 900, True),
        ("/webhooks/postmark/", 9900, True),
        ("/webhooks/postmark/", 10600, False),
        ("/admin/login/", 9000, True),
        ("/admin/login/", 12000, False),
    ],
)
def test_bodies_have_a_largest_size(
    front: Front, path: str, kilobytes: int, is_taken: bool
) -> None:
    form = "multipart/form-data; boundary=x"
    answer = front.get(path, "POST", data=b"x" * (kilobytes * 1000), headers={"Content-Type": form})
    # The site takes that much on staff's pages of those only who have logged in, and says so in other words.
    is_too_large = answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    is_refused_by_nginx = is_too_large and "<center>nginx" in answer.text
    assert is_refused_by_nginx != is_taken, answer.status_code


def test_bodies_that_come_slowly_keep_nobody_waiting(front: Front) -> None:
    """More of them than the web server has threads."""
    trusting = ssl._create_unverified_context()
    halves = []
    try:
        for _each in range(40):
            plain = socket.create_connection(("127.0.0.1", front.https))
            connection = trusting.wrap_socket(plain, server_hostname=HOST)
            connection.sendall(
                f"POST /subscribe/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 5000\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\naddress=".encode()
            )
            halves.append(connection)
        begun = time.monotonic()
        assert front.get("/").status_code == HTTPStatus.OK
        assert time.monotonic() - begun < 5
    finally:
        for connection in halves:
            connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "/confirm/{}/",
        "/not-me/{}/",
        "/unsubscribe/{}/",
        "/stop/{}/",
        "/preferences/{}/",
        "/preferences/manage/{}/",
        "/preferences/manage/{}/address/",
        "/preferences/address/{}/",
        "/archive/x/?token={}",
    ],
)
def test_no_link_of_a_reader_stands_in_the_log(front: Front, path: str) -> None:
    before = front.log.read_text(encoding="utf-8").count("\n")
    front.get(path.format(SECRET), headers={"Referer": f"https://{HOST}/confirm/{SECRET}/"})
    end = time.monotonic() + 10
    while (log := front.log.read_text(encoding="utf-8")).count("\n") == before:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert SECRET not in log
    assert path.partition("{")[0].partition("?")[0] in log.splitlines()[-1]


def test_the_site_knows_itself_behind_it(
    front: Front, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the name leads to this machine, as the DNS would have it."""
    ask_dns = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **named: ask_dns("127.0.0.1" if host == HOST else host, *more, **named),
    )
    monkeypatch.setenv("NO_PROXY", "*")
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.MEDIA_ROOT = front.var / "media"
    settings.SITE_URL = f"https://{HOST}:{front.https}"

    def said() -> str:
        return " ".join(finding.text for finding in looking.of_site())

    assert "its certificate is not valid" in said()
    monkeypatch.setenv("SSL_CERT_FILE", str(front.certificate))
    assert said() == ""
    settings.MEDIA_URL = "/pictures/"
    assert "not found at MEDIA_URL (/pictures/): the answer is 404" in said()
    settings.INSTALLATION = "another"
    assert "answered by another program or installation" in said()
    settings.SITE_URL = f"http://{HOST}:{front.http}/archive"  # where no probe is asked for
    assert f"leads on to https://{HOST}/" in said()
