"""Which messages stand in the sources. Pure Python: GNU gettext is not on every machine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from django.utils.translation.template import templatize

from tools.catalogues.scope import is_for_readers

CODE = ("digests", "newsroom", "subscriptions")
TEMPLATES = "templates"
TEMPLATE_ENDINGS = frozenset({".html", ".mjml", ".txt"})
TRANSLATOR_COMMENT = "Translators:"

# Babel's own names, and Django's that wait for the reader's language.
_LAZY = ("gettext", "ngettext", "pgettext", "npgettext")
KEYWORDS = DEFAULT_KEYWORDS | {f"{name}_lazy": DEFAULT_KEYWORDS[name] for name in _LAZY}
_CALL = re.compile(r"\b(gettext|ngettext|pgettext|npgettext|_)\(")
_LITERAL = re.compile(r"""\s*u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*,?""", re.DOTALL)

Found = tuple[str | tuple[str, str], str | None]  # the message, or singular and plural; its context


def extract(root: Path) -> Catalog:
    """A template catalogue of what readers read: everything that is marked in their code and templates below `root`."""
    catalogue = Catalog(project="Newsroom", charset="utf-8")
    for path in sorted(_sources(root)):
        source = path.relative_to(root).as_posix()
        if not is_for_readers(source):
            continue
        for message, context, comments in _messages(path):
            catalogue.add(message, locations=[(source, 1)], context=context, auto_comments=comments)
    return catalogue


def _sources(root: Path) -> Iterator[Path]:
    for folder in CODE:
        yield from (
            path for path in (root / folder).rglob("*.py") if "migrations" not in path.parts
        )
    for path in (root / TEMPLATES).rglob("*"):
        if path.suffix in TEMPLATE_ENDINGS:
            yield path


def _messages(path: Path) -> Iterator[tuple[str | tuple[str, str], str | None, list[str]]]:
    if path.suffix != ".py":
        for text, context in in_template(path.read_text(), origin=str(path)):
            yield text, context, []
        return
    found = extract_from_file(
        "python", path, KEYWORDS, [TRANSLATOR_COMMENT], strip_comment_tags=True
    )
    for _line, message, comments, context in found:
        yield message if isinstance(message, str) else (message[0], message[1]), context, comments


def in_template(text: str, *, origin: str) -> Iterator[Found]:
    """Django turns a template's tags into calls of gettext; what stands around them becomes noise without brackets."""
    calls = templatize(text, origin=origin)
    for call in _CALL.finditer(calls):
        literals = list(_literals(calls, call.end()))
        if not literals:
            continue  # a word of the noise, or a variable, which has no message
        context = literals.pop(0) if call[1] in {"pgettext", "npgettext"} else None
        plural = call[1] in {"ngettext", "npgettext"}
        yield ((literals[0], literals[1]) if plural else literals[0]), context


def _literals(text: str, start: int) -> Iterator[str]:
    while (literal := _LITERAL.match(text, start)) is not None:
        yield ast.literal_eval(literal[1])
        start = literal.end()
