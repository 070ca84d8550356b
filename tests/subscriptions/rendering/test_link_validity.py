"""Pages and emails say in one sentence how long a link works."""

import pytest
from django.utils import translation

from subscriptions.rendering.link_validity import works_for


@pytest.mark.parametrize(
    ("hours", "language", "sentence"),
    [
        (72, "en", "The link works for three days."),
        (48, "en", "The link works for two days."),
        (47, "en", "The link works for 47 hours."),
        (24, "en", "The link works for 24 hours."),
        (1, "en", "The link works for 1 hour."),
        (72, "fr", "Le lien est valable trois jours."),
        (48, "ar", "الرابط صالح لمدة يومين."),
        (3, "ar", "الرابط صالح لمدة 3 ساعات."),
    ],
)
def test_whole_days_are_said_as_days(hours: int, language: str, sentence: str) -> None:
    with translation.override(language):
        assert works_for(hours) == sentence
