from datetime import date

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from digests.choices import DigestState
from digests.composing.candidates import story_candidates
from digests.models import Digest, Item, Section
from tests.builders import Press
from tests.staff import signed_in


@pytest.fixture
def curator(press: Press) -> Client:
    return signed_in("curator")


@pytest.fixture
def digest(press: Press) -> Digest:
    """“Today” with A, B, C and “Briefs” with D."""
    digest = press.digest(press.newsletter())
    press.carry(digest, *(press.article(name) for name in "ABC"))
    briefs = Section.objects.create(digest=digest, heading="Briefs", slots=3, position=1)
    Item.objects.create(section=briefs, article=press.article("D"))
    return digest


def page(digest: Digest) -> str:
    return f"/admin/digests/digest/{digest.pk}/stories/"


def order(digest: Digest) -> list[str]:
    return [
        " ".join(item.shown_headline for item in section.items.select_related("article"))
        for section in digest.sections.all()
    ]


def item(digest: Digest, headline: str) -> Item:
    return Item.objects.get(section__digest=digest, article__headline=headline)


def do(client: Client, digest: Digest, **fields: object) -> str:
    response = client.post(page(digest), fields)
    assert response.status_code == 302
    return str(list(get_messages(response.wsgi_request))[-1])


@pytest.mark.parametrize(
    ("headline", "way", "expected"),
    [
        ("B", "up", ["B A C", "D"]),
        ("B", "down", ["A C B", "D"]),
        ("C", "down", ["A B", "C D"]),
        ("D", "up", ["A B C D", ""]),
    ],
)
def test_a_story_moves_one_place_and_past_the_end_of_its_section(
    curator: Client, digest: Digest, headline: str, way: str, expected: list[str]
) -> None:
    do(curator, digest, do=way, item=item(digest, headline).pk)
    assert order(digest) == expected


def test_at_the_end_of_the_digest_nothing_moves(curator: Client, digest: Digest) -> None:
    assert "at the end" in do(curator, digest, do="up", item=item(digest, "A").pk)
    assert order(digest) == ["A B C", "D"]


def test_a_story_moves_to_another_section(curator: Client, digest: Digest) -> None:
    briefs = digest.sections.get(heading="Briefs")
    do(curator, digest, do="move", item=item(digest, "A").pk, section=briefs.pk)
    assert order(digest) == ["B C", "A D"]
    assert item(digest, "A").is_locked


def test_a_story_is_removed(curator: Client, digest: Digest) -> None:
    assert do(curator, digest, do="remove", item=item(digest, "B").pk) == "“B” is removed."
    assert order(digest) == ["A C", "D"]


def test_a_story_is_added_at_the_top_once(press: Press, curator: Client, digest: Digest) -> None:
    article = press.article("E")
    today = digest.sections.get(heading="Today")
    do(curator, digest, do="add", article=article.pk, section=today.pk)
    told = do(curator, digest, do="add", article=article.pk, section=today.pk)
    assert told == "“E” is in this digest already."
    assert order(digest) == ["E A B C", "D"]


def test_words_are_overridden_and_given_back(curator: Client, digest: Digest) -> None:
    a = item(digest, "A").pk
    do(curator, digest, do="rewrite", item=a, headline="Better", kicker="Harbour", blurb="Why.")
    changed = Item.objects.get(pk=a)
    assert (changed.headline, changed.kicker, changed.blurb) == ("Better", "Harbour", "Why.")
    do(curator, digest, do="rewrite", item=a, headline="", kicker="", blurb="")
    assert Item.objects.get(pk=a).shown_headline == "A"


@pytest.mark.parametrize("words", ["two\nlines", "x" * 301])
def test_words_that_cannot_stand_are_refused(curator: Client, digest: Digest, words: str) -> None:
    a = item(digest, "A").pk
    do(curator, digest, do="rewrite", item=a, headline=words)
    assert Item.objects.get(pk=a).headline == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "up", "item": "999999"},
        {"do": "up", "item": "²"},
        {"do": "up"},
        {"do": "add", "article": "999999", "section": "1"},
        {"do": "drop tables"},
        {},
    ],
)
def test_a_stale_or_forged_form_is_answered_in_words(
    curator: Client, digest: Digest, fields: dict[str, str]
) -> None:
    assert do(curator, digest, **fields)
    assert order(digest) == ["A B C", "D"]


def test_a_story_of_another_digest_is_not_touched(
    press: Press, curator: Client, digest: Digest
) -> None:
    other = press.digest(digest.newsletter, local_date=date(2026, 11, 24))
    press.carry(other, press.article("X"), press.article("Y"))
    do(curator, digest, do="remove", item=item(other, "X").pk)
    assert order(other) == ["X Y"]


def test_a_frozen_digest_is_not_changed(curator: Client, digest: Digest) -> None:
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.CANCELLED)
    told = do(curator, digest, do="up", item=item(digest, "B").pk)
    assert told == "It is cancelled, so it can no longer be changed."
    assert order(digest) == ["A B C", "D"]
    assert "↑" not in curator.get(page(digest)).content.decode()


def test_an_analyst_looks_but_does_not_touch(digest: Digest) -> None:
    analyst = signed_in("analyst")
    assert "↑" not in analyst.get(page(digest)).content.decode()
    response = analyst.post(page(digest), {"do": "up", "item": item(digest, "B").pk})
    assert response.status_code == 403
    assert order(digest) == ["A B C", "D"]


def test_candidates_tell_where_they_were_carried(press: Press, digest: Digest) -> None:
    yesterday = press.digest(digest.newsletter, local_date=date(2026, 11, 22))
    used, fresh = press.article("Used", tags=["quay"]), press.article("Fresh harbour")
    press.carry(yesterday, used)
    found = {candidate.article: candidate.carried_in for candidate in story_candidates(digest)}
    assert found == {used: yesterday, fresh: None}
    assert [one.article for one in story_candidates(digest, "harbour")] == [fresh]
    assert [one.article for one in story_candidates(digest, "QUAY")] == [used]


def test_stories_beyond_the_limit_are_marked(curator: Client, digest: Digest) -> None:
    digest.sections.filter(heading="Today").update(slots=2)
    words = curator.get(page(digest)).content.decode()
    assert "what stands below this line is not sent" in words


def test_the_words_of_a_digest_are_saved_and_its_state_left_alone(
    curator: Client, digest: Digest
) -> None:
    words = {"subject": "New", "preheader": "P", "intro": "I", "outro": "O"}
    curator.post(f"/admin/digests/digest/{digest.pk}/change/", words)
    digest.refresh_from_db()
    assert (digest.subject, digest.outro, digest.state) == ("New", "<p>O</p>", DigestState.DRAFT)


def test_the_words_of_a_frozen_digest_stay(press: Press, curator: Client) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 1)
    digest = press.frozen(newsletter)
    curator.post(f"/admin/digests/digest/{digest.pk}/change/", {"subject": "Too late"})
    digest.refresh_from_db()
    assert digest.subject == "What happened in the night"
