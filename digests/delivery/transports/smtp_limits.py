"""What a server limits when it says “too many”: this connection, or how much it takes of us in a time."""

import re

from digests.delivery.transports.smtp_replies import Reply
from digests.delivery.transports.smtp_trouble import POLICY_REST_SECONDS

SHORTEST_REST, LONGEST_REST = 10, 3600

# Of one connection: “too many messages in this session”. How many at once, or how fast, is another thing.
_MUCH = (
    r"(?:too (?:many|much)|max(?:imum|imal)?\b|limit(?:ed|s)?\b|exceed\w*|reached|at most|no more)"
)
_ONE = r"(?:connection|session)\b(?!\s+(?:rate|from))"
_OF_CONNECTION = re.compile(
    rf"{_MUCH}[^.;]{{0,60}}\b{_ONE}|\b{_ONE}[^.;]{{0,40}}\b{_MUCH}", re.IGNORECASE
)
_OF_SEVERAL = re.compile(
    r"concurren|simultan|parallel|connections|sessions|\brates?\b|frequen", re.IGNORECASE
)

_UNITS = {"s": 1, "m": 60, "h": 3600}
_UNIT = r"(s|m|h)(?:ec(?:ond)?s?|in(?:ute)?s?|(?:ou)?rs?)?\b"
_WAIT = re.compile(
    rf"\b(?:in|after|wait|for)\s+(?:about |at least )?(\d{{1,5}}) ?{_UNIT}", re.IGNORECASE
)
_PER = re.compile(rf"(?:\bper |\ban? |\bone |/ ?){_UNIT}", re.IGNORECASE)


def is_of_connection(reply: Reply) -> bool:
    """The next connection may fare better at once."""
    return bool(_OF_CONNECTION.search(reply.text)) and not _OF_SEVERAL.search(reply.text)


def rest_seconds(reply: Reply) -> float:
    """How long to leave the server alone after a refusal of policy: what it asks for, else what Gmail does."""
    if found := _WAIT.search(reply.text):
        seconds = int(found[1]) * _UNITS[found[2].lower()]
    elif found := _PER.search(reply.text):
        seconds = _UNITS[found[1].lower()]
    else:
        return POLICY_REST_SECONDS
    return min(max(seconds, SHORTEST_REST), LONGEST_REST)
