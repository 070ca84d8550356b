"""Which engine fills the templates of mails, and in which language.

Mails have engines of their own, apart from web pages: one that escapes for HTML, and one for
text that must not (an "&amp;" in a plain text is a fault that every reader sees).
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from django.template import Context, Engine
from django.utils import translation

MAIL_TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "email"
# A private-use character, so that no article can bring the mark along; see cleaning.py.
_MISSING = "\ue0ff"

Escaping = Literal["html", "text"]


class MissingNameError(LookupError):
    """A template asks for a name that it was not given."""


def render_template(
    name: str, context: Mapping[str, object], *, language: str, escaping: Escaping
) -> str:
    """The filled template. A misspelt name is an error: readers must not get an empty place."""
    template = _engine(escaping).get_template(name)
    with translation.override(language):
        # Numbers and dates are formatted by us, in the newsletter's language.
        text = template.render(Context(dict(context), autoescape=escaping == "html", use_tz=False))
    if _MISSING in text:
        missing = text.split(_MISSING)[1]
        raise MissingNameError(f"{name} asks for “{missing}”, which it was not given")
    return str(text)


@cache
def _engine(escaping: Escaping) -> Engine:
    return Engine(
        dirs=[str(MAIL_TEMPLATES)],
        autoescape=escaping == "html",
        builtins=["django.templatetags.i18n", "subscriptions.templatetags.isolating"],
        string_if_invalid=f"{_MISSING}%s{_MISSING}",
    )
