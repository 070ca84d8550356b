"""The day's work: the desk, the calendar, a digest from its draft to its approval, and every question that is asked."""

from datetime import timedelta

from playwright.sync_api import Page

from tools.pictures.calendar import planned_page
from tools.pictures.camera import Camera
from tools.pictures.served import Site

DIGESTS = "/admin/digests/digest/"
NARROW = 1280
SEARCHED = "night"


def take_digest_pictures(camera: Camera, site: Site) -> None:
    sent, draft = f"{DIGESTS}{site.sent.pk}/", f"{DIGESTS}{site.draft.pk}/"
    camera.take("desk", "/admin/")
    camera.take("desk-menu", "/admin/", _open_menu)
    camera.take("desk-account", "/admin/", _open_account)
    camera.take("desk-search", "/admin/", _search_everything)
    camera.take_all(
        {
            "desk-digests": DIGESTS,
            "desk-digests-filtered": f"{DIGESTS}?state__exact=held&q=briefing",
            "desk-digests-none": f"{DIGESTS}?q=nothing-is-called-like-this",
            "desk-digest-draft": f"{draft}change/",
            "desk-digest-history": f"{draft}history/",
            "desk-digest-sent": f"{sent}change/",
            "desk-preview": f"{draft}preview/",
            "desk-preview-sent": f"{sent}preview/",
            "desk-approve": f"{draft}approve/",
            "desk-withdraw": f"{draft}withdraw/",
            "desk-assemble-again": f"{draft}assemble-again/",
            "desk-skip": f"{draft}skip/",
            "desk-reschedule": f"{draft}schedule/",
            "desk-cancel": f"{draft}cancel/",
            "desk-preflight": f"{draft}preflight/",
            "desk-live": f"{sent}live/",
            "desk-correct": f"{sent}correct/",
            "desk-calendar": f"{DIGESTS}calendar/",
            "desk-calendar-week": f"{DIGESTS}calendar/?view=week",
            "desk-calendar-planned": planned_page(
                site.desk.good_news, site.draft.local_date + timedelta(days=7)
            ),
            "desk-calendar-make": f"{DIGESTS}calendar/make/",
            "desk-stop-everything": f"{DIGESTS}stop-all-sending/",
        }
    )
    for state in ("held", "missed", "skipped"):
        other = site.desk.briefing.digests.filter(state=state).first()
        assert other is not None  # noqa: S101 - the calendar is furnished with them
        camera.take(f"desk-digest-{state}", f"{DIGESTS}{other.pk}/change/")
        if state == "skipped":
            camera.take("desk-unskip", f"{DIGESTS}{other.pk}/unskip/")
    _compose(camera, f"{draft}compose/")
    camera.take("desk-compose-sent", f"{sent}compose/", _mail_is_there)


def _compose(camera: Camera, path: str) -> None:
    camera.take("desk-compose", path, _mail_is_there)
    camera.take("desk-compose-search", f"{path}?q={SEARCHED}", _mail_is_there)
    camera.take("desk-compose-nothing-found", f"{path}?q=xylophone", _mail_is_there)
    camera.take("desk-compose-story", path, _open_story)
    for tab in ("preflight", "test", "history"):

        def open_tab(page: Page, tab: str = tab) -> None:
            page.locator(f"#tab-{tab}").click()
            page.wait_for_timeout(800)  # for what the server has to say

        camera.take(f"desk-compose-{tab}", path, open_tab)


def _mail_is_there(page: Page) -> None:
    page.wait_for_timeout(800)


def _open_story(page: Page) -> None:
    page.locator("[data-edit]").first.click()
    page.get_by_label("Kicker").first.wait_for()
    page.wait_for_timeout(500)


def _open_menu(page: Page) -> None:
    """On a phone the menu lies behind a button; at a desk it stands there."""
    if (page.viewport_size or {"width": 0})["width"] < NARROW:
        page.locator("[x-on\\:click*=idebar]:visible", has_text="dock_to_right").first.click()
        page.wait_for_timeout(400)


def _open_account(page: Page) -> None:
    _open_menu(page)
    page.locator("[x-on\\:click*=openUserLinks]:visible").first.click()
    page.wait_for_timeout(400)


def _search_everything(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.wait_for_timeout(400)
