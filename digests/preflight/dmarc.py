"""DMARC as RFC 9989 has it: which records hold for a domain, who its organisation is, and what is asked of servers.

The DNS itself says where an organisation begins (section 4.10, the DNS Tree Walk): the name is asked about and each
name above it, and no list of public suffixes is needed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

VERSION = "dmarc1"
# Section 4.10: a name of more labels goes on with its last seven, so that eight questions are all.
MOST_LABELS = 7
POLICIES = ("none", "quarantine", "reject")

# The texts that are published under a name; empty when there are none.
Texts = Callable[[str], list[str]]
# Whether a name is there at all: a wrong one may have a policy of its own (np).
Exists = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Dmarc:
    """What holds for one domain. `policy`: what servers are asked to do with mail that fails; empty: nobody says."""

    organisation: str
    policy: str = ""


@dataclass(frozen=True, slots=True)
class _Record:
    domain: str
    tags: Mapping[str, str]


def look_up(domain: str, texts: Texts, exists: Exists) -> Dmarc:
    found = list(_walk(domain, texts))
    organisation = _organisation(domain, found)
    record = _record_for(domain, organisation, found)
    return Dmarc(organisation, _policy(domain, record, exists) if record else "")


def _walk(domain: str, texts: Texts) -> Iterator[_Record]:
    """Section 4.10, from the name upwards; it ends where a record says what it is."""
    for name in _names(domain):
        record = _record(name, texts(f"_dmarc.{name}"))
        if record is not None:
            yield record
            if record.tags.get("psd") == "n" or (record.tags.get("psd") == "y" and name != domain):
                return


def _names(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    for number in range(min(len(labels) - 1, MOST_LABELS), 0, -1):
        yield ".".join(labels[-number:])


def _record(name: str, texts: Sequence[str]) -> _Record | None:
    """Section 4.10: several records are as good as none."""
    records = [
        tags for tags in map(_tags, texts) if next(iter(tags.items()), None) == ("v", VERSION)
    ]
    return _Record(name, records[0]) if len(records) == 1 else None


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip().lower() for name, sign, value in pairs if sign}


def _organisation(domain: str, found: Sequence[_Record]) -> str:
    """Section 4.10.2."""
    for record in found:
        if record.tags.get("psd") == "n":
            return record.domain
        if record.tags.get("psd") == "y" and record.domain != domain:
            return ".".join(domain.split(".")[-record.domain.count(".") - 2 :])
    return found[-1].domain if found else domain


def _record_for(domain: str, organisation: str, found: Sequence[_Record]) -> _Record | None:
    """Section 4.10.1: the domain's own, its organisation's, or that of the public suffix above."""
    by_name = {record.domain: record for record in found}
    return by_name.get(domain) or by_name.get(organisation) or (found[-1] if found else None)


def _policy(domain: str, record: _Record, exists: Exists) -> str:
    """Section 4.7: `p` for the name of the record, `sp` below it, `np` for what does not exist; `t=y` asks for less."""
    names = ["p"]
    if record.domain != domain:
        names = ["sp", "p"] if exists(domain) else ["np", "sp", "p"]
    asked = next((record.tags[name] for name in names if record.tags.get(name) in POLICIES), "none")
    if record.tags.get("t") == "y" and asked != "none":
        asked = POLICIES[POLICIES.index(asked) - 1]
    return asked
