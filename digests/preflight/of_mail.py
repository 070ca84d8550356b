"""Checks of the mail itself: what the law and the mailbox providers ask of it, its weight, its links."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from digests.preflight.finding import Finding, Place, blocking, warning
from digests.preflight.material import Material
from digests.preflight.of_stories import trouble
from digests.rendering.tokens import Token, tokens_in
from digests.rendering.weight import AMBER_BYTES, RED_BYTES
from digests.rendering.words import words_of
from subscriptions.rendering.cleaning import clean_lines

# A machine's own name for itself: nothing that could listen lies in between.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def live(material: Material) -> Iterator[Finding]:
    if material.not_live:
        text = _("%(newsletter)s is %(state)s.")
        values = {"newsletter": material.newsletter, "state": material.not_live.lower()}
        yield blocking("not_live", text % values, Place.NEWSLETTER)


def unsubscribe(material: Material) -> Iterator[Finding]:
    for name, body in (("HTML", material.html), ("text", material.text)):
        if Token.LEAVE_URL not in tokens_in(body):
            text = _("The %(part)s has no link to unsubscribe.") % {"part": name}
            yield blocking("unsubscribe", text, Place.NEWSLETTER, about=name)


def postal_address(material: Material) -> Iterator[Finding]:
    if not material.postal_address.strip():
        text = _("The email has no postal address. Most countries require one by law.")
        yield blocking("postal_address", text, Place.PUBLISHER, "postal_address")


def names_address(material: Material) -> Iterator[Finding]:
    """Warn if the postal address does not stand in the email.

    It may be kept with the newsletter, and yet the template may leave it out.
    """
    address = clean_lines(material.set_address)
    if not address:
        return
    for name, words in (("HTML", words_of(material.html)), ("text", material.text)):
        if _run_together(address) not in _run_together(words):
            text = _("The %(part)s does not name the postal address.") % {"part": name}
            yield blocking("names_address", text, Place.TEMPLATE, about=name)


def sendable(material: Material) -> Iterator[Finding]:
    """What would refuse every reader's message alike is found here, once, before it does."""
    if material.mail_problem:
        yield blocking("mail", material.mail_problem)


def weight(material: Material) -> Iterator[Finding]:
    values = {"size": number_format(round(material.html_bytes / 1000))}
    if material.html_bytes >= RED_BYTES:
        text = _("The HTML has %(size)s KB: Gmail cuts it off, the link to unsubscribe too.")
        yield blocking("weight", text % values, Place.STORIES)
    elif material.html_bytes >= AMBER_BYTES:
        text = _("The HTML has %(size)s KB; Gmail cuts emails off from 100 KB on.")
        yield warning("weight", text % values, Place.STORIES)


def insecure(material: Material) -> Iterator[Finding]:
    for story in material.stories:
        if _is_insecure(story.url):
            text = _("“%(story)s” leads to an address without https.") % {"story": story.headline}
            yield warning("insecure", text, Place.STORIES, story.target, about=story.url)
    for url in material.links:
        if _is_insecure(url):
            text = _("A link leads to an address without https: %(url)s") % {"url": url}
            yield warning("insecure", text, about=url)


def dead(material: Material) -> Iterator[Finding]:
    """Links in the words and at the foot; those of stories have checks of their own."""
    for url, answer in material.links.items():
        if answer is None:
            continue
        problem = trouble(answer) or (answer.error if answer.gone_times else "")
        if problem:
            text = _("A link does not work: %(url)s %(problem)s") % {"url": url, "problem": problem}
            yield warning("dead", text, about=f"{url} {problem}")


def _run_together(text: str) -> str:
    """Return the text without white space, which lines are broken at."""
    return "".join(text.split())


def _is_insecure(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in LOOPBACK
