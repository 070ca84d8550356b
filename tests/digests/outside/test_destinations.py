import pytest

from digests.outside.destinations import destination, is_public
from digests.outside.failures import Refused, Unreachable


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1",
        "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
        "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1",
        "ff02::1", "ff0e::1", "printer.local", "", "0x7f000001",
    ],
)  # fmt: skip
def test_no_way_leads_into_a_private_network(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(Refused, match="private"):
        destination(
            "https://example.org/",
            allow=frozenset(),
            resolve=lambda _host, _port: ["8.8.8.8", "10.0.0.1"],
        )


def test_the_addresses_found_are_pinned_once_each_in_their_order() -> None:
    hop = destination(
        "https://Example.org/a b?c=d#e",
        allow=frozenset(),
        resolve=lambda _host, _port: ["2606:4700::1111", "8.8.8.8", "8.8.8.8"],
    )
    assert hop.addresses == ("2606:4700::1111", "8.8.8.8")
    assert (hop.host, hop.port, hop.target) == ("example.org", 443, "/a%20b?c=d")
    assert hop.host_header == "example.org"


def test_a_name_without_addresses_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="by the name"):
        destination("https://example.org/", allow=frozenset(), resolve=lambda _host, _port: [])


@pytest.mark.parametrize("port", [22, 25, 6379, 8080])
def test_only_the_webs_ports_are_visited(port: int) -> None:
    with pytest.raises(Refused, match=f"port {port}"):
        destination(
            f"http://example.org:{port}/",
            allow=frozenset({"example.org:81"}),
            resolve=lambda _host, _port: ["8.8.8.8"],
        )


def test_an_allowed_place_is_the_exact_host_and_port() -> None:
    allow = frozenset({"127.0.0.1:8000", "[::1]:8000", "cms.internal:443"})

    def resolve(host: str, _port: int) -> list[str]:
        return [host] if host != "cms.internal" else ["10.0.0.5"]

    assert destination("http://127.0.0.1:8000/", allow=allow, resolve=resolve).port == 8000
    assert destination("http://[::1]:8000/", allow=allow, resolve=resolve).addresses == ("::1",)
    hop = destination("https://cms.internal/", allow=allow, resolve=resolve)
    assert hop.addresses == ("10.0.0.5",)
    for url in (
        "http://127.0.0.1:8001/",
        "http://127.0.0.1/",
        "http://127.0.0.2:8000/",
        "http://cms.internal/",
        "http://a.cms.internal:443/",
    ):
        with pytest.raises(Refused):
            destination(url, allow=allow, resolve=resolve)
