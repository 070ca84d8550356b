"""Names of time zones in the dates of feeds: RFC 822's, those that people write, and those of the IANA.

Abbreviations are nobody's standard: RFC 822 has the American ones. A name with two meanings has the one that the
source's own zone gives it (IST in Dublin, CST in Shanghai), else that of most feeds.
"""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from digests.assembly.month_names import DAYS

# Hours from UTC.
_OFFSETS: dict[float, str] = {
    -10: "hst",
    -9: "akst",
    -8: "pst akdt",
    -7: "mst pdt",
    -6: "cst mdt",
    -5: "est cdt cot pet ect",
    -4: "edt ast bot clt vet",
    -3.5: "nst",
    -3: "adt art brt clst uyt",
    -2.5: "ndt",
    -2: "brst",
    0: "z gmt utc ut uct wet zulu",
    1: "cet mez west bst wat",
    2: "cest mesz eet sast cat",
    3: "eest msk trt eat idt",
    3.5: "irst",
    4: "msd gst",
    5: "pkt yekt uzt",
    5.5: "ist",
    5.75: "npt",
    6: "omst",
    7: "ict wib novt krat",
    8: "hkt sgt myt pht awst wita irkt",
    9: "jst kst wit yakt",
    9.5: "acst",
    10: "aest vlat",
    10.5: "acdt",
    11: "aedt",
    12: "nzst",
    13: "nzdt",
}
_FIXED: dict[str, tzinfo] = {
    name: timezone(timedelta(hours=hours))
    for hours, names in _OFFSETS.items()
    for name in names.split()
}
# Summer or winter: the day decides.
_PLACES = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}
_WIDEST = timedelta(hours=14)
_OFFSET = re.compile(
    r"(?:\b(?:gmt|utc|ut)\s?)?([+-])\s?"
    r"(?:(\d{1,2}):(\d{2})|(\d{2})(\d{2})|(\d)(\d{2})|(\d{1,2}))(?![\d:])"
)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_NAME = re.compile(r"[^\W\d_][\w'/+-]*")
_NOTHING_ELSE = re.compile(r"[\s,.;]*")
_ASIDE = frozenset({"uhr", "h", "hrs", "hours", "o'clock", "klo", "kl", "time", "г"})


def zone_in(words: str, at: datetime, own: tzinfo) -> tzinfo | None:
    """The zone in what stands after a time of day, folded; None: what stands there, nobody knows.

    `at` has no zone yet; `own` is the source's, which counts where none is named.
    """
    said = _BRACKETS.sub(" ", words)
    names = [
        name for name in _NAME.findall(said) if name in _FIXED or name not in _ASIDE | DAYS.keys()
    ]
    if names and names[0] in _of_the_iana():  # before offsets: Etc/GMT+1 is none
        return ZoneInfo(_of_the_iana()[names[0]])
    if found := _OFFSET.search(said):
        is_all = not re.search(r"\d", said[: found.start()] + said[found.end() :])
        return _offset(found) if is_all else None
    if not _NOTHING_ELSE.fullmatch(_NAME.sub("", said)):
        return None
    if not names and (inside := " ".join(_BRACKETS.findall(words)).strip()):
        return zone_in(inside, at, own)
    zones = [_named(name, at, own) for name in names]
    return zones[0] if zones and all(zones) else None if zones else own


def _named(name: str, at: datetime, own: tzinfo) -> tzinfo | None:
    # What the clocks of the source call themselves then, in both readings of an hour that comes twice.
    spoken = {at.replace(tzinfo=own, fold=fold).tzname() for fold in (0, 1)}
    if name in {(word or "").casefold() for word in spoken}:
        return own
    if name in _PLACES:
        return ZoneInfo(_PLACES[name])
    return _FIXED.get(name)


def _offset(found: re.Match[str]) -> tzinfo | None:
    sign, *parts = found.groups()
    hours, minutes = (int(part) for part in [*filter(None, parts), "0"][:2])
    span = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or span > _WIDEST:
        return None
    return timezone(-span if sign == "-" else span)


@cache
def _of_the_iana() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() if "/" in name}
