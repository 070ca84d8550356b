"""Which network a visitor comes from: what one person can hold many addresses of."""

from ipaddress import IPv6Address, ip_address, ip_network

# A household or a small office; a single machine has a whole /64 of IPv6 addresses to choose from.
IPV4_PREFIX, IPV6_PREFIX = 24, 64
# Seen only when a proxy of the house was not declared (TRUSTED_PROXIES): then it would be every reader's network.
HOUSE = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


def plain(text: str) -> str | None:
    """The address in its usual form, without port, zone or brackets; None for what is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(found)


def network_of(ip: str | None) -> str | None:
    """The /24 or /64 around the address; None where that says nothing of who the visitor is."""
    if ip is None:
        return None
    found = ip_address(ip)
    if any(found in network for network in HOUSE if network.version == found.version):
        return None
    prefix = IPV4_PREFIX if found.version == 4 else IPV6_PREFIX
    return str(ip_network(f"{found}/{prefix}", strict=False))
