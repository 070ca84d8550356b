"""A call's body, cut into what readers share and what is each one's own: encoded once a version, joined once a call.

Django-anymail writes it for a reader who does not exist; where that one's values stand, others' are put. A value never
needs escaping in JSON or in a form: it is checked before (service_mail.py).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from secrets import token_hex
from typing import Any

from subscriptions.mailing.service_session import Request

# Nobody can write it into an article.
_SECRET = token_hex(8)
BOUNDARY = f"newsroom-{token_hex(16)}"
_PLACE = f"zq{_SECRET}place"


class Own(IntEnum):
    """What is a reader's own in a call."""

    ADDRESS = 0
    ADDRESS_HTML = 1
    ADDRESS_TEXT = 2
    TOKEN = 3  # of both their links
    READER = 4  # their public id
    MESSAGE = 5  # the part of Message-ID that is theirs


Values = tuple[bytes, ...]  # in the order of Own


def sign(own: Own) -> str:
    """What stands for it while a call is written: letters and digits, whatever is done to them."""
    return f"zq{_SECRET}{'abcdef'[own]}z"


SAMPLE_ADDRESS = f"{sign(Own.ADDRESS)}@{sign(Own.ADDRESS)}.example"
KEY_SIGN = f"zq{_SECRET}key"
SIGNS: Mapping[str, Own] = {
    SAMPLE_ADDRESS: Own.ADDRESS,
    **{sign(own): own for own in Own if own is not Own.ADDRESS},
}
_CUTS = re.compile(f"({'|'.join(map(re.escape, SIGNS))})")


class ReaderLost(ValueError):
    """What was written lacks a reader's own part, or would show it to others."""


@dataclass(frozen=True, slots=True)
class Each:
    """What stands in a call once for every reader: pieces, with an empty one where a value goes."""

    pieces: tuple[bytes, ...]
    holes: tuple[tuple[int, Own], ...]
    separator: bytes = b""

    @classmethod
    def of(cls, text: str, separator: bytes = b"") -> "Each":
        cut = _CUTS.split(text)
        pieces = tuple(b"" if place % 2 else part.encode() for place, part in enumerate(cut))
        holes = tuple((place, SIGNS[part]) for place, part in enumerate(cut) if place % 2)
        return cls(pieces, holes, separator)

    @property
    def own(self) -> frozenset[Own]:
        return frozenset(own for _place, own in self.holes)

    @property
    def size(self) -> int:
        """The size in bytes, about: without the values."""
        return sum(map(len, self.pieces)) + 40 * len(self.holes)

    def written(self, readers: Sequence[Values]) -> Iterator[bytes]:
        last = len(readers) - 1
        for place, values in enumerate(readers):
            parts = list(self.pieces)
            for at, own in self.holes:
                parts[at] = values[own]
            yield from parts
            if place != last:
                yield self.separator


@dataclass(frozen=True, slots=True)
class Form:
    """A call, ready but for its readers."""

    request: Request
    parts: tuple[bytes | Each, ...]
    is_for_many: bool

    def body(self, readers: Sequence[Values], key: str = "") -> bytes:
        written: list[bytes] = []
        for part in self.parts:
            if isinstance(part, Each):
                written.extend(part.written(readers))
            else:
                written.append(part.replace(KEY_SIGN.encode(), key.encode()) if key else part)
        return b"".join(written)

    @property
    def own(self) -> frozenset[Own]:
        """What is asked of each reader."""
        return frozenset().union(*(part.own for part in self.parts if isinstance(part, Each)))

    @property
    def shared_size(self) -> int:
        return sum(len(part) for part in self.parts if isinstance(part, bytes))

    @property
    def reader_size(self) -> int:
        return sum(part.size for part in self.parts if isinstance(part, Each))


def form_for_one(
    request: Request, data: Any, needs: frozenset[Own], *, is_form: bool = False
) -> Form:
    """Return the form of a call for one reader. Raises ReaderLost."""
    if is_form:
        request = _as_form(request)
        text = f"{_fields(data)}--{BOUNDARY}--\r\n"
    else:
        text = _json(data)
    # Its key stands in the midst of what is the reader's; a call for one is made of pieces all the same.
    parts: list[bytes | Each] = []
    for place, part in enumerate(text.split(KEY_SIGN)):
        if place:
            parts.append(KEY_SIGN.encode())
        parts.append(Each.of(part))
    _check(Each.of(text).own, needs)
    return Form(request, tuple(parts), is_for_many=False)


def form_for_many(
    request: Request,
    data: Any,
    path: Sequence[str],
    needs: frozenset[Own],
    *,
    is_form: bool = False,
) -> Form:
    """`path`: where the readers stand. Raises ReaderLost."""
    if is_form:
        request = _as_form(request)
        parts = _cut_form(data, path[0])
    else:
        parts = _cut_json(data, path)
    form = Form(request, tuple(parts), is_for_many=True)
    shared = b"".join(part for part in parts if isinstance(part, bytes)).decode()
    if _CUTS.search(shared):
        raise ReaderLost("What all readers get holds what is one reader's own.")
    _check(form.own, needs)
    return form


def _check(own: frozenset[Own], needs: frozenset[Own]) -> None:
    missing = needs - own
    if missing:
        names = ", ".join(sorted(one.name.lower() for one in missing))
        raise ReaderLost(f"The call lacks what is each reader's own: {names}.")


def _cut_json(data: Any, path: Sequence[str]) -> list[bytes | Each]:
    readers = data
    for name in path:
        readers = readers[name]
    if not isinstance(readers, list) or len(readers) != 1:
        raise ReaderLost("The call does not name its one reader once.")
    (one,) = readers
    readers[:] = [_PLACE]
    before, after = _json(data).split(f'"{_PLACE}"')
    return [before.encode(), Each.of(_json(one), b","), after.encode()]


def _cut_form(data: Mapping[str, Any], variables: str) -> list[bytes | Each]:
    """multipart/form-data: nothing in it needs to be encoded."""
    values = json.loads(data[variables])
    shared = {name: value for name, value in data.items() if name not in (variables, "to")}
    parts: list[bytes | Each] = [_fields(shared).encode()]
    parts.append(Each.of(_fields({"to": data["to"]})))
    parts.append(_field_head(variables).encode() + b"{")
    parts.append(Each.of(_json(values)[1:-1], b","))
    parts.append(f"}}\r\n--{BOUNDARY}--\r\n".encode())
    return parts


def _as_form(request: Request) -> Request:
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return {**request, "headers": {**(request.get("headers") or {}), **kind}}


def _fields(data: Mapping[str, Any]) -> str:
    return "".join(
        f"{_field_head(name)}{value}\r\n"
        for name, values in data.items()
        for value in (values if isinstance(values, list) else [values])
    )


def _field_head(name: str) -> str:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=dict)
