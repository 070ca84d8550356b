"""The page of a template's look: as it is saved, and with colours that nobody could read."""

from django.urls import reverse
from playwright.sync_api import Page

from digests.models import Template
from tools.demo.newsdesk import Desk
from tools.pictures.camera import Camera
from tools.pictures.samples import OWN_MJML


def take_template_pictures(camera: Camera, desk: Desk) -> None:
    Template.objects.filter(newsletter=desk.briefing).update(
        band="#7a0019", paper="#fffaf2", page="#efe4d2", dark_accent="#ff9aa8", own_mjml=OWN_MJML
    )
    camera.take("desk-templates", "/admin/digests/template/")
    path = reverse("admin:digests_template_of", args=[desk.briefing.pk])
    camera.take("desk-template", path, _mail_is_there)
    camera.take("desk-template-refused", path, _save_what_nobody_could_read)


def _mail_is_there(page: Page) -> None:
    page.wait_for_timeout(800)


def _save_what_nobody_could_read(page: Page) -> None:
    page.get_by_label("Text", exact=True).fill("#a08060")
    page.get_by_role("textbox", name="Own MJML").fill("<mj-section>\n<mj-tetx/>\n</mj-section>")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("It is not saved.").wait_for()
    _mail_is_there(page)
