"""Against a real server on loopback; names are resolved by functions that the tests hand in."""

import gzip
import itertools
import ssl
import subprocess
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from digests.outside import guard
from digests.outside.failures import (
    BadAnswer,
    FetchError,
    Refused,
    TooLarge,
    TooSlow,
    Unreachable,
)
from digests.outside.guard import Limits, Response, guarded_get
from tests.fakes import Answer, FeedServer, Request, redirect, tagged, zipped

pytestmark = pytest.mark.service

LIMITS = Limits(max_bytes=100_000, connect_seconds=1, read_seconds=0.4, total_seconds=0.8)
PATIENCE_SECONDS = 2.5  # total_seconds and a slow machine


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def get(server: FeedServer, path: str, headers: dict[str, str] | None = None) -> Response:
    return guarded_get(
        server.url(path), limits=LIMITS, allow=frozenset({server.place}), headers=headers
    )


def test_a_page_comes_back_with_its_headers(server: FeedServer) -> None:
    server.routes["/feed"] = Answer(b"stories", headers={"ETag": '"1"', "Content-Type": "text/xml"})
    response = get(server, "/feed?x=1#part", {"Accept": "text/xml"})
    assert (response.status, response.body, response.moved_to) == (200, b"stories", None)
    assert response.final_url == server.url("/feed?x=1")
    assert response.headers["etag"] == '"1"'
    assert server.requests[0].path == "/feed?x=1"
    assert server.requests[0].headers["accept"] == "text/xml"
    assert server.requests[0].headers["host"] == server.place


def test_an_unchanged_feed_is_told_by_304(server: FeedServer) -> None:
    server.routes["/feed"] = tagged(b"stories", '"7"')
    assert get(server, "/feed", {"If-None-Match": '"6"'}).status == 200
    response = get(server, "/feed", {"If-None-Match": '"7"'})
    assert (response.status, response.body) == (304, b"")


@pytest.mark.parametrize("status", [201, 204, 206, 400, 403, 404, 410, 500, 502])
def test_another_status_is_named(server: FeedServer, status: int) -> None:
    server.routes["/feed"] = Answer(status=status)
    with pytest.raises(BadAnswer, match=f"answered {status}") as caught:
        get(server, "/feed")
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120), ("9" * 50, 86_400), ("soon", None), ("-5", None)]
)
def test_a_busy_server_says_when_to_come_back(
    server: FeedServer, value: str, seconds: int | None
) -> None:
    server.routes["/feed"] = Answer(status=503, headers={"Retry-After": value})
    with pytest.raises(BadAnswer) as caught:
        get(server, "/feed")
    assert caught.value.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("told_at", "until", "seconds"),
    [
        ("Mon, 23 Nov 2026 12:00:00 GMT", "Mon, 23 Nov 2026 17:00:00 GMT", 5 * 3600),
        ("Mon, 23 Nov 2026 12:00:00 GMT", "Monday, 23-Nov-26 12:10:00 GMT", 600),  # RFC 850
        ("Mon, 23 Nov 2026 12:00:00 GMT", "Mon Nov 23 12:10:00 2026", 600),  # asctime
        ("Mon, 23 Nov 2026 12:00:00 GMT", "Sun, 22 Nov 2026 12:00:00 GMT", 0),  # past
        ("Mon, 23 Nov 2026 12:00:00 GMT", "Fri, 23 Nov 2096 12:00:00 GMT", 86_400),
        ("Mon, 23 Nov 2026 12:00:00 GMT", "Mon, 23 Nov 2026", None),
        ("Mon, 23 Nov 2026 12:00:00 GMT", "Mon, 99 Nov 2026 12:00:00 GMT", None),
        ("nonsense", "Thu, 01 Jan 2026 12:00:00 GMT", 0),  # by our own clock
    ],
)
def test_a_busy_server_may_name_a_time_by_its_own_clock(
    told_at: str, until: str, seconds: int | None
) -> None:
    headers = {"date": told_at, "retry-after": until}
    assert guard._retry_after(headers) == seconds


def test_a_secret_goes_to_the_server_that_was_named_and_to_no_other(server: FeedServer) -> None:
    server.routes |= {"/feed": redirect("/moved"), "/moved": Answer(b"stories")}
    allow, secrets = frozenset({server.place}), {"X-API-Key": "of ours"}
    guarded_get(server.url("/feed"), limits=LIMITS, allow=allow, secrets=secrets)
    with FeedServer({"/taken": Answer(b"stories")}) as other:
        server.routes["/moved"] = redirect(other.url("/taken"))
        allow |= {other.place}
        guarded_get(server.url("/feed"), limits=LIMITS, allow=allow, secrets=secrets)
        asked = [request.headers.get("x-api-key") for request in server.requests]
        assert asked == ["of ours"] * 4
        assert [request.headers.get("x-api-key") for request in other.requests] == [None]


def test_of_a_long_page_the_beginning_is_read_where_that_is_enough(server: FeedServer) -> None:
    limits = replace(LIMITS, keeps_beginning=True)
    server.routes |= {
        "/page": Answer(b"x" * 20_000_000),
        "/endless": Answer(b"", pieces=itertools.repeat(b"y" * 10_000), headers={"Content-Length": "999999999"}),
        "/bomb": Answer(zlib.compress(b"z" * 50_000_000), headers={"Content-Encoding": "deflate"}),
    }  # fmt: skip
    for path, letter in (("/page", b"x"), ("/endless", b"y"), ("/bomb", b"z")):
        response = guarded_get(server.url(path), limits=limits, allow=frozenset({server.place}))
        assert response.body == letter * limits.max_bytes, path


def test_an_answer_packed_in_a_way_that_was_not_asked_for_is_named(server: FeedServer) -> None:
    for packing in ("br", "zstd", "gzip, br"):
        server.routes["/feed"] = Answer(b"x", headers={"Content-Encoding": packing})
        with pytest.raises(FetchError, match="not asked for"):
            get(server, "/feed")


def test_loopback_is_refused_unless_allowed(server: FeedServer) -> None:
    for allow in (frozenset[str](), frozenset({f"127.0.0.1:{server.port + 1}", "127.0.0.1"})):
        with pytest.raises(Refused):
            guarded_get(server.url("/feed"), limits=LIMITS, allow=allow)
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/", "http://2130706433/", "http://0x7f000001/",
        "http://0177.0.0.1/", "http://127.1/", "http://0/", "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/", "ftp://example.org/", "file:///etc/passwd", "gopher://x/",
        "http://user@127.0.0.1/", "//example.org/", "",
    ],
)  # fmt: skip
def test_private_and_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        guarded_get(url, limits=LIMITS, allow=frozenset())


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/",
        "//169.254.169.254/",
        "file:///etc/passwd",
        "http://[::1",
        "http://ada:secret@127.0.0.1/",
    ],
)
def test_an_allowed_server_cannot_send_us_to_a_private_address(
    server: FeedServer, target: str
) -> None:
    server.routes["/feed"] = redirect(target)
    with pytest.raises(Refused):
        get(server, "/feed")


def test_a_name_that_changes_its_address_between_hops_is_checked_again(server: FeedServer) -> None:
    """The allowed host sends us to a public name, whose address is private by the time we ask."""
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["8.8.8.8"] if asked.count(host) > 1 else ["127.0.0.1"]

    server.routes["/feed"] = redirect("http://rebound.example/")
    with pytest.raises(Refused, match="private"):
        guarded_get(
            server.url("/feed"), limits=LIMITS, allow=frozenset({server.place}), resolve=rebinding
        )
    assert asked == ["127.0.0.1", "rebound.example"]


def test_a_name_is_asked_once_and_its_first_answer_is_where_we_connect(server: FeedServer) -> None:
    """No second look-up is left for a rebinding name server to answer differently."""
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    place = f"feeds.example:{server.port}"
    server.routes["/feed"] = b"stories"
    response = guarded_get(
        f"http://{place}/feed", limits=LIMITS, allow=frozenset({place}), resolve=rebinding
    )
    assert response.body == b"stories"
    assert asked == ["feeds.example"]
    assert server.requests[0].headers["host"] == place


def test_the_next_pinned_address_is_tried_when_one_is_dead(server: FeedServer) -> None:
    place = f"feeds.example:{server.port}"
    server.routes["/feed"] = b"stories"
    response = guarded_get(
        f"http://{place}/feed",
        limits=LIMITS,
        allow=frozenset({place}),
        resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"],
    )
    assert response.body == b"stories"


def test_permanent_moves_are_told_and_temporary_ones_are_not(server: FeedServer) -> None:
    server.routes |= {
        "/old": redirect("/new", 301),
        "/new": redirect("/today", 302),
        "/today": redirect("/end", 301),
        "/end": b"stories",
        "/brief": redirect("/old", 307),
        "/older": redirect("/oldish", 308),
        "/oldish": redirect("/end", 301),
    }
    assert get(server, "/old").moved_to == server.url("/new")
    assert get(server, "/old").final_url == server.url("/end")
    assert get(server, "/brief").moved_to is None
    assert get(server, "/older").moved_to == server.url("/end")


def test_five_redirects_are_followed_and_no_sixth(server: FeedServer) -> None:
    server.routes |= {f"/{hop}": redirect(f"/{hop + 1}") for hop in range(1, 7)}
    server.routes["/7"] = b"stories"
    assert get(server, "/2").body == b"stories"
    with pytest.raises(FetchError, match="redirects more than 5 times"):
        get(server, "/1")


def test_a_redirect_in_raw_utf8_is_followed(server: FeedServer) -> None:
    server.routes |= {"/feed": redirect("/größe"), "/gr%C3%B6%C3%9Fe": b"stories"}
    assert get(server, "/feed").body == b"stories"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"late", delay_seconds=30),
        Answer(b"drip" * 1000, drip_seconds=0.05),
        Answer(b"drip", drip_head_seconds=0.05, headers={"X": "y" * 1000}),
        Answer(pieces=itertools.repeat(b" ")),
    ],
    ids=["silence", "dripping body", "dripping head", "endless"],
)
def test_a_server_that_wastes_our_time_is_cut(server: FeedServer, answer: Answer) -> None:
    server.routes["/feed"] = answer
    began = monotonic()
    with pytest.raises((TooSlow, TooLarge)):
        get(server, "/feed")
    assert monotonic() - began < PATIENCE_SECONDS


def test_slow_hops_share_one_time_limit(server: FeedServer) -> None:
    server.routes |= {
        f"/{hop}": Answer(status=302, headers={"Location": f"/{hop + 1}"}, delay_seconds=0.3)
        for hop in range(9)
    }
    with pytest.raises(TooSlow, match=r"longer than 0\.8 s"):
        get(server, "/0")


def test_a_body_over_the_limit_is_refused_before_it_is_read(server: FeedServer) -> None:
    server.routes |= {
        "/full": Answer(b"x" * LIMITS.max_bytes),
        "/over": Answer(b"x" * (LIMITS.max_bytes + 1)),
        "/lies": Answer(b"", headers={"Content-Length": "9" * 5000}),
        "/unsaid": Answer(pieces=[b"x" * 1000] * 200),
    }
    assert len(get(server, "/full").body) == LIMITS.max_bytes
    for path in ("/over", "/lies", "/unsaid"):
        with pytest.raises(TooLarge, match=r"larger than 0\.1 MB"):
            get(server, path)


def test_the_size_limit_counts_what_is_unpacked(server: FeedServer) -> None:
    server.routes |= {
        "/small": zipped(b"stories"),
        "/bomb": zipped(b"\0" * 50_000_000),
        "/twice": Answer(
            gzip.compress(gzip.compress(b"\0" * 50_000_000)),
            headers={"Content-Encoding": "gzip, gzip"},
        ),
        "/deflate": Answer(
            zlib.compress(b"\0" * 50_000_000), headers={"Content-Encoding": "deflate"}
        ),
        "/matryoshka": Answer(b"x", headers={"Content-Encoding": ", ".join(["gzip"] * 50)}),
    }
    assert get(server, "/small").body == b"stories"
    for path in ("/bomb", "/twice", "/deflate"):
        with pytest.raises(TooLarge):
            get(server, path)
    with pytest.raises(FetchError):
        get(server, "/matryoshka")


def test_a_broken_answer_is_an_error_and_never_half_a_feed(server: FeedServer) -> None:
    server.routes |= {
        "/half": Answer(b"stories", is_whole=False),
        "/packed": Answer(b"stories", headers={"Content-Encoding": "gzip"}),
    }
    with pytest.raises(Unreachable, match="before its answer was whole"):
        get(server, "/half")
    with pytest.raises(FetchError, match="packed wrongly"):
        get(server, "/packed")


def test_nobody_at_home_is_unreachable() -> None:
    with FeedServer() as server:
        url, place = server.url("/feed"), server.place
    with pytest.raises(Unreachable, match="cannot be reached"):
        guarded_get(url, limits=LIMITS, allow=frozenset({place}))


def test_control_characters_of_a_header_stay_outside(server: FeedServer) -> None:
    server.routes["/feed"] = Answer(b"x", headers={"ETag": '"a\x00b\x07"'})
    assert get(server, "/feed").headers["etag"] == '"a b "'


def test_the_environments_proxy_and_netrc_are_ignored(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password secret")
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.setenv("NETRC", str(netrc))
    server.routes["/feed"] = b"stories"
    assert get(server, "/feed").body == b"stories"
    assert "authorization" not in server.requests[0].headers


def test_a_cookie_is_not_carried_on(server: FeedServer) -> None:
    seen: list[Request] = []

    def remember(request: Request) -> Answer:
        seen.append(request)
        return Answer(b"stories")

    server.routes |= {
        "/feed": Answer(status=302, headers={"Location": "/end", "Set-Cookie": "id=1"}),
        "/end": remember,
    }
    get(server, "/feed")
    assert "cookie" not in seen[0].headers


def test_a_certificate_must_be_trusted_and_fit_the_name_though_we_connect_by_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    names = "-subj /CN=feeds -addext subjectAltName=DNS:feeds.example"
    subprocess.run(
        [*make.split(), *names.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with FeedServer({"/feed": b"stories"}, tls=context) as server:
        places = {name: f"{name}:{server.port}" for name in ("feeds.example", "other.example")}

        def fetch(name: str) -> Response:
            return guarded_get(
                f"https://{places[name]}/feed",
                limits=LIMITS,
                allow=frozenset(places.values()),
                resolve=lambda _host, _port: ["127.0.0.1"],
            )

        with pytest.raises(Unreachable, match="certificate"):
            fetch("feeds.example")  # nobody whom we trust has signed it
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetch("feeds.example").body == b"stories"
        with pytest.raises(Unreachable, match="certificate"):
            fetch("other.example")
    assert asked == ["feeds.example", "feeds.example", "other.example"]
