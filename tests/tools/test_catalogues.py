"""The catalogues are complete, right in form, and what their sources say."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from django.conf import settings
from django.utils import translation
from django.utils.translation import ngettext

from tools.catalogues import merging
from tools.catalogues.extracting import extract, in_template
from tools.catalogues.scope import TRANSLATED, is_for_readers

ROOT = Path(settings.BASE_DIR)
LOCALE = ROOT / "locale"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|<[^>]*>")
NB, NARROW = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
FRENCH_MARK = re.compile(f"[^{NB}]»|«[^{NB}]|[ {NARROW}]:|[ {NB}][;?!]")
# An order to a man. A noun ("يرجى اختيار") speaks to everybody.
TO_A_MAN = re.compile(
    r"(?:^|[\s:؛،«])(?:فتجاهل|[فو]?(?:اختر|راجع|افتح|اتبع|أغلق|اكتب|انتظر|انسخ|اضغط|ابحث|اطلب|اترك|أضف|تفضّل|تصفّح))\b"
)
# What a template writes after a translated word or a name, where French has a space.
IN_A_MESSAGE = re.compile(r"\{% blocktranslate.*?endblocktranslate %\}", re.DOTALL)
COLON_OUTSIDE = re.compile(r"(?:translate \"[^\"]*\" %\}|\}\}):(?:\s|$)", re.MULTILINE)
ADVICE = "run `make messages`, translate what it lists, and run it again (docs/translating.md)"


@pytest.fixture(scope="module")
def sources() -> Catalog:
    return extract(ROOT)


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def translations_in(compiled: bytes) -> dict[tuple[str | None, str], object]:
    """What a .mo file says, in whatever order."""
    return {
        (message.context, str(message.id)): message.string
        for message in messages(read_mo(BytesIO(compiled)))
    }


def texts(message: Message) -> tuple[str, ...]:
    assert message.string is not None
    return tuple([message.string] if isinstance(message.string, str) else message.string)


def test_the_site_speaks_english_and_the_translated_languages() -> None:
    assert sorted(code for code, _name in settings.LANGUAGES) == sorted({"en", *TRANSLATED})


@pytest.mark.parametrize("language", TRANSLATED)
def test_readers_read_their_language_everywhere(language: str, sources: Catalog) -> None:
    catalogue = merging.read(LOCALE, language)
    lacking = [
        message.id
        for message in messages(sources)
        if (found := catalogue.get(message.id, message.context)) is None
        or not merging.is_ready(found)
    ]
    assert len(messages(sources)) > 100
    assert lacking == [], ADVICE


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    folder = merging.folder_of(LOCALE, language)
    catalogue = merging.read(LOCALE, language)
    # Versions of Babel lay the same words out in different ways.
    in_file = translations_in((folder / merging.MO).read_bytes())
    assert in_file == translations_in(merging.compiled(catalogue)), ADVICE
    assert (folder / merging.PO).read_bytes() == merging.written(catalogue), ADVICE


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_keep_placeholders_and_tags(language: str) -> None:
    for message in messages(merging.read(LOCALE, language)):
        if not merging.is_ready(message):
            continue
        most = message.id if isinstance(message.id, str) else message.id[-1]
        *few, last = texts(message)
        assert sorted(PLACEHOLDER.findall(last)) == sorted(PLACEHOLDER.findall(most)), last
        for text in few:  # "one day" and Arabic "two days" need no number; none may make one up
            allowed = set(PLACEHOLDER.findall(f"{message.id}"))
            assert set(PLACEHOLDER.findall(text)) <= allowed, text


def forms_of(language: str) -> list[str]:
    catalogue = merging.read(LOCALE, language)
    return [text for message in messages(catalogue) for text in texts(message)]


def test_french_marks_do_not_begin_a_line() -> None:
    """U+00A0 inside « » and before a colon, U+202F before ; ? and !"""
    assert [text for text in forms_of("fr") if FRENCH_MARK.search(text)] == []
    assert len([text for text in forms_of("fr") if NARROW in text]) > 10


@pytest.mark.parametrize("wrong", ["« x\u00a0»", "ici :", "Pardon\u00a0?", "ici\u202f: x", "Non ;"])
def test_a_french_mark_with_another_space_is_found(wrong: str) -> None:
    assert FRENCH_MARK.search(wrong)


def test_arabic_speaks_to_women_and_men() -> None:
    assert [text for text in forms_of("ar") if TO_A_MAN.search(text)] == []
    assert TO_A_MAN.search("إن لم تجدها، فاطلب رسالة")


def test_a_colon_after_a_word_is_the_translators() -> None:
    sources = [*ROOT.glob("templates/web/*.html"), *ROOT.glob("templates/email/**/*")]
    assert [
        f"{path.name}: {line}"
        for path in sources
        if path.is_file() and path.suffix != ".css" and path.parent.name != "mailbox"
        for line in IN_A_MESSAGE.sub("", path.read_text()).splitlines()
        if COLON_OUTSIDE.search(line)
    ] == []
    assert COLON_OUTSIDE.search("{{ story.kicker }}: {{ story.headline }}")


@pytest.mark.parametrize(("language", "forms"), [("ar", 6), ("de", 2), ("es", 2), ("fr", 2)])
def test_every_plural_form_of_a_language_is_written(language: str, forms: int) -> None:
    catalogue = merging.read(LOCALE, language)
    plurals = [message for message in messages(catalogue) if message.pluralizable]
    assert len(plurals) >= 5
    for message in plurals:
        assert len(texts(message)) == forms
        assert all(texts(message)), message.id


@pytest.mark.parametrize(
    ("language", "number", "shown"),
    [
        ("ar", 1, "لساعة واحدة"),
        ("ar", 2, "لساعتين"),
        ("ar", 3, "3 ساعات"),
        ("ar", 72, "72 ساعة"),
        ("fr", 0, "0 heure."),
        ("de", 72, "72 Stunden"),
        ("es", 1, "1 hora."),
    ],
)
def test_django_chooses_the_form_that_the_language_asks_for(
    language: str, number: int, shown: str
) -> None:
    with translation.override(language):
        text = ngettext(
            "The link works for %(hours)d hour.", "The link works for %(hours)d hours.", number
        )
    assert shown in text % {"hours": number}


def test_messages_are_found_in_templates_with_plurals_contexts_and_variables() -> None:
    template = """{% load i18n %}{{ _("In a filter") }} _( not a call
    {% translate "May" context "month" %}
    {% blocktranslate count n=n trimmed %}
      {{ n }} day
    {% plural %}
      {{ n }} days
    {% endblocktranslate %}{% comment %}{% translate "Gone" %}{% endcomment %}"""
    assert list(in_template(template, origin="here")) == [
        ("In a filter", None),
        ("May", "month"),
        (("%(n)s day", "%(n)s days"), None),
    ]


def test_a_half_translated_plural_is_not_compiled() -> None:
    """gettext would give readers its empty form."""
    catalogue = Catalog(locale="de")
    catalogue.add(("%(n)s day", "%(n)s days"), ("%(n)s Tag", ""), flags=["python-format"])
    catalogue.add("Fuzzy", "Ungefähr", flags=["fuzzy"])
    assert merging.compiled(catalogue) == merging.compiled(Catalog(locale="de"))


@pytest.mark.parametrize("language", TRANSLATED)
def test_make_messages_changes_nothing_that_is_committed(
    language: str, tmp_path: Path, sources: Catalog
) -> None:
    committed = (merging.folder_of(LOCALE, language) / merging.PO).read_bytes()
    folder = merging.folder_of(tmp_path, language)
    folder.mkdir(parents=True)
    (folder / merging.PO).write_bytes(committed)
    for _again in range(2):
        merging.merge(tmp_path, language, sources)
        assert (folder / merging.PO).read_bytes() == committed, ADVICE


def test_a_changed_message_is_a_new_one_and_the_old_one_goes(tmp_path: Path) -> None:
    translated, found = Catalog(locale="de"), Catalog()
    translated.add("Send the letter again", "E-Mail noch einmal senden")
    found.add("Send the email again", locations=[("templates/web/subscribed.html", 1)])
    folder = merging.folder_of(tmp_path, "de")
    folder.mkdir(parents=True)
    (folder / merging.PO).write_bytes(merging.written(translated))
    (message,) = messages(merging.merge(tmp_path, "de", found))
    assert (message.id, message.string, message.fuzzy) == ("Send the email again", None, False)
    assert "letter" not in (folder / merging.PO).read_text()


def test_only_what_readers_read_is_in_a_catalogue(sources: Catalog) -> None:
    found = {source for message in messages(sources) for source, _line in message.locations}
    assert found == {source for source in found if is_for_readers(source)}
    assert "templates/web/newsletters.html" in found
