"""What the composer's page asks of the server, and what it is answered."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ProtectedError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from digests.choices import DigestState
from digests.composing import presence
from digests.models import Article, Digest, Item, Section
from subscriptions.clock import database_now
from subscriptions.models import Letter
from subscriptions.tasks import send_letter
from tests.builders import NOON, Press
from tests.filled import Filled
from tests.staff import member, signed_in


@pytest.fixture
def digest(press: Press) -> Digest:
    """“Today” with A, B, C and “Briefs” with D."""
    digest = press.digest(press.newsletter())
    press.carry(digest, *(press.article(name) for name in "ABC"))
    briefs = Section.objects.create(digest=digest, heading="Briefs", slots=3, position=1)
    Item.objects.create(section=briefs, article=press.article("D"))
    return digest


@pytest.fixture
def curator(press: Press) -> Client:
    return signed_in("curator")


def page(digest: Digest, part: str = "") -> str:
    return f"/admin/digests/digest/{digest.pk}/compose/{part}"


def item(digest: Digest, headline: str) -> int:
    return Item.objects.get(section__digest=digest, article__headline=headline).pk


def order(digest: Digest) -> list[str]:
    return [
        " ".join(item.shown_headline for item in section.items.select_related("article"))
        for section in digest.sections.all()
    ]


def do(client: Client, digest: Digest, status: int = 200, **fields: object) -> dict[str, Any]:
    response = client.post(page(digest, "change/"), fields, headers={"X-Composer": "1"})
    assert response.status_code == status, response.content[:500]
    answer: dict[str, Any] = response.json()
    return answer


def test_a_change_is_answered_with_how_it_stands_now(curator: Client, digest: Digest) -> None:
    answer = do(curator, digest, do="up", item=item(digest, "B"), seen=0)
    assert order(digest) == ["B A C", "D"]
    assert answer["told"] == "“B” moved to place 1 of “Today”."
    assert (answer["revision"], answer["undo"], answer["redo"]) == (1, True, False)
    assert answer["board"].index("“B” up") < answer["board"].index("“A” up")
    answer = do(curator, digest, do="undo")
    assert (order(digest), answer["redo"]) == (["A B C", "D"], True)


def test_a_stale_page_is_told_what_happened_and_how_it_stands(
    curator: Client, digest: Digest
) -> None:
    ben = Client()
    ben.force_login(member("curator", "ben"))
    do(ben, digest, do="words", subject="Ben’s subject", seen=0)
    answer = do(curator, digest, 409, do="words", subject="Mine", seen=0)
    assert "ben: subject rewritten" in answer["refused"]
    assert answer["values"]["digest"]["subject"] == "Ben’s subject"
    assert answer["revision"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "up", "item": "999999"},
        {"do": "up", "item": "²"},
        {"do": "up"},
        {"do": "move", "item": "1", "section": "-1"},
        {"do": "add", "article": "999999", "section": "1"},
        {"do": "write", "section": "", "headline": "X"},
        {"do": "picture", "item": "1"},
        {"do": "words", "subject": "two\nlines"},
        {"do": "drop tables"},
        {},
    ],
)
def test_a_forged_or_impossible_change_is_refused_in_words(
    curator: Client, digest: Digest, fields: dict[str, str]
) -> None:
    assert do(curator, digest, 422, **fields)["refused"]
    assert order(digest) == ["A B C", "D"]


def test_an_answer_says_which_words_are_ours_and_who_wrote_the_others(
    curator: Client, digest: Digest
) -> None:
    ben = Client()
    ben.force_login(member("curator", "ben"))
    Digest.objects.update(automatic_words=["subject", "preheader"])
    do(ben, digest, do="words", preheader="Ben’s")
    do(ben, digest, do="reword", item=item(digest, "B"), kicker="Ben’s")
    answer = do(
        curator, digest, do="remove", item=item(digest, "A"), open=item(digest, "B"), seen=0
    )
    assert answer["automatic"] == ["subject"]
    assert answer["values"]["digest"]["subject"] == "Morning Briefing: B"
    changed = answer["changed"]
    assert "subject" not in changed["digest"], "nobody has written it"
    at = f"{database_now().astimezone(ZoneInfo(digest.zone)):%H:%M}"
    assert changed["digest"]["preheader"]["is_mine"] is False
    assert changed["digest"]["preheader"]["text"] == f"ben changed this at {at}."
    assert changed[f"item:{item(digest, 'B')}"]["kicker"]["text"] == f"ben changed this at {at}."
    told = ben.post(page(digest, "poll/"), {"seen": "0"}).json()["changed"]["digest"]["preheader"]
    assert told == {"is_mine": True, "text": f"You changed this in another window at {at}."}


def test_words_are_left_to_us_again_by_name(curator: Client, digest: Digest) -> None:
    do(curator, digest, do="words", subject="Mine", seen=0)
    answer = do(curator, digest, do="words", automatic="subject", seen=1)
    assert answer["told"] == "Subject left to Newsroom."
    assert answer["automatic"] == ["subject"]
    assert answer["values"]["digest"]["subject"] == "Morning Briefing: A"
    assert "None" not in curator.get(page(digest, "history/")).content.decode()
    do(curator, digest, do="words", automatic="state", seen=2)
    digest.refresh_from_db()
    assert digest.automatic_words == ["subject"]


def form_of(client: Client, digest: Digest, query: str = "") -> dict[str, list[str]]:
    return Filled(client.get(page(digest) + query).content.decode()).values


def test_a_form_without_a_script_writes_only_the_fields_that_were_written(
    curator: Client, digest: Digest
) -> None:
    """It sends them all: what stood there is ours still, and a colleague's words are not undone by it."""
    Digest.objects.update(automatic_words=["subject", "preheader"], intro="<p>Two</p><p>lines</p>")
    sent = {name: values[0] for name, values in form_of(curator, digest).items()}
    ben = Client()
    ben.force_login(member("curator", "ben"))
    do(ben, digest, do="words", preheader="Ben’s")
    sent |= {"do": "words", "intro": "<p>Mine</p>\r\n"}
    assert curator.post(page(digest, "change/"), sent).status_code == 302
    digest.refresh_from_db()
    assert (digest.intro, digest.preheader) == ("<p>Mine</p>", "Ben’s")
    assert digest.automatic_words == ["subject"]


def test_words_of_a_form_without_a_script_that_cannot_be_kept_stand_in_it_again(
    curator: Client, digest: Digest
) -> None:
    ben = Client()
    ben.force_login(member("curator", "ben"))
    do(ben, digest, do="words", subject="Ben’s subject")
    typed = {"do": "words", "seen": "0", "subject": "Anna’s subject", "intro": "Anna’s intro"}
    answer = curator.post(page(digest, "change/"), typed)
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "ben: subject rewritten" in said
    assert "It reads now: “Ben’s subject”" in said
    again = {name: values[0] for name, values in Filled(said).values.items()}
    assert (again["subject"], again["intro"]) == ("Anna’s subject", "Anna’s intro")
    assert curator.post(page(digest, "change/"), again | {"do": "words"}).status_code == 302
    digest.refresh_from_db()
    assert digest.subject == "Anna’s subject"

    b = item(digest, "B")
    long = {"do": "reword", "item": b, "kicker": "x" * 61, "blurb": "Typed at length"}
    answer = curator.post(page(digest, "change/"), long)
    assert answer.status_code == 422
    again = {name: values[0] for name, values in Filled(answer.content.decode()).values.items()}
    assert (again["kicker"], again["blurb"]) == ("x" * 61, "Typed at length")

    write = {
        "do": "write",
        "section": digest.sections.get(heading="Briefs").pk,
        "headline": "x" * 301,
    }
    answer = curator.post(page(digest, "change/"), write)
    assert answer.status_code == 422
    assert "x" * 301 in Filled(answer.content.decode()).values["headline"]


def test_what_no_database_keeps_is_left_out_of_what_is_written(
    curator: Client, digest: Digest
) -> None:
    b = item(digest, "B")
    do(curator, digest, do="words", subject="A\0B", intro="<p>C\0</p>", seen=0)
    do(curator, digest, do="reword", item=b, kicker="\0D", blurb="E\0")
    do(curator, digest, do="write", section=section_of(digest), headline="\0F")
    digest.refresh_from_db()
    assert (digest.subject, digest.intro) == ("AB", "<p>C</p>")
    assert Item.objects.get(pk=b).kicker == "D"
    assert Item.objects.filter(headline="F").exists()
    place = {"seen": "0", "place": "item:1\0"}
    assert curator.post(page(digest, "poll/"), place).status_code == 200


def section_of(digest: Digest) -> int:
    return digest.sections.get(heading="Today").pk


def test_a_digest_without_sections_offers_to_make_them_and_nothing_that_fails(
    curator: Client, digest: Digest, press: Press
) -> None:
    press.article("E")
    digest.sections.all().delete()
    Digest.objects.update(assembled_at=None)
    for part in ("", "candidates/"):
        shown = curator.get(page(digest, part)).content.decode()
        assert "Add “E”" not in shown
    assert "Make its sections now" in curator.get(page(digest)).content.decode()
    answer = do(curator, digest, do="begin", seen=0)
    assert answer["told"] == "The sections are made."
    made = digest.sections.get()
    assert (made.heading, made.made_from) == ("Today", digest.newsletter.template.sections.get())
    assert "Add “E”" in curator.get(page(digest)).content.decode()
    do(curator, digest, do="begin", seen=0)
    assert digest.sections.count() == 1

    digest.sections.all().delete()
    digest.newsletter.template.sections.all().delete()
    refused = do(curator, digest, 422, do="begin", seen=0)["refused"]
    assert "Look and sections" in refused


def test_a_form_without_a_script_is_led_back_to_the_page(curator: Client, digest: Digest) -> None:
    b = item(digest, "B")
    response = curator.post(page(digest, "change/"), {"do": "down", "item": b}, follow=True)
    assert order(digest) == ["A C B", "D"]
    assert response.redirect_chain == [(page(digest) + f"#story-{b}", 302)]
    assert "“B” moved to place 3" in response.content.decode()


def test_a_picture_over_10_mb_is_refused_in_words(curator: Client, digest: Digest) -> None:
    picture = SimpleUploadedFile("huge.jpg", b"\xff\xd8\xff" + b"\0" * 10_600_000, "image/jpeg")
    answer = do(curator, digest, 422, do="picture", item=item(digest, "A"), picture=picture)
    assert answer["refused"] == "The picture is not taken. It is larger than 10 MB."


def test_what_is_no_picture_is_refused_in_words(curator: Client, digest: Digest) -> None:
    picture = SimpleUploadedFile("not.jpg", b"<html><script>alert(1)</script>", "image/jpeg")
    answer = do(curator, digest, 422, do="picture", item=item(digest, "A"), picture=picture)
    assert "a web page, not a picture" in answer["refused"]


def test_script_in_an_override_is_only_words(curator: Client, digest: Digest) -> None:
    script = "<script>alert(1)</script>"
    answer = do(curator, digest, do="reword", item=item(digest, "A"), headline=script)
    assert "&lt;script&gt;alert(1)" in answer["board"]
    assert "<script>" not in answer["board"]
    mail = curator.get(f"/admin/digests/digest/{digest.pk}/preview/mail.html?of=draft")
    assert b"<script" not in mail.content


def test_an_intro_beyond_every_measure_changes_nothing(curator: Client, digest: Digest) -> None:
    assert "room for 20000" in do(curator, digest, 422, do="words", intro="a " * 100_000)["refused"]
    response = curator.post(
        page(digest, "change/"),
        {"do": "words", "intro": "a" * 1_100_000},
        headers={"X-Composer": "1"},
    )
    assert response.status_code == 400
    digest.refresh_from_db()
    assert digest.intro == ""


def test_an_article_is_kept_while_a_digest_carries_it_and_not_brought_back_when_it_is_gone(
    curator: Client, digest: Digest
) -> None:
    article = Article.objects.get(headline="A")
    with pytest.raises(ProtectedError):
        article.delete()
    do(curator, digest, do="remove", item=item(digest, "A"))
    article.delete()
    assert do(curator, digest, 422, do="undo")["refused"] == "That story is gone."
    assert order(digest) == ["B C", "D"]


def test_an_analyst_looks_but_does_not_touch(digest: Digest) -> None:
    analyst = signed_in("analyst")
    words = analyst.get(page(digest)).content.decode()
    assert "You may look at it, but not change it." in words
    assert "composer-moves" not in words
    assert analyst.post(page(digest, "change/"), {"do": "up"}).status_code == 403
    assert analyst.post(page(digest, "poll/"), {"seen": "0"}).status_code == 200


@pytest.mark.parametrize("part", ["", "candidates/", "history/", "mail/"])
def test_the_composer_is_for_staff(client: Client, digest: Digest, part: str) -> None:
    assert client.get(page(digest, part)).status_code == 302
    assert client.get(page(digest, "change/")).status_code in (302, 405)


def test_a_digest_that_is_under_way_is_shown_and_not_changed(
    curator: Client, digest: Digest
) -> None:
    Digest.objects.filter(pk=digest.pk).update(
        state=DigestState.CANCELLED,
        intro="<p>Good <b>morning</b>.</p><script>alert(1)</script>",
    )
    words = curator.get(page(digest)).content.decode()
    assert "It is cancelled, so it can no longer be changed." in words
    assert "composer-moves" not in words
    assert "<p>Good <b>morning</b>.</p></div>" in words  # as readers have it, and nothing else
    assert "Stories to add" not in words
    answer = do(curator, digest, 422, do="up", item=item(digest, "B"))
    assert answer["refused"] == "It is cancelled, so it can no longer be changed."


def test_editors_see_each_other_and_what_was_done(curator: Client, digest: Digest) -> None:
    ben = member("curator", "ben")
    desk = Client()
    desk.force_login(ben)
    presence.arrive(digest, ben, "digest", now=database_now())
    do(desk, digest, do="up", item=item(digest, "B"))
    answer = curator.post(page(digest, "poll/"), {"seen": "0"}).json()
    assert answer["present"] == [{"name": "ben", "place": "digest"}]
    assert len(answer["news"]) == 1
    assert "ben: “B” moved to place 1" in answer["news"][0]
    assert "composer-item" in answer["board"]
    assert "board" not in curator.post(page(digest, "poll/"), {"seen": "1"}).json()
    desk.post(page(digest, "poll/"), {"leave": "1"})
    assert curator.post(page(digest, "poll/"), {"seen": "1"}).json()["present"] == []


def test_the_original_stands_beside_each_field_and_a_changed_source_is_marked(
    curator: Client, digest: Digest
) -> None:
    a = item(digest, "A")
    Item.objects.filter(pk=a).update(seen_headline="A", headline="Mine")
    Article.objects.filter(headline="A").update(headline="A, corrected")
    assert "Changed at its source" in curator.get(page(digest)).content.decode()
    words = curator.get(page(digest, f"item/?item={a}")).content.decode()
    assert "Original: A, corrected" in words
    assert "<td>A</td><td>A, corrected</td>" in words
    do(curator, digest, do="keep", item=a)
    shown = curator.get(page(digest)).content.decode()
    assert "Changed at its source" not in shown
    assert "Kept against its source" in shown
    assert Item.objects.get(pk=a).shown_headline == "Mine"

    Article.objects.filter(headline="A, corrected").update(headline="A, corrected twice")
    assert "Changed at its source" in curator.get(page(digest)).content.decode()
    do(curator, digest, do="take", item=a)
    shown = curator.get(page(digest)).content.decode()
    assert "Changed at its source" not in shown
    assert "Kept against its source" not in shown
    assert Item.objects.get(pk=a).shown_headline == "A, corrected twice"
    assert curator.get(page(digest, "item/?item=999999")).status_code == 404


def test_the_page_opens_the_fields_of_a_story_without_a_script(
    curator: Client, digest: Digest
) -> None:
    a = item(digest, "A")
    words = curator.get(page(digest) + f"?edit={a}").content.decode()
    assert f'id="headline-{a}"' in words


def test_history_is_paged_and_tells_who_did_what(curator: Client, digest: Digest) -> None:
    for number in range(32):
        do(curator, digest, do="lock", item=item(digest, "A"), lock=str((number + 1) % 2))
    first = curator.get(page(digest, "history/")).content.decode()
    assert first.count("<li") == 30
    assert 'data-before="3"' in first
    assert "curator: “A” unlocked." in first
    assert curator.get(page(digest, "history/?before=3")).content.decode().count("<li") == 2


def test_the_mail_is_weighed_and_looked_at(curator: Client, digest: Digest) -> None:
    answer = curator.get(page(digest, "mail/")).json()
    assert answer["level"] == "green"
    assert 5_000 < answer["bytes"] < 80_000
    assert "KB of 100 KB" in answer["weight"]
    assert "desk-findings" in answer["findings"] or "All clear" in answer["findings"]
    Item.objects.update(blurb="word " * 5_000)
    assert curator.get(page(digest, "mail/")).json()["level"] == "red"
    Article.objects.filter(headline="A").update(url="javascript:alert(1)")
    assert "“A”" in curator.get(page(digest, "mail/")).json()["broken"]


def test_what_backfill_would_add_is_shown_and_added(
    press: Press, curator: Client, digest: Digest
) -> None:
    today = digest.sections.get(heading="Today")
    today.made_from = digest.newsletter.template.sections.get()
    today.slots = 5
    today.save()
    press.article("Fresh", published_at=database_now() - timedelta(hours=1))
    found = curator.get(page(digest, "filling/")).json()
    assert list(found) == [str(today.pk)]
    assert "Fresh" in found[str(today.pk)]
    do(curator, digest, do="fill", section=today.pk)
    assert order(digest)[0] == "A B C Fresh"


@pytest.mark.parametrize("stories", [3, 45])
def test_the_queries_do_not_grow_with_the_stories(
    press: Press,
    curator: Client,
    digest: Digest,
    stories: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    today = digest.sections.get(heading="Today")
    for place in range(stories):
        article = press.article(source=press.source())
        Item.objects.create(section=today, article=article, position=3 + place)
        press.article(source=press.source())
    last = Item.objects.filter(section=today).latest("position")
    curator.get(page(digest))  # the zone, the session
    with django_assert_max_num_queries(25):
        curator.get(page(digest))
    with django_assert_max_num_queries(33):
        do(curator, digest, do="move", item=last.pk, section=today.pk, place=0, seen=0)
    with django_assert_max_num_queries(22):
        curator.post(page(digest, "poll/"), {"seen": "0"})
    with django_assert_max_num_queries(12):
        curator.get(page(digest, "history/"))
    with django_assert_max_num_queries(46):  # preflight's among them
        curator.get(page(digest, "mail/"))


def test_the_moment_of_a_change_is_told_in_the_zone_of_the_digest(
    curator: Client, digest: Digest
) -> None:
    do(curator, digest, do="up", item=item(digest, "B"))
    digest.changes.update(at=NOON)
    told = f"{NOON.astimezone(ZoneInfo(digest.zone)):%a %H:%M}, curator: “B” moved"
    assert told in curator.get(page(digest, "history/")).content.decode()


def test_a_test_goes_to_named_people_with_its_subject_marked(
    curator: Client,
    digest: Digest,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    member("publisher", "chief")
    assert "curator@example.org" in curator.get(page(digest)).content.decode()
    fields = {
        "colleague": ["curator@example.org"],
        "others": "chief@example.org, curator@EXAMPLE.org",
    }
    with django_capture_on_commit_callbacks():
        words = curator.post(page(digest, "tests/"), fields).content.decode()
    assert words.count("<li") == 2
    assert "data-waiting" in words
    for letter in Letter.objects.all():
        send_letter(letter.pk)
    first, second = mail.outbox
    assert first.subject == "[Test] What happened in the night"
    assert {*first.to, *second.to} == {"curator@example.org", "chief@example.org"}
    assert "briefing@example.org" in first.from_email
    assert first.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]
    ids = [letter.pk for letter in Letter.objects.all()]
    words = curator.get(page(digest, "tests/"), {"id": ids}).content.decode()
    assert "data-waiting" not in words
    assert words.count("Accepted") == 2


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "Choose who receives the test"),
        ({"others": "nobody"}, "nobody: An email address has an @"),
        (
            {"others": " ".join(f"a{number}@example.org" for number in range(11))},
            "10 people at most",
        ),
        ({"others": "a@example.org\r\nBcc: b@example.org"}, "Bcc:: An email address has an @"),
    ],
)
def test_a_test_to_nobody_or_to_everybody_is_refused_in_words(
    curator: Client, digest: Digest, fields: dict[str, str], why: str
) -> None:
    response = curator.post(page(digest, "tests/"), fields)
    assert response.status_code == 422
    assert why in response.content.decode()
    assert not Letter.objects.exists()


def test_a_test_of_what_cannot_be_rendered_says_why(curator: Client, digest: Digest) -> None:
    Article.objects.filter(headline="A").update(url="javascript:alert(1)")
    curator.post(page(digest, "tests/"), {"others": "curator@example.org"})
    letter = Letter.objects.get()
    send_letter(letter.pk)
    words = curator.get(page(digest, "tests/"), {"id": letter.pk}).content.decode()
    assert "It cannot be rendered. The link of “A”" in words


def test_other_letters_are_not_told(press: Press, curator: Client, digest: Digest) -> None:
    other = press.digest(press.newsletter("Good News"))
    curator.post(page(other, "tests/"), {"others": "curator@example.org"})
    letter = Letter.objects.get()
    assert b"curator@" not in curator.get(page(digest, "tests/"), {"id": letter.pk}).content


def test_an_analyst_sends_no_test(digest: Digest) -> None:
    analyst = signed_in("analyst")
    response = analyst.post(page(digest, "tests/"), {"others": "chief@example.org"})
    assert response.status_code == 403
    assert not Letter.objects.exists()
