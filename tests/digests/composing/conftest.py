from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from django.contrib.auth.models import User

from digests.drafts.editing import Editor
from digests.models import Digest, Item, Section
from tests.builders import NOON, Press
from tests.staff import member

Desk = Callable[..., Editor]


@pytest.fixture
def digest(press: Press) -> Digest:
    """“Today” with A, B, C and “Briefs” with D."""
    digest = press.digest(press.newsletter())
    press.carry(digest, *(press.article(name) for name in "ABC"))
    briefs = Section.objects.create(digest=digest, heading="Briefs", slots=3, position=1)
    Item.objects.create(section=briefs, article=press.article("D"))
    return digest


@pytest.fixture
def anna(db: None) -> User:
    return member("curator", "anna")


@pytest.fixture
def ben(db: None) -> User:
    return member("curator", "ben")


@pytest.fixture
def at() -> Desk:
    """An editor at work; two minutes lie between one change and the next, unless said otherwise."""
    minutes = count(0, 2)

    def editor(user: User | None, seen: int | None = None, *, seconds: int | None = None) -> Editor:
        later = timedelta(minutes=next(minutes)) if seconds is None else timedelta(seconds=seconds)
        return Editor(user, NOON + later, seen)

    return editor


def order(digest: Digest) -> list[str]:
    return [
        " ".join(item.shown_headline for item in section.items.select_related("article"))
        for section in digest.sections.all()
    ]


def item(digest: Digest, headline: str) -> Item:
    return Item.objects.get(section__digest=digest, article__headline=headline)


def section(digest: Digest, heading: str) -> Section:
    return digest.sections.get(heading=heading)
