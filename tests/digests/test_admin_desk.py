"""What the desk's pages offer to whom, and how their fields are filled in."""

from datetime import timedelta
from io import BytesIO

import PIL.Image
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from digests import versions
from digests.decisions import approval
from digests.preflight.gathering import gather
from subscriptions.clock import database_now
from tests.builders import NOON, Press
from tests.staff import chief, signed_in


@pytest.mark.parametrize(
    ("role", "sees", "sees_not"),
    [
        ("publisher", "/approve/", "role “publisher”"),
        ("curator", "role “publisher”", "/approve/"),
        ("analyst", "/preview/", "/approve/"),
    ],
)
def test_approving_is_offered_on_the_page_itself_to_those_who_may(
    press: Press, role: str, sees: str, sees_not: str
) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article())
    client = signed_in(role)
    address = f"/admin/digests/digest/{digest.pk}/change/"
    shown = client.get(address).content.decode()
    assert sees in shown
    assert sees_not not in shown
    buttons = shown.partition('class="desk-buttons"')[2].partition("</div>")[0]
    assert ("/approve/" in buttons) is (role == "publisher")
    approval.approve(digest, by=None, now=database_now())
    shown = client.get(address).content.decode()
    buttons = shown.partition('class="desk-buttons"')[2].partition("</div>")[0]
    assert "/approve/" not in buttons
    assert "role “publisher”" not in shown


def test_days_and_zones_are_chosen_not_guessed(press: Press) -> None:
    newsletter = press.newsletter()
    client = chief()
    for page, days in (
        ("digests/booking/add/", ["starts_on", "ends_on", "held_until"]),
        ("digests/warmup/add/", ["starts_on"]),
    ):
        shown = client.get(f"/admin/{page}").content.decode()
        for day in days:
            assert f'<input type="date" name="{day}"' in shown
        assert "vDateField" not in shown  # Unfold's, with a red sign beside each empty day
    for page in (
        f"subscriptions/publisher/{press.publisher.pk}/change/",
        f"subscriptions/newsletter/{newsletter.pk}/change/",
        f"digests/source/{press.source().pk}/change/",
    ):
        shown = client.get(f"/admin/{page}").content.decode()
        assert '<option value="Europe/Berlin">' in shown


def test_a_correction_is_called_one_in_the_calendar(press: Press) -> None:
    newsletter = press.newsletter()
    now = database_now()
    wrong = press.digest(newsletter, due_at=now)
    press.digest(newsletter, due_at=now, slot="correction-1", corrects=wrong)
    shown = chief().get("/admin/digests/digest/calendar/").content.decode()
    assert '<span class="desk-badge desk-plain">Correction</span>' in shown


def test_a_file_is_asked_for_again_where_a_mistake_brings_the_form_back(press: Press) -> None:
    page = f"/admin/subscriptions/publisher/{press.publisher.pk}/change/"
    picture = BytesIO()
    PIL.Image.new("RGB", (4, 4)).save(picture, "PNG")
    form = {"name": "The Kiosk", "colour": "#1d3557", "language": "en", "zone": "Europe/Berln"}
    form |= {"sender_address": "news@paper.example.org"}
    logo = SimpleUploadedFile("logo.png", picture.getvalue(), content_type="image/png")
    client = chief()
    shown = client.post(page, form | {"logo": logo}).content.decode()
    assert "is no time zone" in shown
    assert "Choose the file again" in shown
    shown = client.post(page, form).content.decode()
    assert "Choose the file again" not in shown


def test_stories_are_called_so_on_their_pages(press: Press) -> None:
    story = press.article("Ferry sinks")
    client = chief()
    shown = client.get("/admin/digests/article/").content.decode()
    assert "Articles" not in shown
    assert "Stories" in shown
    shown = client.get(f"/admin/digests/article/{story.pk}/change/").content.decode()
    assert "View story" in shown


def test_a_story_says_that_its_date_is_unknown_or_an_embargo(press: Press) -> None:
    undated = press.article("Undated", published_at=None)
    later = press.article("The prize", published_at=database_now() + timedelta(hours=5))
    digest = press.digest(press.newsletter())
    client = chief()
    page = "/admin/digests/article/"
    assert "unknown" in client.get(f"{page}{undated.pk}/change/").content.decode()
    assert "Embargo until" in client.get(f"{page}{later.pk}/change/").content.decode()
    found = client.get(f"/admin/digests/digest/{digest.pk}/compose/candidates/").content.decode()
    assert "date unknown" in found
    assert found.count("Under embargo until then") == 1
    alert = "/admin/digests/digest/alert/"
    assert "date unknown" in client.get(f"{alert}?story={undated.pk}").content.decode()
    assert "Embargo until" in client.get(f"{alert}?story={later.pk}").content.decode()
    of_a_week = client.get(page, {"hours": "168"}).content.decode()
    assert "Undated" in of_a_week


def test_a_digest_goes_out_with_a_story_of_unknown_date(press: Press) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article("Undated", published_at=None, first_seen_at=NOON))
    version = versions.keep(digest, by=None, now=NOON)
    assert "Undated" in version.html
    assert version.content["blocks"][0]["stories"][0]["published_at"] is None
    found = gather(digest, version, now=NOON).stories
    assert [(story.headline, story.published_at) for story in found] == [("Undated", None)]
