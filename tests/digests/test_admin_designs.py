"""The page of a template's look: what it shows, what it saves, and what it refuses."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from digests.admin.design_forms import data_of
from digests.designing import snapshots
from digests.models import LookChange, Template, TemplateSection
from subscriptions.local_times import in_zone
from tests.builders import NOON, Press
from tests.digests.designing.filled import added, filled
from tests.digests.designing.test_logos import drawing
from tests.digests.rendering.test_own_look import HOSTILE
from tests.staff import member, signed_in

MOST_QUERIES = 40


@pytest.fixture
def template(press: Press) -> Template:
    return press.newsletter().template


@pytest.fixture
def publisher(press: Press) -> Client:
    return signed_in("publisher")


def page(template: Template, name: str = "change") -> str:
    return f"/admin/digests/template/{template.pk}/{name}/"


def words_of(client: Client, template: Template, query: str = "") -> str:
    return unescape(client.get(page(template) + query).content.decode())


def logo(name: str = "logo.png", body: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, drawing() if body is None else body)


def test_a_look_is_saved_and_its_page_says_whom_it_reaches(
    press: Press, template: Template, publisher: Client
) -> None:
    press.approved(template.newsletter)
    at_seven = NOON + timedelta(hours=6)
    press.digest(template.newsletter, slot="evening", due_at=at_seven)
    shown = words_of(publisher, template)
    assert "1 draft takes it." in shown
    assert f"goes out {in_zone(at_seven, 'Europe/Paris')}" in shown
    assert "1 digest that is approved or under way keeps the version" in shown

    form = filled(template, paper="#FFF8EE", **added(1, "In brief", style="briefs"))
    told = unescape(publisher.post(page(template), form, follow=True).content.decode())
    assert "It is saved. Changed: paper, a section added. 1 draft takes it." in told
    template.refresh_from_db()
    assert (template.paper, template.revision) == ("#fff8ee", 1)
    assert list(template.sections.values_list("heading", flat=True)) == ["Today", "In brief"]


def test_sections_are_ordered_filled_by_rules_and_taken_out(
    press: Press, template: Template, publisher: Client
) -> None:
    wire = press.source()
    form = filled(
        template,
        **added(1, "In brief", style="briefs", tags="quay, harbour", sources=[wire.pk], ORDER=1),
    )
    form["sections-0-ORDER"] = 2
    assert publisher.post(page(template), form).status_code == 302
    first, second = template.sections.all()
    assert (first.heading, first.tags, list(first.sources.all())) == (
        "In brief",
        ["quay", "harbour"],
        [wire],
    )
    assert second.heading == "Today"

    gone = filled(template, **{"sections-1-DELETE": "on"})
    assert publisher.post(page(template), gone).status_code == 302
    assert template.sections.get() == first
    again = publisher.post(page(template), filled(template), follow=True)
    assert "Nothing was changed" in again.content.decode()


def test_what_a_section_leaves_out_and_takes_first_is_saved_and_brought_back(
    press: Press, template: Template, publisher: Client
) -> None:
    wire = press.source()
    said = {
        "without_tags": "advert, sponsored",
        "without_sources": [wire.pk],
        "rank": "feed",
        "most_per_source": 2,
        "fill_order": 3,
    }
    form = filled(template) | {f"sections-0-{name}": value for name, value in said.items()}
    assert publisher.post(page(template), form).status_code == 302
    section = template.sections.get()
    kept = (section.without_tags, section.rank, section.most_per_source, section.fill_order)
    assert kept == (["advert", "sponsored"], "feed", 2, 3)
    assert list(section.without_sources.all()) == [wire]

    # A snapshot of before there were such rules brings back a section without them.
    values = snapshots.values_of(template, [section])
    for name in (*said, "rank"):
        values["sections"][0].pop(name, None)
    data = data_of(values, seen=1)
    assert (data["sections-0-rank"], data["sections-0-without_tags"]) == ("newest", "")
    assert data["sections-0-without_sources"] == []


def test_a_new_section_may_be_left_as_it_comes(template: Template, publisher: Client) -> None:
    form = filled(template, **added(1, ""))
    assert publisher.post(page(template), form).status_code == 302
    assert template.sections.count() == 2


def test_a_section_of_another_newsletter_is_not_touched(
    press: Press, template: Template, publisher: Client
) -> None:
    other = press.newsletter("Good News").template.sections.get()
    form = filled(template, **{"sections-0-id": other.pk, "sections-0-heading": "Mine"})
    assert publisher.post(page(template), form).status_code == 302
    assert TemplateSection.objects.get(pk=other.pk).template == other.template
    assert template.sections.get().heading == "Mine"


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["band", "ink", "dark_paper"])
def test_what_is_no_colour_is_refused_and_stays_in_its_field(
    template: Template, publisher: Client, field: str, value: str
) -> None:
    response = publisher.post(page(template), filled(template, **{field: value}))
    # White space at the ends of a field is taken off, and what is left may be right.
    if value == "#fff\n":
        assert "Write a colour as #1a2b3c." in response.content.decode()
    assert response.status_code == 422
    shown = response.content.decode()
    assert "<script>alert" not in shown.split("<main", 1)[-1].replace("</script>", "")
    template.refresh_from_db()
    assert getattr(template, field) == ""
    answer = publisher.post(page(template, "preview"), filled(template, **{field: value}))
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_text_that_is_hard_to_read_is_refused_with_a_colour_that_is_not(
    template: Template, publisher: Client
) -> None:
    response = publisher.post(page(template), filled(template, ink="#999999"))
    assert response.status_code == 422
    shown = unescape(response.content.decode())
    assert "It is not saved. What you filled in is still here." in shown
    said = re.search(
        r"Text \(2\.\d\d:1 on .*? The nearest colour that can be read is (#\w{6})", shown
    )
    assert said
    assert f'data-take="id_ink" data-value="{said[1]}"' in shown
    assert publisher.post(page(template), filled(template, ink=said[1])).status_code == 302


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<mj-section>\r\n<mj-tetx/>\r\n</mj-section>", "Line 2 of the own MJML: <mj-tetx>"),
        ("\n\n<mj-section onclick='x'/>", "Line 3 of the own MJML: <mj-section> does not know"),
        ("<mj-section>", "Line 1 of the own MJML: mismatched tag"),
        ("<mj-section><mj-column><mj-text>{{ leave_url }}</mj-text></mj-column></mj-section>", "placeholder"),
    ],
)  # fmt: skip
def test_mjml_that_would_not_reach_readers_is_refused_with_its_line(
    template: Template, publisher: Client, source: str, words: str
) -> None:
    response = publisher.post(page(template), filled(template, own_mjml=source))
    assert response.status_code == 422
    shown = unescape(response.content.decode())
    assert words in shown
    assert "mj-section" in shown.split('id="id_own_mjml"')[1].split("</textarea>")[0]
    assert ("The mail as it was saved before." in shown) == words.startswith("Line")
    assert "words of ours" in shown.split("<iframe")[1]
    assert Template.objects.get().own_mjml == ""


def test_who_comes_second_loses_nothing_and_may_write_over_it(
    template: Template, publisher: Client
) -> None:
    stale = filled(template, band="#00497a", **added(1, "Weather"))
    other = Client()
    other.force_login(member("publisher", "anna"))
    assert other.post(page(template), filled(template, band="#7a0019")).status_code == 302

    response = publisher.post(page(template), stale)
    assert response.status_code == 409
    shown = unescape(response.content.decode())
    assert "anna has saved this template while you had it open." in shown
    assert 'value="#00497a"' in shown
    assert 'value="Weather"' in shown
    assert Template.objects.get().band == "#7a0019"
    assert '<button class="desk-button" type="submit" name="over" value="1">' in shown

    assert publisher.post(page(template), stale | {"over": "1"}).status_code == 302
    assert Template.objects.get().band == "#00497a"
    assert template.sections.count() == 2
    # Theirs is in the history, and comes back on demand.
    assert LookChange.objects.get(revision=1).values["band"] == "#7a0019"


def test_what_it_was_is_filled_in_and_saved_only_by_saving(
    template: Template, publisher: Client
) -> None:
    form = filled(template, band="#7a0019", new_logo=logo(), **added(1, "Weather", tags="rain"))
    publisher.post(page(template), form)
    gone = filled(template, band="", without_logo="on", **{"sections-1-DELETE": "on"})
    publisher.post(page(template), gone)
    template.refresh_from_db()
    assert (template.band, template.logo.name, template.sections.count()) == ("", "", 1)

    response = publisher.get(page(template), {"from": "1"})
    shown = unescape(response.content.decode())
    assert "The fields are filled in as they were on" in shown
    for value in ("#7a0019", "Weather", "rain"):
        assert f'value="{value}"' in shown
    assert Template.objects.get().band == ""
    token = re.search(r'name="logo_token" value="([^"]+)"', shown)
    assert token
    back = filled(template, band="#7a0019", logo_token=token[1], **added(1, "Weather", tags="rain"))
    publisher.post(page(template), back)
    template.refresh_from_db()
    assert template.band == "#7a0019"
    assert template.logo.name.startswith("logos/")
    assert (template.logo_width, template.sections.count()) == (640, 2)
    assert publisher.get(page(template), {"from": "99"}).status_code == 200


def test_a_logo_survives_a_refusal(template: Template, publisher: Client) -> None:
    refused = publisher.post(page(template), filled(template, ink="#999999", new_logo=logo()))
    token = re.search(r'name="logo_token" value="([^"]+)"', refused.content.decode())
    assert token
    publisher.post(page(template), filled(template, logo_token=token[1]))
    template.refresh_from_db()
    assert template.logo.name.startswith("logos/")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (logo("x.svg", b"<svg onload='alert(1)'><script>x</script></svg>"), "SVG drawing"),
        (logo("x.png", b"<svg><script>x</script></svg>"), "SVG drawing"),
        (logo("big.png", b"\x89PNG" + b"x" * 2_000_001), "larger than 2 MB"),
        (logo("many.png", drawing((9000, 9000), mode="1")), "million pixels"),
        (logo("x.png", b"nonsense"), "not a JPEG"),
    ],
)
def test_what_is_no_logo_is_refused(
    template: Template, publisher: Client, file: SimpleUploadedFile, words: str
) -> None:
    response = publisher.post(page(template), filled(template, new_logo=file))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Template.objects.get().logo


def preview(client: Client, template: Template, **changes: Any) -> dict[str, Any]:
    response = client.post(page(template, "preview"), filled(template, **changes))
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def test_the_preview_shows_what_is_not_saved_and_saves_nothing(
    template: Template, publisher: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    mail = preview(publisher, template, band="#7a0019", new_logo=logo(), **added(1, "Weather"))[
        "mail"
    ]
    assert "#7a0019" in mail["light"]
    assert "Weather" in mail["light"]
    assert "WEATHER" in mail["text"]
    assert "data:image/png;base64," in mail["light"]
    assert "prefers-color-scheme" not in mail["light"] + mail["dark"]
    template.refresh_from_db()
    assert (template.band, template.revision, template.logo.name) == ("", 0, "")
    assert template.sections.count() == 1
    assert not LookChange.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_the_previews_frame_runs_nothing(template: Template, publisher: Client) -> None:
    shown = publisher.get(page(template)).content.decode()
    frame = re.search(r'<iframe id="design-mail"[^>]*>', shown)
    assert frame
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame[0]
    documents = re.search(r'id="design-documents" type="application/json">(.*?)</script>', shown)
    assert documents
    for name in ("light", "dark", "text"):
        document = json.loads(documents[1])[name]
        head = document.partition("<head")[2].partition(">")[2]
        assert head.startswith(
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        )
        assert "<script" not in document


def test_the_preview_shows_the_latest_stories_of_the_newsletter(
    press: Press, template: Template, publisher: Client
) -> None:
    assert "words of ours" in preview(publisher, template)["mail"]["light"]
    press.carry(press.digest(press.newsletter("Good News")), press.article("Another’s story"))
    press.carry(press.digest(template.newsletter), press.article("Bridge <b>reopens</b>"))
    light = preview(publisher, template)["mail"]["light"]
    assert "Bridge &lt;b&gt;reopens&lt;/b&gt;" in light
    assert "Another’s story" not in light


def test_a_story_that_cannot_be_mailed_is_no_fault_of_the_look(
    press: Press, template: Template, publisher: Client
) -> None:
    bad = press.article("A bad link", url="ftp://paper.example.org/story")
    press.carry(press.digest(template.newsletter), bad)
    answer = preview(publisher, template, band="#7a0019")
    assert answer["faults"] == []
    assert "words of ours" in answer["mail"]["light"]
    assert publisher.post(page(template), filled(template, band="#7a0019")).status_code == 302


def test_what_is_hard_to_read_is_previewed_with_its_ratio(
    template: Template, publisher: Client
) -> None:
    answer = preview(publisher, template, ink="#999999")
    assert "#999999" in answer["mail"]["light"]
    assert "fails: needs 4.5:1" in answer["contrast"]
    assert any("is hard to read" in fault for fault in answer["faults"])
    assert answer["colours"]["ink"] == "#999999"
    assert preview(publisher, template)["faults"] == []


def test_mjml_that_does_not_compile_leaves_the_last_preview(
    template: Template, publisher: Client
) -> None:
    answer = preview(publisher, template, own_mjml="<mj-tetx/>")
    assert answer["mail"] is None
    assert answer["faults"] == ["Line 1 of the own MJML: <mj-tetx> is not known"]


@pytest.mark.parametrize("role", ["curator", "analyst"])
def test_who_may_not_change_it_may_look(press: Press, template: Template, role: str) -> None:
    client = signed_in(role)
    shown = words_of(client, template)
    assert "You may look at it, but not change it." in shown
    assert "data-may-change" not in shown
    form = filled(template, band="#7a0019")
    assert client.post(page(template), form).status_code == 403
    assert client.post(page(template, "preview"), form).status_code == 200
    assert Template.objects.get().band == ""


def test_who_may_not_look_is_not_shown_it(press: Press, template: Template) -> None:
    client = signed_in("audience")
    assert client.get(page(template)).status_code == 403
    assert client.post(page(template, "preview"), filled(template)).status_code == 403
    assert client.get(f"/admin/digests/template/of/{template.newsletter_id}/").status_code == 403
    assert Client().get(page(template)).status_code == 302


def test_a_preview_is_asked_for_by_our_own_page_alone(template: Template) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member("publisher"))
    assert client.post(page(template, "preview"), filled(template)).status_code == 403
    assert client.post(page(template), filled(template)).status_code == 403
    assert client.get(page(template, "preview")).status_code == 405


@pytest.mark.parametrize("number", [1, 20])
def test_neither_sections_nor_sources_nor_stories_ask_more_of_the_database(
    press: Press,
    template: Template,
    publisher: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    number: int,
) -> None:
    for place in range(number - 1):
        row = TemplateSection.objects.create(template=template, position=place + 1)
        row.sources.add(press.source())
    press.carry(
        press.digest(template.newsletter),
        *(press.article(source=press.source()) for _story in range(number)),
    )
    asks: list[Callable[[], Any]] = [
        lambda: publisher.get(page(template)),
        lambda: publisher.post(page(template, "preview"), form),
        lambda: publisher.post(page(template), form | {"ink": "#999999"}),
    ]
    form = filled(template)
    for ask in asks:
        with django_assert_max_num_queries(MOST_QUERIES):
            assert ask().status_code in (200, 422)


def test_there_are_at_most_twenty_sections(template: Template, publisher: Client) -> None:
    form = filled(template)
    for place in range(1, 22):
        form |= added(place, f"Section {place}")
    response = publisher.post(page(template), form)
    assert response.status_code == 422
    assert template.sections.count() == 1


@pytest.mark.parametrize(
    "damage",
    [
        {"sections-TOTAL_FORMS": "many"},
        {"sections-0-id": "9" * 30},
        {"sections-0-style": "carousel"},
        {"sections-0-slots": "-1"},
        {"sections-0-heading": "a\x00b"},
        {"design": "poster"},
        {"seen": "yesterday"},
        {"own_mjml": "x" * 20_000},
    ],
)
def test_damaged_forms_are_answered_in_words(
    template: Template, publisher: Client, damage: dict[str, str]
) -> None:
    response = publisher.post(page(template), filled(template) | damage)
    if damage == {"sections-0-id": "9" * 30}:  # no section of ours: a new one, and the old one goes
        assert response.status_code in (302, 422)
    else:
        assert response.status_code == 422
        assert "It is not saved." in response.content.decode()
