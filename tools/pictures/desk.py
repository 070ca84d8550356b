"""Every page that an editor meets, from the log-in to the empty desk of a new house."""

from pathlib import Path

from playwright.sync_api import Browser, Page

from newsroom import login_limits
from tools.demo.newsdesk import Desk
from tools.pictures.camera import LOG_IN, Camera, fill_log_in
from tools.pictures.desk_alert import take_alert_pictures
from tools.pictures.desk_digests import take_digest_pictures
from tools.pictures.desk_rows import take_row_pictures
from tools.pictures.desk_sending import take_sending_pictures
from tools.pictures.desk_templates import take_template_pictures
from tools.pictures.desk_trouble import take_trouble_pictures
from tools.pictures.served import Site


def take_desk_pictures(site: Site, out: Path, *, browser: Browser) -> list[Path]:
    """Each part leaves the site with more in it than it found; the last empties it."""
    page = browser.new_page(locale="en-GB")
    camera = Camera(page, site.base, out)
    _sign_in(camera, site.desk)
    take_digest_pictures(camera, site)
    take_row_pictures(camera, site)
    take_template_pictures(camera, site.desk)
    take_alert_pictures(camera, site)
    take_sending_pictures(camera, site)
    take_trouble_pictures(camera, site)
    page.close()
    return camera.files


def _sign_in(camera: Camera, desk: Desk) -> None:
    def try_in_vain(page: Page) -> None:
        login_limits.forget(desk.editor.username)  # each form of the picture is one more guess
        fill_log_in(page, desk.editor.username, "not it")
        page.get_by_text("Please enter the correct").wait_for()

    camera.take("desk-login", LOG_IN)
    camera.take("desk-login-error", LOG_IN, try_in_vain)
    camera.sign_in(desk.editor.username, desk.password)
