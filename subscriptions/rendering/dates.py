"""How a date and a time are written in a reader's language."""

import re
from datetime import date, datetime

from django.utils import translation
from django.utils.formats import date_format, get_format
from django.utils.text import capfirst

# Where the weekday stands, by language; elsewhere it comes first, with a comma.
_WEEKDAY_LAST = frozenset({"zh", "ja", "ko"})
_WITHOUT_COMMA = frozenset({"fr", "it", "nl", "sv", "fi", "nb", "nn", "no", "da", "hu", "uk"})
_OTHER_COMMA = {"fa": "،", "ur": "،"}
NARROW = "\u00a0"  # holds a number and what it counts on one line
HOURS_BEFORE_NOON = 12


def date_text(day: date, language: str) -> str:
    """The date with its weekday, as "Monday, 23 November 2026" in the customs of `language`."""
    return capfirst(date_within(day, language))


def date_within(day: date, language: str) -> str:
    """The same inside a sentence: "lundi 23 novembre 2026"."""
    base = language.split("-")[0]
    with translation.override(language):
        weekday, written = date_format(day, "l"), date_format(day, _in_full("DATE_FORMAT"))
    if base == "ar":  # the press writes it without commas
        return f"{weekday} {written.replace('،', '')}"
    written = _first_in_french(written, day, base)
    if base in _WEEKDAY_LAST:
        return f"{written} {weekday}"
    comma = "" if base in _WITHOUT_COMMA else _OTHER_COMMA.get(base, ",")
    return f"{weekday}{comma} {written}"


def day_text(day: date, language: str) -> str:
    """Day and month, as "23 November"."""
    with translation.override(language):
        written = date_format(day, _in_full("MONTH_DAY_FORMAT"))
    return _first_in_french(written, day, language.split("-")[0])


def moment_text(moment: datetime, language: str) -> str:
    """Date and time inside a sentence, by the clock that `moment` brings: "lundi 23 novembre 2026 à 6 h 30"."""
    day, clock = date_within(moment, language), moment.time()
    match language.split("-")[0]:
        case "en":
            return f"{day} at {_english(moment)}"
        case "fr":
            minutes = f"{NARROW}{clock:%M}" if clock.minute else ""
            return f"{day} à {clock.hour}{NARROW}h{minutes}"
        case "de":
            minutes = f".{clock:%M}" if clock.minute else ""
            return f"{day} um {clock.hour}{minutes}{NARROW}Uhr"
        case "es":
            return f"{day} a {'la' if clock.hour == 1 else 'las'} {clock.hour}:{clock:%M}"
        case "ar":
            half = "ص" if clock.hour < HOURS_BEFORE_NOON else "م"
            return f"{day}، الساعة {clock:%-I:%M}{NARROW}{half}"
        case _:
            with translation.override(language):
                return f"{day}, {date_format(moment, 'TIME_FORMAT')}"


def _english(moment: datetime) -> str:
    """ "6:30 am", "noon": without full stops, which would double the sentence's own."""
    with translation.override("en"):
        return date_format(moment, "P").replace(".", "")


def _first_in_french(written: str, day: date, base: str) -> str:
    """ "1er décembre": French counts the first of a month, and Django does not."""
    return re.sub(r"\b1\b", "1er", written, count=1) if base == "fr" and day.day == 1 else written


def _in_full(format_type: str) -> str:
    """The language's format with the month spelt out, and declined where the language declines.

    "N" and "M" abbreviate. "E" is the month as it stands beside a day; Django's day formats say
    "F" all the same, and its "E" is capitalised in languages that never use it.
    """
    month = "E" if "E" in str(get_format("DATE_FORMAT")) else "F"
    return re.sub("[NMF]", month, str(get_format(format_type)))
