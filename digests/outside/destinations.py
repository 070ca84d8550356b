"""Where a fetch may go: the public internet, on the web's ports, and nowhere else."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from digests.outside.canonical import DEFAULT_PORTS, absolute_url
from digests.outside.failures import BadUrl, Refused, Unreachable

Resolver = Callable[[str, int], Sequence[str]]

WEB_PORTS = frozenset(DEFAULT_PORTS.values())

# `ipaddress` knows private and reserved blocks, but differs between Python releases and counts as
# global what leads back into a private network. IANA's special-purpose registries, in full:
_BLOCKED = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Only 2000::/3 is given out as global unicast. That alone shuts out ::/96, IPv4-mapped, NAT64
# (64:ff9b::/96 and 64:ff9b:1::/48), unique local, link-local, site-local and multicast addresses.
_GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")
_BLOCKED_IPV6 = tuple(
    ipaddress.ip_network(block)
    for block in (
        "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32", "3fff::/20",  # documentation
        "2002::/16",  # 6to4 carries any IPv4 address, private ones too
        "2620:4f:8000::/48",  # AS112, answered by whoever is near
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Destination:
    """A checked hop. `addresses` are the only ones to connect to: the name is not asked again."""

    url: str
    scheme: str
    host: str
    port: int
    target: str  # path and query, as the request line wants them
    addresses: tuple[str, ...]

    @property
    def host_header(self) -> str:
        return self.host if self.port == DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"


def destination(url: str, *, allow: frozenset[str], resolve: Resolver) -> Destination:
    """Check and pin one hop.

    `allow` holds exact host:port pairs that may be private and on any port. Raises Refused or
    Unreachable.
    """
    try:
        url = absolute_url(url)
    except BadUrl as error:
        raise Refused(str(error)) from error
    parts = urlsplit(url)
    host = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    is_allowed = f"{host}:{port}" in allow
    if port not in WEB_PORTS and not is_allowed:
        raise Refused(f"The address asks for port {port}; only 80 and 443 are visited.")
    addresses = tuple(dict.fromkeys(resolve(host.strip("[]"), port)))
    if not addresses:
        raise Unreachable(f"No server is known by the name {host}.")
    # Any, not all: a name that mixes public and private addresses is made to get past this check.
    if not is_allowed and not all(is_public(address) for address in addresses):
        raise Refused("The address points into a private network.")
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return Destination(url, parts.scheme, host, port, target, addresses)


def is_public(address: str) -> bool:
    """Whether an IP address is out on the internet; False for what is no IP address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed.is_global and not any(parsed in block for block in _BLOCKED)
    return (
        parsed in _GLOBAL_IPV6
        and parsed.is_global
        and not any(parsed in block for block in _BLOCKED_IPV6)
    )


def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """All addresses the system knows for the name; a scoped IPv6 one keeps its %scope."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"No server is known by the name {host}.") from error
    return tuple(str(entry[4][0]) for entry in found)
