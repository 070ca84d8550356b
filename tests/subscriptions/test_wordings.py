"""The words that a proof names are those on the pages: whoever changes a page's words makes a new version."""

from pathlib import Path

import pytest

from subscriptions.evidence import WORDING
from subscriptions.wordings import WORDINGS, words_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages() -> str:
    files = [*(ROOT / "templates/web").glob("*.html"), ROOT / "subscriptions/views/manage.py"]
    return " ".join(file.read_text(encoding="utf-8") for file in files)


def test_every_word_of_the_current_version_stands_on_a_page(pages: str) -> None:
    for action, sentences in WORDINGS[WORDING].items():
        for sentence in sentences:
            assert sentence in pages, (action, sentence)


def test_an_unknown_version_has_no_words() -> None:
    assert words_of("1999-01", "requested") == ""
    assert words_of(WORDING, "added") == ""
