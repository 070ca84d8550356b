"""Checks of what a source has changed since a story was picked: does the digest still say what is right?"""

from collections.abc import Iterator, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests.preflight.finding import Finding, Place, warning
from digests.preflight.material import Material, Story

# Staff hear of these also of a digest that is approved: readers would get what its source has taken back.
AFTER_APPROVAL = frozenset({"headline", "summary", "picture", "corrected_words"})
_STALE: Mapping[str, str | Promise] = {
    "subject": gettext_lazy(
        "The subject was written before a source corrected its story. Read it again."
    ),
    "preheader": gettext_lazy(
        "The preheader was written before a source corrected its story. Read it again."
    ),
}


def changed(material: Material) -> Iterator[Finding]:
    """The source wrote another headline or summary, or shows another picture, since the story was picked."""
    for story in material.stories:
        if _has_new_headline(story):
            text = _("Its source has changed the headline “%(was)s” to “%(now)s”.")
            said = {
                "was": _approved_headline(story) or story.seen_headline,
                "now": story.article_headline,
            }
            yield _finding("headline", text % said, story, material, story.article_headline)
        if story.has_new_summary and not _is_approved_with_it(story):
            text = _("Its source has changed the summary of “%(story)s”.")
            said = {"story": story.headline}
            yield _finding("summary", text % said, story, material, "")
        if story.has_new_picture:
            text = _("Its source shows another picture with “%(story)s”.")
            yield _finding("picture", text % {"story": story.headline}, story, material, "")


def _approved_headline(story: Story) -> str:
    return story.approved_words[0] if story.approved_words else ""


def _is_approved_with_it(story: Story) -> bool:
    return story.approved_words is not None and story.approved_words[1] == story.article_summary


def _has_new_headline(story: Story) -> bool:
    """What was corrected before the approval, and is approved with the new words, is no news."""
    if not story.seen_headline or story.seen_headline == story.article_headline:
        return False
    return _approved_headline(story) != story.article_headline


def kept(material: Material) -> Iterator[Finding]:
    """An editor's words against the source's: somebody should know of it."""
    for story in material.stories:
        if story.is_kept:
            text = _("“%(story)s” stands as it was before its source corrected it.")
            text %= {"story": story.headline}
            yield warning(
                "kept",
                text,
                Place.STORIES,
                story.target,
                about=f"{story.url} {story.article_headline}",
            )


def words(material: Material) -> Iterator[Finding]:
    """Warn of a subject or preheader that a person wrote and that may still say what was corrected."""
    corrected = " ".join(story.article_headline for story in material.stories)
    for name in material.corrected_words:
        text = str(_STALE[name])
        if material.is_approved:
            text = f"{text} {_gets(getattr(material, name))}"
        yield warning("corrected_words", text, Place.DIGEST, about=f"{name} {corrected}")


def _finding(check: str, text: str, story: Story, material: Material, about: str) -> Finding:
    if material.is_approved and check == "headline":
        text = f"{text} {_gets(_approved_headline(story) or story.own_headline or story.seen_headline)}"
    elif material.is_approved:
        text = f"{text} {_('Readers get it as it was approved.')}"
    return warning(check, text, Place.STORIES, story.target, about=f"{story.url} {check} {about}")


def _gets(words: str) -> str:
    return _("As it was approved, readers get “%(words)s”.") % {"words": words}
