"""Checks of the words around the stories: subject, preheader, and what an editor wrote."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from digests.preflight.finding import Finding, Place, blocking, warning
from digests.preflight.material import Material, Story

# Mail programs on a desk cut a subject at 60 to 70 characters; phones show about 45.
LONGEST_SUBJECT = 70
SHORTEST_SUBJECT = 8
MOST_CAPITALS = 0.6
# Placeholders as mail services and template languages write them; ours never reach the words of a digest.
PLACEHOLDER = re.compile(
    r"\{\{.{0,200}?\}\}|\{%.{0,200}?%\}|\*\|\w+\|\*|%recipient\.\w+%|\[\[\w+\]\]|\{(?:newsletter|date|lead|slug|slot)\}",
    re.DOTALL,
)
# What filters have counted against a subject for decades, and no headline needs.
SPAM_WORDS = (
    "100% free", "act now", "buy now", "cash bonus", "click here", "double your", "earn money",
    "extra income", "free gift", "limited time", "lose weight", "make money", "no obligation", "order now",
    "risk-free", "special offer", "viagra", "you have been selected", "$$$", "!!!",
)  # fmt: skip
# A web address where people read words: anywhere with its scheme, and without one where nothing stands beside it.
_ADDRESS = re.compile(
    r"https?://\S+|^\s*(?:www\.\S+\.\S+|[\w-]+(?:\.[\w-]+)+/\S*)\s*$", re.IGNORECASE
)
_SPAM = re.compile(
    "|".join(
        rf"\b{re.escape(words)}\b" if words[0].isalnum() else re.escape(words)
        for words in SPAM_WORDS
    ),
    re.IGNORECASE,
)


def any_subject(material: Material) -> Iterator[Finding]:
    if not material.subject.strip():
        yield blocking("no_subject", _("The subject is missing."), target="subject")


def subject_length(material: Material) -> Iterator[Finding]:
    length = len(material.subject.strip())
    if length > LONGEST_SUBJECT:
        text = _("The subject has %(length)s characters; most readers see the first %(seen)s.")
        values = {"length": length, "seen": LONGEST_SUBJECT}
        yield warning("long_subject", text % values, target="subject", about=material.subject)
    elif 0 < length < SHORTEST_SUBJECT:
        text = _("The subject says very little: “%(subject)s”.") % {"subject": material.subject}
        yield warning("short_subject", text, target="subject", about=material.subject)


def capitals(material: Material) -> Iterator[Finding]:
    letters = [letter for letter in material.subject if letter.isalpha()]
    capital = sum(letter.isupper() for letter in letters)
    if len(letters) >= SHORTEST_SUBJECT and capital / len(letters) > MOST_CAPITALS:
        text = _("The subject is written in capitals, as spam is.")
        yield warning("capitals", text, target="subject", about=material.subject)


def any_preheader(material: Material) -> Iterator[Finding]:
    if not material.preheader.strip():
        text = _("The preheader is missing: email apps show the first words of the email instead.")
        yield warning("no_preheader", text, target="preheader")


def spam_words(material: Material) -> Iterator[Finding]:
    for name, words in (("subject", material.subject), ("preheader", material.preheader)):
        for found in sorted({match.lower() for match in _SPAM.findall(words)}):
            text = _("“%(words)s” in the %(field)s is what filters take for spam.")
            values = {"words": found, "field": _field(name)}
            yield warning("spam_words", text % values, target=name, about=f"{name} {found}")


def addresses(material: Material) -> Iterator[Finding]:
    """An address that was pasted where a headline belongs: readers would get it as plain text."""
    for name in ("subject", "preheader"):
        if found := _ADDRESS.search(getattr(material, name)):
            text = _(
                "“%(address)s” in the %(field)s is a web address, and no link. Say it in words."
            )
            values = {"address": found.group().strip()[:60], "field": _field(name)}
            yield warning("address", text % values, target=name, about=f"{name} {found.group()}")
    for story in material.stories:
        if _ADDRESS.search(story.headline):
            text = _("The headline “%(story)s” holds a web address. Write a headline in words.")
            if not story.url:
                text += " " + _("Its address belongs under “Link”.")
            yield _address_in(text, story)
        if _ADDRESS.fullmatch(story.own_blurb):
            yield _address_in(_("The text of “%(story)s” is nothing but a web address."), story)


def _address_in(text: str, story: Story) -> Finding:
    words = text % {"story": story.headline[:80]}
    return warning("address", words, Place.STORIES, story.target, about=f"{story.name} {text}")


def placeholders(material: Material) -> Iterator[Finding]:
    """What was to be filled in and was not. A story about templates may quote one: there it is only a warning."""
    for name in ("subject", "preheader", "intro", "outro"):
        for found in _placeholders(getattr(material, name)):
            text = _("“%(token)s” in the %(field)s would reach readers as it stands.")
            words = text % {"token": found, "field": _field(name)}
            report = blocking if name in ("subject", "preheader") else warning
            yield report("placeholder", words, target=name, about=f"{name} {found}")
    for story in material.stories:
        for found in _placeholders(story.own_words):
            text = _("“%(token)s” in “%(story)s” would reach readers as it stands.")
            words = text % {"token": found, "story": story.headline}
            about = f"{story.name} {found}"
            yield warning("placeholder", words, Place.STORIES, story.target, about=about)


def _placeholders(words: str) -> list[str]:
    return sorted({match[:60] for match in PLACEHOLDER.findall(words)})


def _field(name: str) -> str:
    return {
        "subject": _("subject"),
        "preheader": _("preheader"),
        "intro": _("intro"),
        "outro": _("outro"),
    }[name]
