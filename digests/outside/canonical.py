"""The one form in which a story's address is stored and compared (RFC 3986 section 6.2)."""

import ipaddress
import re
from urllib.parse import SplitResult, unquote_to_bytes, urljoin, urlsplit

import idna

from digests.outside.failures import BadUrl

LONGEST_URL = 2_000
LONGEST_HOST = 253  # RFC 1035 section 2.3.4, without the root's dot
DEFAULT_PORTS = {"http": 80, "https": 443}

# They say where a reader came from, not what is read: the same story would be stored once a campaign.
# at_id, ns_id and pk_article name stories of some papers: of those families only what is known to count readers.
TRACKING_PREFIXES = (
    "utm_", "mtm_", "hsa_", "at_campaign", "at_medium", "at_custom", "at_link", "at_format", "at_ptr", "at_bbc",
    "at_network", "at_channel", "at_creation", "at_recipient", "at_variant", "at_detail", "at_platform", "at_general",
    "ns_mchannel", "ns_campaign", "ns_source", "ns_linkname", "ns_fee", "pk_campaign", "pk_kwd", "pk_keyword",
    "pk_source", "pk_medium", "pk_content", "pk_cid", "pk_group", "pk_placement", "pk_vid", "mc_cid", "mc_eid", "mc_tc",
)  # fmt: skip
TRACKING_NAMES = frozenset(
    (
        "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "twclid",
        "yclid", "igshid", "igsh", "li_fat_id", "mkt_tok", "cmp", "cmpid", "ocid", "xtor",
        "smid", "icid", "ito", "_ga", "_gl", "_hsenc", "_hsmi", "s_cid", "wt.mc_id",
        "ref_src", "wt_mc", "wt.mc", "feedtype", "feedname", "emc",
    )
)  # fmt: skip
# Of these only a value that names a feed says where a reader came from: ref=rss, partner=rssnyt, source=rss-ab12.
_FEED_NAMES = frozenset(
    {"partner", "ref", "source", "from", "src", "origin", "via", "medium", "campaign", "cid", "f"}
)
_FEED_VALUE = re.compile(r"(?:rss|feed|atom)(?:$|[^a-z]|nyt|feed)", re.IGNORECASE)

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = _UNRESERVED | frozenset(b"!$&'()*+,;=:@/")
_QUERY_SAFE = _PATH_SAFE | frozenset(b"?")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|([^\x21-\x7e]|%|[\"<>\\^`{|}\[\]])")
_ASCII_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
# What inet_aton would read as an IPv4 address, in any base: only the plain dotted form is let through.
_NUMERIC_LABEL = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ue000-\uf8ff\ud800-\udfff]")


def canonical_url(url: str, base: str | None = None) -> str:
    """The address without fragment and tracking parameters, in one spelling.

    `base` resolves a relative one. Raises BadUrl with words for an editor.
    """
    parts = urlsplit(absolute_url(url, base))
    kept = [pair for pair in parts.query.split("&") if pair and not _is_tracking(pair)]
    return parts._replace(query="&".join(kept)).geturl()


def absolute_url(url: str, base: str | None = None) -> str:
    """The address in one spelling, all its parameters kept: those of a picture may be signed."""
    parts = _split(url, base)
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise BadUrl("An address has to start with http:// or https://.")
    if "@" in parts.netloc:
        raise BadUrl("An address must not carry a user name or password.")
    host, port = normal_host(parts.hostname or ""), _port(parts)
    place = host if port in (None, DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    path = _without_dots(_quoted(parts.path, _PATH_SAFE)) or "/"
    query = _quoted(parts.query, _QUERY_SAFE)
    result = SplitResult(scheme, place, path, query, "").geturl()
    if len(result) > LONGEST_URL:
        raise BadUrl(f"The address is longer than {LONGEST_URL:,} characters.")
    return result


def normal_host(host: str) -> str:
    """Lower case, A-labels, an IPv6 address in brackets. Raises BadUrl for what is no public name."""
    host = host.rstrip(".").lower()
    if not host or len(host) > LONGEST_HOST:
        raise BadUrl("The address names no server.")
    if ":" in host:
        return f"[{_ipv6(host)}]"
    if not host.isascii():
        host = _a_labels(host)
    if not _ASCII_HOST.fullmatch(host):
        raise BadUrl(f"“{host[:80]}” is not the name of a server.")
    if _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        return _ipv4(host)
    return host


def _split(url: str, base: str | None) -> SplitResult:
    # Line breaks within an address come from wrapped feeds; browsers drop them too.
    url = re.sub(r"[\t\r\n]+", "", url.strip())
    if not url:
        raise BadUrl("The address is empty.")
    if len(url) > 2 * LONGEST_URL:
        raise BadUrl(f"The address is longer than {LONGEST_URL:,} characters.")
    if _CONTROLS.search(url):
        raise BadUrl("The address has characters that no address has.")
    try:
        return urlsplit(urljoin(base, url) if base else url)
    except ValueError as error:
        raise BadUrl("This is not an address of the web.") from error


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError as error:
        raise BadUrl("The port in the address is not a number up to 65,535.") from error
    if port == 0:
        raise BadUrl("The port in the address is 0.")
    return port


def _ipv6(host: str) -> ipaddress.IPv6Address:
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError as error:
        raise BadUrl("The IPv6 address is malformed.") from error
    if address.scope_id:
        raise BadUrl("An IPv6 address must not name a network card.")
    return address


def _ipv4(host: str) -> str:
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError as error:
        raise BadUrl(f"“{host[:80]}” is not a plainly written IPv4 address.") from error


def _a_labels(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise BadUrl(f"“{host[:80]}” is not the name of a server.") from error


def _quoted(text: str, safe: frozenset[int]) -> str:
    """Each character in its one spelling: plain where it may be, else %XX of its UTF-8."""

    def spell(found: re.Match[str]) -> str:
        raw = unquote_to_bytes(found[0]) if found[1] else found[0].encode()
        # A decoded reserved character would mean something else, so only the unreserved are.
        plain = _UNRESERVED if found[1] else safe
        return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in raw)

    return _ESCAPE.sub(spell, text)


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4, also where the address was absolute already."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _is_tracking(pair: str) -> bool:
    name, _mark, value = pair.partition("=")
    name = name.lower()
    if name in _FEED_NAMES:
        return bool(_FEED_VALUE.match(value))
    return name in TRACKING_NAMES or name.startswith(TRACKING_PREFIXES)
