"""Text that a service would take for syntax of its own, written so that it stays what it is.

In HTML by an entity, in plain text by a word joiner, which nobody sees.
"""

import re
from functools import lru_cache

from subscriptions.mailing.service import Service

WORD_JOINER = "\u2060"
_STYLES = re.compile(r"(<style\b.*?</style>)", re.DOTALL | re.IGNORECASE)


def literal_html(service: Service, html: str) -> str:
    """The same page to a reader's eyes, without a word that the service would act on."""
    syntax = _syntax_of(service.syntax)
    if syntax is None or not syntax.search(html):
        return html
    return "".join(
        # A style sheet knows no entities; there a blank does.
        syntax.sub(r"\1 ", part) if place % 2 else syntax.sub(_entity, part)
        for place, part in enumerate(_STYLES.split(html))
    )


def literal_text(service: Service, text: str) -> str:
    syntax = _syntax_of(service.syntax)
    return text if syntax is None else syntax.sub(rf"\1{WORD_JOINER}", text)


def literal_header(service: Service, value: str) -> str:
    """Make a header's value literal with a blank: some headers must stay ASCII."""
    syntax = _syntax_of(service.syntax)
    return value if syntax is None else syntax.sub(r"\1 ", value)


@lru_cache
def _syntax_of(words: tuple[str, ...]) -> re.Pattern[str] | None:
    # Looking ahead finds all three of {{{, where taking them in pairs would leave a new pair.
    return re.compile(f"(?={'|'.join(map(re.escape, words))})(.)", re.IGNORECASE) if words else None


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[1])};"
