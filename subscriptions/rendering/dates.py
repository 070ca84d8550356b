"""How a date is written in a reader's language."""

import re
from datetime import date

from django.utils import translation
from django.utils.formats import date_format, get_format
from django.utils.text import capfirst

# Where the weekday stands, by language; elsewhere it comes first, with a comma.
_WEEKDAY_LAST = frozenset({"zh", "ja", "ko"})
_WITHOUT_COMMA = frozenset({"fr", "it", "nl", "sv", "fi", "nb", "nn", "no", "da", "hu", "uk"})
_OTHER_COMMA = {"ar": "،", "fa": "،", "ur": "،"}


def date_text(day: date, language: str) -> str:
    """The date with its weekday, as "Monday, 23 November 2026" in the customs of `language`."""
    return capfirst(date_within(day, language))


def date_within(day: date, language: str) -> str:
    """The same inside a sentence: "lundi 23 novembre 2026"."""
    with translation.override(language):
        weekday, written = date_format(day, "l"), date_format(day, _in_full("DATE_FORMAT"))
    base = language.split("-")[0]
    if base in _WEEKDAY_LAST:
        return f"{written} {weekday}"
    comma = "" if base in _WITHOUT_COMMA else _OTHER_COMMA.get(base, ",")
    return f"{weekday}{comma} {written}"


def day_text(day: date, language: str) -> str:
    """Day and month, as "23 November"."""
    with translation.override(language):
        return date_format(day, _in_full("MONTH_DAY_FORMAT"))


def _in_full(format_type: str) -> str:
    """The language's format with the month spelt out, and declined where the language declines.

    "N" and "M" abbreviate. "E" is the month as it stands beside a day; Django's day formats say
    "F" all the same, and its "E" is capitalised in languages that never use it.
    """
    month = "E" if "E" in str(get_format("DATE_FORMAT")) else "F"
    return re.sub("[NMF]", month, str(get_format(format_type)))
