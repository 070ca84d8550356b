"""How a catalogue takes in what the sources say now, and is compiled."""

from copy import deepcopy
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

# Equal catalogues compile to equal bytes: the tests compare them.
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
PO, MO = "django.po", "django.mo"


def is_ready(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(texts) and not message.fuzzy


def folder_of(locale: Path, language: str) -> Path:
    return locale / language / "LC_MESSAGES"


def read(locale: Path, language: str) -> Catalog:
    """An empty one where there is none yet."""
    path = folder_of(locale, language) / PO
    if not path.exists():
        return Catalog(locale=language, project="Newsroom", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def merge(locale: Path, language: str, found: Catalog) -> Catalog:
    """Translations stay. A changed message is a new one: a guess from one that looks alike would have to be undone."""
    catalogue = read(locale, language)
    # A copy: what a catalogue takes in it may change, and the next language must not see that.
    catalogue.update(deepcopy(found), no_fuzzy_matching=True, update_creation_date=False)
    folder = folder_of(locale, language)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PO).write_bytes(written(catalogue))
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """Write the catalogue without line numbers and dates.

    A change of one message is then a change of one message in the file.
    """
    out = BytesIO()
    write_po(
        out, catalogue, width=100, include_lineno=False, ignore_obsolete=True, omit_header=True
    )
    return _header(catalogue).encode() + out.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """What is fuzzy or has not all its plural forms is left out: a reader sees English rather than a guess or a gap."""
    ready = Catalog(
        locale=catalogue.locale,
        charset="utf-8",
        creation_date=UNDATED,
        revision_date=UNDATED,
    )
    for message in catalogue:
        if message.id and is_ready(message):
            ready[message.id] = message
    out = BytesIO()
    write_mo(out, ready)
    return out.getvalue()


def compile_into(locale: Path, language: str) -> None:
    (folder_of(locale, language) / MO).write_bytes(compiled(read(locale, language)))


def _header(catalogue: Catalog) -> str:
    return (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalogue.locale_identifier}\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
