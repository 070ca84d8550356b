"""What staff see of preflight, and who may set a warning aside."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.test import Client

from digests.models import Article, Digest, Image, SetAside
from subscriptions.clock import database_now
from tests.builders import Press
from tests.staff import signed_in


@pytest.fixture
def digest(press: Press) -> Digest:
    """One warning: it has no preheader."""
    newsletter = press.newsletter()
    press.reader(newsletter)
    digest = press.digest(newsletter, due_at=database_now() + timedelta(hours=3))
    press.carry(digest, press.article("The ferry is back"))
    return digest


def url(digest: Digest, rest: str = "preflight/") -> str:
    return f"/admin/digests/digest/{digest.pk}/{rest}"


def text(client: Client, digest: Digest, rest: str = "preflight/") -> str:
    response = client.get(url(digest, rest))
    assert response.status_code == 200
    return response.content.decode()


def do(client: Client, digest: Digest, what: str, **sent: str) -> str:
    response = client.post(url(digest, f"preflight/{what}/"), sent)
    assert response.status_code == 302, response.status_code
    return str(list(get_messages(response.wsgi_request))[-1])


def key(client: Client, digest: Digest) -> str:
    found = client.get(url(digest, "preflight.json")).json()["warnings"][0]
    return str(found["key"])


def test_the_page_and_the_digest_show_what_was_found_and_lead_there(digest: Digest) -> None:
    curator = signed_in("curator")
    story = digest.sections.get().items.get()
    Article.objects.update(retracted_at=database_now())
    for page in (text(curator, digest), text(curator, digest, "change/")):
        assert "“The ferry is back” has been retracted." in page
        assert f'href="{url(digest, "compose/")}#story-{story.pk}"' in page
        assert f'href="{url(digest, "compose/")}#id_preheader"' in page


def test_the_json_holds_the_same_findings(digest: Digest) -> None:
    found = signed_in("curator").get(url(digest, "preflight.json")).json()
    assert (found["blocking"], found["set_aside"]) == ([], [])
    (warning,) = found["warnings"]
    assert (warning["check"], warning["place"], warning["target"]) == (
        "no_preheader",
        "digest",
        "preheader",
    )
    assert warning["url"] == f"{url(digest, 'compose/')}#id_preheader"


def test_a_warning_is_set_aside_with_a_reason_and_taken_back(digest: Digest) -> None:
    curator = signed_in("curator")
    which = key(curator, digest)
    assert do(curator, digest, "set-aside", key=which, reason="Meant so").startswith("Dismissed: ")
    page = text(curator, digest)
    assert "All clear" in page
    assert "curator, " in page
    assert "“Meant so”" in page
    assert do(curator, digest, "take-back", key=which).startswith("Warning restored: ")
    assert "All clear" not in text(curator, digest)
    assert LogEntry.objects.count() == 2


def test_no_reason_and_a_second_click_are_answered_in_words(digest: Digest) -> None:
    curator = signed_in("curator")
    which = key(curator, digest)
    assert do(curator, digest, "set-aside", key=which, reason=" ").startswith("Say why")
    do(curator, digest, "set-aside", key=which, reason="Meant so")
    assert "someone else has dismissed it" in do(
        curator, digest, "set-aside", key=which, reason="Again"
    )
    assert SetAside.objects.get().reason == "Meant so"
    do(curator, digest, "take-back", key=which)
    assert do(curator, digest, "take-back", key=which) == "The warning is not dismissed."


def test_an_analyst_looks_and_sets_nothing_aside(digest: Digest) -> None:
    analyst = signed_in("analyst")
    assert "The preheader is missing" in text(analyst, digest)
    assert "Dismiss" not in text(analyst, digest)
    for what in ("set-aside", "take-back"):
        assert analyst.post(url(digest, f"preflight/{what}/")).status_code == 403
    assert not SetAside.objects.exists()


def test_strangers_are_asked_to_log_in_and_a_digest_that_is_none_is_not_found(
    digest: Digest,
) -> None:
    assert Client().get(url(digest)).status_code == 302
    assert signed_in("curator").get("/admin/digests/digest/0/preflight/").status_code == 404


def test_a_headline_with_markup_in_it_is_shown_as_it_is_written(digest: Digest) -> None:
    Article.objects.update(headline="<script>alert(1)</script>", retracted_at=database_now())
    page = text(signed_in("curator"), digest)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(("role", "may"), [("curator", True), ("analyst", False)])
def test_a_story_is_retracted_and_restored_on_its_list(
    digest: Digest, role: str, may: bool
) -> None:
    client = signed_in(role)
    chosen = {"_selected_action": [Article.objects.get().pk]}
    client.post("/admin/digests/article/", {"action": "retract"} | chosen)
    assert (Article.objects.get().retracted_at is not None) is may
    client.post("/admin/digests/article/", {"action": "restore"} | chosen)
    assert Article.objects.get().retracted_at is None


def test_many_warnings_of_one_kind_do_not_hide_the_others(press: Press) -> None:
    digest = press.digest(press.newsletter(), preheader="")
    section = press.carry(digest, *(press.article(f"Story {number}") for number in range(6)))
    picture = Image.objects.create(
        source_url="https://paper.example.org/a.jpg",
        width=6,
        height=4,
        large_width=6,
        large_height=4,
    )
    section.items.update(image=picture)
    shown = text(signed_in("curator"), digest, "change/")
    above, _folded, below = shown.partition('class="desk-more"')
    assert above.count("has no description for those who do not see it") == 2
    assert "4 more like these" in below
    assert below.count("has no description for those who do not see it") == 4
    assert "The preheader is missing" in shown

    shown = text(signed_in("analyst"), digest, "change/")
    assert "has no description" in shown
    assert "Fix it" not in shown
    assert "Look at it in the composer" in shown
