from datetime import date, datetime

import pytest

from subscriptions.rendering.dates import date_text, day_text, moment_text

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en-gb", "Monday, 23 November 2026"),
        ("en-us", "Monday, November 23, 2026"),
        ("de", "Montag, 23. November 2026"),
        ("fr", "Lundi 23 novembre 2026"),
        ("pl", "Poniedziałek, 23 listopada 2026"),
        ("ar", "الاثنين 23 نوفمبر 2026"),
        ("zh-hans", "2026年11月23日 星期一"),
    ],
)
def test_a_date_follows_the_customs_of_its_language(language: str, expected: str) -> None:
    assert date_text(DAY, language) == expected


@pytest.mark.parametrize(
    ("language", "first", "twenty_first"),
    [
        ("fr", "Mardi 1er décembre 2026", "Lundi 21 décembre 2026"),
        ("fr-ca", "Mardi 1er décembre 2026", "Lundi 21 décembre 2026"),
        ("es", "Martes, 1 de diciembre de 2026", "Lunes, 21 de diciembre de 2026"),
    ],
)
def test_french_counts_the_first_of_a_month(language: str, first: str, twenty_first: str) -> None:
    assert date_text(date(2026, 12, 1), language) == first
    assert date_text(date(2026, 12, 21), language) == twenty_first
    assert day_text(date(2026, 12, 1), "fr") == "1er décembre"
    assert day_text(date(2026, 11, 11), "fr") == "11 novembre"


@pytest.mark.parametrize(
    ("language", "at", "expected"),
    [
        ("en", "06:30", "Monday, November 23, 2026 at 6:30 am"),
        ("en-gb", "18:00", "Monday, 23 November 2026 at 6 pm"),
        ("en", "12:00", "Monday, November 23, 2026 at noon"),
        ("fr", "06:30", "lundi 23 novembre 2026 à 6 h 30"),
        ("fr", "18:00", "lundi 23 novembre 2026 à 18 h"),
        ("de", "06:30", "Montag, 23. November 2026 um 6.30 Uhr"),
        ("de", "18:00", "Montag, 23. November 2026 um 18 Uhr"),
        ("es", "06:30", "lunes, 23 de noviembre de 2026 a las 6:30"),
        ("es", "01:05", "lunes, 23 de noviembre de 2026 a la 1:05"),
        ("ar", "06:30", "الاثنين 23 نوفمبر 2026، الساعة 6:30 ص"),
        ("ar", "00:05", "الاثنين 23 نوفمبر 2026، الساعة 12:05 ص"),
        ("ar", "18:00", "الاثنين 23 نوفمبر 2026، الساعة 6:00 م"),
        ("nl", "06:30", "maandag 23 november 2026, 06:30"),
    ],
)
def test_a_time_joins_its_date_as_the_language_does(language: str, at: str, expected: str) -> None:
    moment = datetime.fromisoformat(f"{DAY}T{at}")
    assert moment_text(moment, language).replace("\N{NO-BREAK SPACE}", " ") == expected


def test_a_month_beside_a_day_is_declined_where_the_language_does() -> None:
    assert day_text(DAY, "ru") == "23 ноября"


def test_a_language_that_is_not_known_still_gets_a_date() -> None:
    assert "2026" in date_text(DAY, "xx")
