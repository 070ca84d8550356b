"""One thing that preflight found: how bad it is, in words for the editor, and where it is mended."""

import hashlib
from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    BLOCKING = "blocking"  # it does not go out like this
    WARNING = "warning"  # a person may set it aside, with a reason


class Place(StrEnum):
    """The page on which it is mended."""

    DIGEST = "digest"
    STORIES = "stories"
    NEWSLETTER = "newsletter"
    PUBLISHER = "publisher"
    SPONSORS = "sponsors"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` and `about` tell it from others: a headline that changes again is another finding.

    `target` is the spot on its page: a field of the form (subject), a story (item 17), or the number of a booking.
    """

    check: str
    level: Level
    text: str
    place: Place = Place.DIGEST
    target: str = ""
    about: str = ""

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.check}\n{self.about}".encode()).hexdigest()[:16]

    @property
    def is_blocking(self) -> bool:
        return self.level is Level.BLOCKING


def to_json(finding: Finding) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(finding).items()} | {"key": finding.key}


def blocking(
    check: str, text: str, place: Place = Place.DIGEST, target: str = "", *, about: str = ""
) -> Finding:
    return Finding(check, Level.BLOCKING, text, place, target, about)


def warning(
    check: str, text: str, place: Place = Place.DIGEST, target: str = "", *, about: str = ""
) -> Finding:
    return Finding(check, Level.WARNING, text, place, target, about)
