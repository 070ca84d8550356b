"""How a newsletter's parameters are added to the links that lead out of its mails."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit


def add_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """The link with those parameters that it does not have yet, behind its own.

    What was there stays byte for byte, order and fragment too: some publishers sign their links,
    and `?a=1;b` or a bare `?preview` would not survive being parsed and written again.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url  # no web address at all; rendering refuses it and names its story
    present = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in parameters.items()
        if name not in present
    )
    query = "&".join(part for part in (parts.query.rstrip("&"), added) if part)
    return urlunsplit(parts._replace(query=query)) if added else url
