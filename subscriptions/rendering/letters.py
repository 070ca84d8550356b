"""How a letter, a single mail, becomes a subject, an HTML page and a plain text.

A letter is stored as its kind and a mapping that JSON can hold; the dataclasses below say what
each kind needs. Letters carry no text that a visitor typed: whoever signs up a stranger's address
must not be able to write to that stranger.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils import translation
from django.utils.translation import gettext, ngettext

from subscriptions.rendering.cleaning import (
    RefusedLinkError,
    clean,
    clean_lines,
    clean_optional_link,
)
from subscriptions.rendering.isolating import isolated
from subscriptions.rendering.link_validity import works_for
from subscriptions.rendering.looks import PAPER
from subscriptions.rendering.mjml import compile_mjml
from subscriptions.rendering.plain_text import set_text
from subscriptions.rendering.rendered import Rendered
from subscriptions.rendering.setting import Direction, setting
from subscriptions.rendering.templates import render_template

logger = logging.getLogger(__name__)

LetterKind = Literal["confirmation", "reminder", "welcome", "alert", "notice"]


class BadLetterError(ValueError):
    """A letter of an unknown kind, or without what its kind needs."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, in which colour (#rrggbb), language and direction."""

    publisher: str
    colour: str
    postal_address: str
    privacy_url: str  # empty: none yet; an alert must not fail for that
    language: str
    direction: Direction = "ltr"


@dataclass(frozen=True, slots=True)
class Action:
    label: str
    url: str  # empty: no button


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The email to an address that was signed up: is it you?"""

    newsletters: Sequence[str]
    confirm_url: str
    not_me_url: str
    valid_hours: int = 72

    def __post_init__(self) -> None:
        if isinstance(self.newsletters, str) or not self.newsletters:
            raise BadLetterError("A confirmation names at least one newsletter, in a list")
        if not self.confirm_url or not self.not_me_url:
            raise BadLetterError("A confirmation needs links to confirm and to say “not me” with")

    def subject(self) -> str:
        count = len(self.newsletters)
        return ngettext(
            "Confirm your sign-up: %(newsletter)s",
            "Confirm your sign-up to %(count)d newsletters",
            count,
        ) % {"newsletter": _named(self.newsletters[0]), "count": count}

    def action(self) -> Action:
        return Action(gettext("Confirm my sign-up"), self.confirm_url)

    def words(self) -> dict[str, object]:
        newsletters = tuple(clean(name) for name in self.newsletters)
        return {
            "newsletters": newsletters,
            "validity": works_for(self.valid_hours),
            "not_me_url": clean_optional_link(self.not_me_url, owner="“not me”"),
        }


class Reminder(Confirmation):
    """The same, once more, to who has not answered."""

    def subject(self) -> str:
        count = len(self.newsletters)
        return ngettext(
            "Reminder: please confirm %(newsletter)s",
            "Reminder: please confirm your %(count)d newsletters",
            count,
        ) % {"newsletter": _named(self.newsletters[0]), "count": count}


@dataclass(frozen=True, slots=True)
class Welcome:
    """The email to a new reader of one newsletter. `text` is the publisher's; empty lines part its paragraphs."""

    newsletter: str
    leave_url: str
    frequency: str = ""
    text: str = ""
    latest_subject: str = ""
    latest_url: str = ""  # empty: nothing has been sent yet

    def subject(self) -> str:
        return gettext("Welcome to %(newsletter)s") % {"newsletter": _named(self.newsletter)}

    def action(self) -> Action:
        return Action(gettext("Read the latest edition"), self.latest_url)

    def words(self) -> dict[str, object]:
        paragraphs = self.text.replace("\r\n", "\n").split("\n\n")
        return {
            "newsletter": clean(self.newsletter),
            "frequency": clean(self.frequency),
            "paragraphs": tuple(text for text in map(clean, paragraphs) if text),
            "latest_subject": clean(self.latest_subject),
            "leave_url": clean_optional_link(self.leave_url, owner="leaving"),
        }


@dataclass(frozen=True, slots=True)
class Alert:
    """The email to staff: something wants a person."""

    title: str
    lines: Sequence[str]
    url: str = ""
    link_text: str = ""

    def subject(self) -> str:
        return clean(self.title)

    def action(self) -> Action:
        return Action(clean(self.link_text) or gettext("Open the newsroom"), self.url)

    def words(self) -> dict[str, object]:
        return {"title": clean(self.title), "lines": tuple(clean(line) for line in self.lines)}


@dataclass(frozen=True, slots=True)
class Notice:
    """The email to a reader about what they, or somebody in their name, asked for.

    Its words are in the reader's language already.
    """

    title: str
    lines: Sequence[str]
    closing: Sequence[str]  # how long it holds, and what to do when it was somebody else
    url: str = ""
    label: str = ""

    def subject(self) -> str:
        return clean(self.title)

    def action(self) -> Action:
        return Action(clean(self.label), self.url)

    def words(self) -> dict[str, object]:
        return {
            "title": clean(self.title),
            "lines": tuple(clean(line) for line in self.lines),
            "closing": tuple(clean(line) for line in self.closing),
        }


def _named(newsletter: str) -> str:
    return isolated(clean(newsletter), translation.get_language() or "en")


Words = Confirmation | Reminder | Welcome | Alert | Notice
_KINDS: Mapping[str, type[Words]] = {
    "confirmation": Confirmation,
    "reminder": Reminder,
    "welcome": Welcome,
    "alert": Alert,
    "notice": Notice,
}


def render_letter(kind: LetterKind, context: Mapping[str, object]) -> Rendered:
    """The finished letter; `context` holds the fields of its kind and "letterhead", a mapping.

    Raises BadLetterError, or RefusedLinkError for a link that is not http(s).
    """
    letter, letterhead = _letter(kind, context), _letterhead(context)
    language = letterhead.language
    with translation.override(language):
        subject, action, words = letter.subject(), _checked(letter.action()), letter.words()
    page = {
        "subject": subject,
        "letter": words,
        "letterhead": _cleaned(letterhead),
        "action": action,
        **setting(
            PAPER, colour=letterhead.colour, language=language, direction=letterhead.direction
        ),
    }
    source = render_template(f"letters/{kind}.mjml", page, language=language, escaping="html")
    text = render_template(f"letters/{kind}.txt", page, language=language, escaping="text")
    return Rendered(subject, preheader="", html=compile_mjml(source), text=set_text(text))


def _letter(kind: str, context: Mapping[str, object]) -> Words:
    if kind not in _KINDS:
        raise BadLetterError(f"There is no letter of the kind {kind!r}")
    fields = {name: value for name, value in context.items() if name != "letterhead"}
    try:
        return _KINDS[kind](**fields)  # type: ignore[arg-type]  # JSON; a wrong name is caught
    except TypeError as error:
        raise BadLetterError(f"The letter “{kind}” cannot be written: {error}") from error


def _letterhead(context: Mapping[str, object]) -> Letterhead:
    head = context.get("letterhead")
    if not isinstance(head, Mapping):
        raise BadLetterError("A letter needs a letterhead")
    try:
        return Letterhead(**head)
    except TypeError as error:
        raise BadLetterError(f"The letterhead is not complete: {error}") from error


def _cleaned(letterhead: Letterhead) -> dict[str, str]:
    return {
        "publisher": clean(letterhead.publisher),
        "postal_address": clean_lines(letterhead.postal_address),
        "privacy_url": _privacy_link(letterhead.privacy_url),
        "language": letterhead.language,
        "direction": letterhead.direction,
    }


def _privacy_link(url: str) -> str:
    """Empty for one that cannot be a link: a confirmation without it is better than none."""
    try:
        return clean_optional_link(url, owner="the privacy page")
    except RefusedLinkError as error:
        logger.warning("Letters go out without the link to the privacy page. %s", error)
        return ""


def _checked(action: Action) -> Action:
    return Action(
        action.label, clean_optional_link(action.url, owner=f"the button “{action.label}”")
    )
