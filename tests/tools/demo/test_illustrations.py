"""Pictures painted from a word: all of them, always the same, each a little different."""

from io import BytesIO

import pytest
from PIL import Image

from tools.demo.illustrations import PALETTES, SCENES, alt_text, paint
from tools.demo.stories import SECTIONS

pytestmark = pytest.mark.service


@pytest.mark.parametrize("subject", sorted(SCENES))
def test_a_scene_is_a_jpeg_of_the_feed_s_size_with_something_on_it(subject: str) -> None:
    with Image.open(BytesIO(paint("a-slug", subject, "city"))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1600, 900))
        levels = picture.convert("L").histogram()
    assert sum(levels[:90]) > 1000
    assert sum(levels[200:]) > 1000


def test_every_section_has_its_colours() -> None:
    assert set(PALETTES) == set(SECTIONS)


def test_the_same_words_paint_the_same_picture() -> None:
    first = paint("same", "wetland", "climate")
    paint.cache_clear()
    assert paint("same", "wetland", "climate") == first


def test_another_slug_or_section_paints_another_picture() -> None:
    first = paint("one", "skyline", "city")
    assert paint("two", "skyline", "city") != first
    assert paint("one", "skyline", "culture") != first


def test_a_scene_that_nobody_painted_is_refused() -> None:
    with pytest.raises(KeyError):
        paint("a-slug", "unicorn", "city")


def test_every_scene_can_be_told_in_words() -> None:
    told = {alt_text(subject) for subject in SCENES}
    assert len(told) == len(SCENES)
    assert all(words.startswith("Illustration: ") and len(words) > 30 for words in told)
