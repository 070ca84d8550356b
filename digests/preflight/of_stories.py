"""Checks of the stories: may each of them go out, and is it what the editor picked?"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from digests.preflight.finding import Finding, Place, blocking, warning
from digests.preflight.material import Answer, Material, Story
from subscriptions.local_times import in_zone

GONE = (404, 410)
# A site that is brought up to date may not find its own pages for minutes: that must not hold a morning.
SURE_AFTER = timedelta(minutes=20)
# So many pages of one site, and all that the digest has of it, do not go at once: the site is in trouble.
WHOLE_SITE = 3
LONGEST_HEADLINE = 110
LONGEST_BLURB = 600
# The page is there, and its server lets no robot in: that tells nothing of readers.
SHY = (401, 403, 405, 429)


def any_story(material: Material) -> Iterator[Finding]:
    if not material.story_count and not material.is_correction:
        yield blocking("no_story", _("The digest has no stories yet."), Place.STORIES)


def urgent(material: Material) -> Iterator[Finding]:
    """A news alert is for those who do not have its story, so it must be that one, and no other."""
    if material.urgent_story is None or not material.story_count:
        return
    stands = [story.article_id for story in material.stories]
    if stands != [material.urgent_story] or material.story_count != 1:
        text = _("A news alert carries the one story that it was made for. Remove any other.")
        yield blocking("not_urgent", text, Place.STORIES)


def retracted(material: Material) -> Iterator[Finding]:
    for story in material.stories:
        if story.is_retracted:
            text = _("“%(story)s” has been retracted. Remove it.")
            yield blocking("retracted", *_spot(text, story), about=story.url)


def gone(material: Material) -> Iterator[Finding]:
    """A story whose page is not there: to be sure, its address is visited again and again for a while."""
    troubled = _troubled_sites(material.stories)
    for story in material.stories:
        answer = story.answer
        if answer is None or answer.status not in GONE:
            continue
        minutes = round(SURE_AFTER.total_seconds() / 60)
        if _site(story) in troubled:
            text = _(
                "The page of “%(story)s” is not found, nor is any other page of %(site)s: the site itself may be down."
            )
            spot = _spot(text, story, site=_site(story))
            yield warning("site_gone", *spot, about=story.name)
        elif _is_sure(answer):
            text = _("The page of “%(story)s” is gone (%(status)s). Remove it.")
            yield blocking("gone", *_spot(text, story, status=answer.status), about=story.name)
        else:
            text = _(
                "The page of “%(story)s” was not found just now. After %(minutes)s minutes of that it must go."
            )
            yield warning("gone_once", *_spot(text, story, minutes=minutes), about=story.name)


def unreachable(material: Material) -> Iterator[Finding]:
    for story in material.stories:
        if story.answer is not None and (problem := trouble(story.answer)):
            text = _("The page of “%(story)s” could not be opened. %(problem)s")
            spot = _spot(text, story, problem=problem)
            yield warning("unreachable", *spot, about=f"{story.url} {problem}")


def embargoed(material: Material) -> Iterator[Finding]:
    """A story that is not public yet when the digest goes out."""
    for story in material.stories:
        if story.published_at is not None and story.published_at > material.goes_out_at:
            text = _("“%(story)s” is under embargo until %(time)s, after the digest goes out.")
            spot = _spot(text, story, time=in_zone(story.published_at, material.zone))
            yield blocking("embargo", *spot, about=f"{story.url} {story.published_at}")


def carried(material: Material) -> Iterator[Finding]:
    for story in material.stories:
        if story.carried_on:
            text = _("“%(story)s” is in the digest of %(day)s, too.")
            spot = _spot(text, story, day=story.carried_on)
            yield warning("carried", *spot, about=f"{story.url} {story.carried_on}")


def twice(material: Material) -> Iterator[Finding]:
    """The same story, or the same headline, more than once in this digest."""
    seen: defaultdict[str, list[Story]] = defaultdict(list)
    for story in material.stories:
        seen[story.headline.casefold()].append(story)
    by_address = {story.url: story for story in reversed(material.stories)}
    for story in material.stories:
        first = seen[story.headline.casefold()][0]
        if first is not story or (story.url and by_address[story.url] is not story):
            text = _("“%(story)s” stands in this digest twice.")
            yield warning("twice", *_spot(text, story), about=f"{story.name} {story.section}")


def empty_sections(material: Material) -> Iterator[Finding]:
    for name in material.empty_sections:
        text = _("The section “%(section)s” is empty: it is left out.") % {"section": name}
        yield warning("empty_section", text, Place.STORIES, about=name)


def described(material: Material) -> Iterator[Finding]:
    for story in material.stories:
        if story.has_picture and not story.alt.strip():
            text = _("The picture of “%(story)s” has no description for those who do not see it.")
            yield warning("alt", *_spot(text, story), about=story.name)


def long_words(material: Material) -> Iterator[Finding]:
    """What an editor wrote, over a story or of their own; sources are cut when they are read."""
    headline = _("The headline “%(story)s” has %(length)s characters: over %(most)s fill a phone.")
    blurb = _("The text of “%(story)s” has %(length)s characters: over %(most)s few read it all.")
    for story in material.stories:
        for words, most, text in (
            (story.own_headline, LONGEST_HEADLINE, headline),
            (story.own_blurb, LONGEST_BLURB, blurb),
        ):
            if len(words) > most:
                spot = _spot(text, story, length=len(words), most=most)
                yield warning("long_words", *spot, about=f"{story.name} {most} {len(words)}")


def trouble(answer: Answer) -> str:
    """Why a page could not be opened; empty when it could, or when it is known to be gone."""
    status = answer.status
    if status is not None and (status < 400 or status in GONE or status in SHY):
        return ""
    return answer.error


def _is_sure(answer: Answer) -> bool:
    since = answer.gone_since
    return since is not None and answer.checked_at - since >= SURE_AFTER


def _site(story: Story) -> str:
    return urlsplit(story.url).hostname or ""


def _troubled_sites(stories: Sequence[Story]) -> set[str]:
    """Those of which no page is found, where the digest has enough of them to tell."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for site, url, answer in {(_site(story), story.url, story.answer) for story in stories}:
        if url:
            found[site].append(answer is not None and answer.status in GONE)
    return {site for site, gone in found.items() if len(gone) >= WHOLE_SITE and all(gone)}


def _spot(text: str, story: Story, **values: object) -> tuple[str, Literal[Place.STORIES], str]:
    return text % {"story": story.headline, **values}, Place.STORIES, story.target
