"""The page of a template's look: as it is saved, and with colours that nobody could read."""

from pathlib import Path

from django.urls import reverse
from playwright.sync_api import Page

from digests.models import Template
from newsroom.demo.newsdesk import Desk
from newsroom.pictures.pages import take_pictures
from newsroom.pictures.samples import OWN_MJML


def take_template_pictures(base: str, desk: Desk, page: Page, out: Path) -> list[Path]:
    """`page` is signed in."""
    Template.objects.filter(newsletter=desk.briefing).update(
        band="#7a0019", paper="#fffaf2", page="#efe4d2", dark_accent="#ff9aa8", own_mjml=OWN_MJML
    )
    page.goto(f"{base}/admin/digests/template/")
    pictures = take_pictures(page, "desk-templates", out, reload=True)
    page.goto(base + reverse("admin:digests_template_of", args=[desk.briefing.pk]))
    pictures += take_pictures(page, "desk-template", out, reload=True)
    page.get_by_label("Text", exact=True).fill("#a08060")
    page.get_by_role("textbox", name="Own MJML").fill("<mj-section>\n<mj-tetx/>\n</mj-section>")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("It is not saved.").wait_for()
    return pictures + take_pictures(page, "desk-template-refused", out, reload=True)
