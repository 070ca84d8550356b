"""A time zone is called by its city, in the reader's language."""

import pytest

from subscriptions.zone_names import cities, city_of
from subscriptions.zones import choosable_zones


@pytest.mark.parametrize(
    ("zone", "language", "city"),
    [
        ("Europe/London", "en", "London"),
        ("Europe/London", "fr", "Londres"),
        ("Europe/Vienna", "de", "Wien"),
        ("Africa/Cairo", "ar", "القاهرة"),
        ("America/Argentina/Buenos_Aires", "en", "Buenos Aires"),
        ("America/New_York", "pt-br", "Nova York"),
        ("Europe/London", "tlh", "London"),
        ("Mars/Olympus_Mons", "en", "Olympus Mons"),
        ("UTC", "en", "UTC"),
    ],
)
def test_a_zone_is_called_by_its_city(zone: str, language: str, city: str) -> None:
    assert city_of(zone, language) == city


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "ar"])
def test_each_place_is_offered_once_and_can_be_chosen(language: str) -> None:
    offered = cities(language)
    assert len(offered) > 300
    assert len({zone for zone, _city in offered}) == len(offered)
    assert {zone for zone, _city in offered} <= set(choosable_zones())
    assert all("/" not in city and "_" not in city for _zone, city in offered)


def test_a_city_goes_by_its_present_name_and_a_readers_zone_by_their_own() -> None:
    assert ("Asia/Kolkata", "Kolkata") in cities("en")
    assert ("Asia/Calcutta", "Kolkata") in cities("en", current="Asia/Calcutta")
    assert ("Europe/London", "London") in cities("en", current="Mars/Olympus")


def test_cities_are_in_the_order_of_the_alphabet_whatever_their_accents() -> None:
    names = [city for _zone, city in cities("fr")]
    assert names.index("Honolulu") < names.index("Île de Pâques") < names.index("Jakarta")
