"""What a time zone is called where readers see it: by its city, in their language ("Londres", "London")."""

import unicodedata
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from subscriptions.zones import choosable_zones

LANGUAGES_KEPT = 32


def city_of(zone: str, language: str) -> str:
    """The zone's own name for its city where Unicode's list of cities has none."""
    known = _locale(language).time_zones.get(_canonical(zone), {}).get("city")
    return known or zone.rpartition("/")[2].replace("_", " ")


def cities(language: str, current: str = "") -> list[tuple[str, str]]:
    """The zones to choose from with their cities, by city. Each place once; `current` under its own name."""
    kept = _canonical(current)
    return [
        (current if current and _canonical(zone) == kept else zone, city)
        for zone, city in _cities(language)
    ]


@lru_cache(maxsize=LANGUAGES_KEPT)
def _cities(language: str) -> tuple[tuple[str, str], ...]:
    """Return the zones and the names of their cities, sorted by name.

    Of several zones for one place (Asia/Calcutta, Asia/Kolkata), the one with the city's name of today is taken.
    """
    places: dict[str, str] = {}
    for zone in choosable_zones():
        place = _canonical(zone)
        if place not in places or zone.endswith(city_of(zone, "en").replace(" ", "_")):
            places[place] = zone
    named = ((zone, city_of(zone, language)) for zone in places.values())
    return tuple(sorted(named, key=lambda pair: _sorted_by(pair[1])))


def _canonical(zone: str) -> str:
    return str(get_global("zone_aliases").get(zone, zone))


def _sorted_by(city: str) -> str:
    """Return a city without accents, so that Ürümqi stands among the U."""
    letters = unicodedata.normalize("NFKD", city.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@lru_cache(maxsize=LANGUAGES_KEPT)
def _locale(language: str) -> Locale:
    """English for a language that Unicode has no cities in."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
