"""Every letter as its reader gets it, in a language of readers; and what staff get."""

from collections.abc import Iterator, Mapping

from django.utils import translation

from subscriptions.languages import direction_of
from subscriptions.readers import preference_letters
from subscriptions.rendering.letters import LetterKind, render_letter
from tools.pictures.samples import SITE

_OURS = "https://news.example.org"
_NAMES = {"ar": ("نشرة الميناء", "أخبار سارّة")}
_CONFIRMATION = {
    "newsletters": ("Morning Briefing", "Good News"),
    "confirm_url": f"{_OURS}/confirm/c2FtcGxl-MTIzNDU2Nzg5MDEyMzQ1Njc4OTA/",
    "not_me_url": f"{_OURS}/not-me/c2FtcGxl-MTIzNDU2Nzg5MDEyMzQ1Njc4OTA/",
}
_WELCOME = {
    "newsletter": "Good News",
    "frequency": "Every Friday at 4 pm",
    "text": "Nice to have you here.\n\nEvery Friday we write about people who mend things. Answer any of "
    "these mails: a person reads them all.",
    "latest_subject": "The school that grows its own lunch",
    "latest_url": f"{_OURS}/archive/good-news/2026-11-20/",
    "leave_url": f"{_OURS}/unsubscribe/c2FtcGxl/",
}
_ALERTS: Mapping[str, Mapping[str, object]] = {
    "alert": {
        "title": "Morning Briefing of 23 November is held",
        "lines": (
            "Only two stories were found and the section “The day ahead” wants at least four.",
            "It would have gone out at 06:00 Europe/London. Nothing has been sent.",
        ),
        "url": f"{_OURS}/admin/",
        "link_text": "Open the digest",
    },
    "alert-seed": {
        "title": "Morning Briefing, Monday 23 November: look at it now",
        "lines": (
            "You are one of its seeds: it comes to you first.",
            "Everybody else gets it at 06:10 Europe/London.",
            "If all is well, do nothing.",
        ),
        "url": f"{_OURS}/stop/c2FtcGxl/",
        "link_text": "Stop it",
    },
}


def letters(language: str) -> Iterator[tuple[str, str]]:
    """Names and HTML."""
    written: list[tuple[str, LetterKind, Mapping[str, object]]] = [
        ("confirmation", "confirmation", _CONFIRMATION | _named(language)),
        ("confirmation-of-one", "confirmation", _CONFIRMATION | _named(language, most=1)),
        ("reminder", "reminder", _CONFIRMATION | _named(language)),
        ("welcome", "welcome", _WELCOME),
        ("welcome-without-words", "welcome", _WELCOME | {"text": "", "latest_url": ""}),
    ]
    with translation.override(language):
        written += [
            ("settings-link", "notice", preference_letters.opening(f"{_OURS}/settings/c2FtcGxl/")),
            (
                "address-old",
                "notice",
                preference_letters.moving_from("r•••@example.net", f"{_OURS}/move/c2FtcGxl/"),
            ),
            ("address-new", "notice", preference_letters.moving_to(f"{_OURS}/move/c2FtcGxl/")),
            ("address-done", "notice", preference_letters.moved()),
        ]
    for name, kind, context in written:
        yield name, _html(kind, context, language)


def alerts() -> Iterator[tuple[str, str]]:
    """The same for staff."""
    for name, context in _ALERTS.items():
        yield name, _html("alert", context, "en")


def _named(language: str, *, most: int = 2) -> dict[str, object]:
    return {"newsletters": _NAMES.get(language, _CONFIRMATION["newsletters"])[:most]}


def _html(kind: LetterKind, context: Mapping[str, object], language: str) -> str:
    letterhead = {
        "publisher": "The Harbour Courier",
        "colour": "#0b5c8a",
        "postal_address": "12 Quay Street, Port Ellery PE1 4QX",
        "privacy_url": f"{SITE}privacy",
        "language": language,
        "direction": direction_of(language),
    }
    return render_letter(kind, {**context, "letterhead": letterhead}).html
