from hypothesis import given
from hypothesis import strategies as st

from subscriptions.rendering.plain_text import WIDTH, columns, set_text

WORDS = st.lists(st.text("abcdefghij", min_size=1, max_size=20), max_size=60).map(" ".join)


@given(WORDS)
def test_prose_is_wrapped_without_losing_a_word(text: str) -> None:
    wrapped = set_text(text)
    assert wrapped.split() == text.split()
    assert all(columns(line) <= WIDTH for line in wrapped.splitlines())


def test_what_follows_a_number_stands_under_its_first_word() -> None:
    lines = set_text("12. " + "word " * 30).splitlines()
    assert lines[0].startswith("12. word")
    assert lines[1].startswith("    word")


def test_a_link_is_never_broken() -> None:
    link = "https://news.example.org/unsubscribe/" + "x" * 100
    assert link in set_text(f"Unsubscribe from this newsletter whenever you like: {link}").split()


def test_blank_lines_are_never_more_than_one() -> None:
    assert set_text("\n\na\n \n\n\nb\n\n") == "a\n\nb\n"


def test_chinese_is_broken_between_characters_and_counted_double() -> None:
    text = "夜间渡轮在十一年后重新启航，港口小镇一早就醒来了。" * 4
    lines = set_text(text).splitlines()
    assert "".join(lines) == text
    assert len(lines) == 3
    assert all(columns(line) <= WIDTH for line in lines)


def test_latin_words_and_punctuation_inside_chinese_are_kept() -> None:
    text = "《晨报》报道 CO₂ 排放——“三号线”的 42 号公交车（Tram 4）也停运了！" * 3
    assert "".join(set_text(text).split()) == "".join(text.split())
