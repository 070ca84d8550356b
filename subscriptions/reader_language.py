"""In which language a page speaks to its reader, and how a choice goes from page to page without a cookie."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import get_language_info, get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

PARAMETER = "lang"
# In the request's environment, where no header of a client can come.
OWN = "newsroom.reader_language"
# What of an address's query a page's other languages keep; a page repeats nothing that a stranger put into its link.
KEPT = ("newsletter", "page", "asked")


@dataclass(frozen=True, slots=True)
class Offer:
    """A language in the switch at the foot of a page; `name` in its own words."""

    code: str
    name: str
    query: str


def chosen(request: HttpRequest) -> str:
    """What the reader chose at the foot of a page; empty where nothing that we speak was chosen."""
    return _supported(request.GET.get(PARAMETER, ""))


def accepted(request: HttpRequest) -> str:
    """The first of the browser's languages that we speak; empty where there is none (RFC 9110, 12.5.4)."""
    return _first_supported(parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")))


def speak(request: HttpRequest, language: str) -> None:
    """Speak from now on in the reader's own language, or that of what is read, unless another was chosen.

    Empty or one that we do not speak: nothing changes. The middleware ends it with the request.
    """
    request.META[OWN] = _supported(language)
    translation.activate(language_of(request))


def language_of(request: HttpRequest, *, fallback: str = "") -> str:
    """What was chosen, else what speak() was told, else the browser's, else `fallback`."""
    return (
        chosen(request)
        or request.META.get(OWN, "")
        or accepted(request)
        or _supported(fallback)
        or settings.LANGUAGE_CODE
    )


def is_guessed(request: HttpRequest) -> bool:
    """Was the language guessed from what the browser sends? Caches must keep such a page by language."""
    return not request.META.get(OWN)


def query_of(request: HttpRequest) -> str:
    """What a link needs at its end so that a choice stays: "?lang=de", or nothing."""
    code = chosen(request)
    return f"?{PARAMETER}={code}" if code else ""


def offers(request: HttpRequest) -> Iterator[Offer]:
    """The same page in each language."""
    kept = [(name, value) for name in KEPT for value in request.GET.getlist(name)]
    for code, _english in settings.LANGUAGES:
        name: str = get_language_info(code)["name_local"]
        query = urlencode([*kept, (PARAMETER, code)])
        yield Offer(code, name[:1].upper() + name[1:], f"?{query}")


@lru_cache(maxsize=1_000)  # browsers send few different ones, and a sign-up asks several times
def _first_supported(wanted: tuple[tuple[str, float], ...]) -> str:
    codes = (code for code, _weight in wanted if code != "*")
    return next((code for one in codes if (code := _supported(one))), "")


def _supported(code: str) -> str:
    """ "de" for "de-AT"; empty for what we do not speak."""
    if not code:
        return ""
    try:
        return get_supported_language_variant(code)
    except LookupError:
        return ""
