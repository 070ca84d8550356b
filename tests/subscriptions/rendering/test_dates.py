from datetime import date

import pytest

from subscriptions.rendering.dates import date_text, day_text

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en-gb", "Monday, 23 November 2026"),
        ("en-us", "Monday, November 23, 2026"),
        ("de", "Montag, 23. November 2026"),
        ("fr", "Lundi 23 novembre 2026"),
        ("pl", "Poniedziałek, 23 listopada 2026"),
        ("ar", "الاثنين، 23 نوفمبر، 2026"),
        ("zh-hans", "2026年11月23日 星期一"),
    ],
)
def test_a_date_follows_the_customs_of_its_language(language: str, expected: str) -> None:
    assert date_text(DAY, language) == expected


def test_a_month_beside_a_day_is_declined_where_the_language_does() -> None:
    assert day_text(DAY, "ru") == "23 ноября"


def test_a_language_that_is_not_known_still_gets_a_date() -> None:
    assert "2026" in date_text(DAY, "xx")
