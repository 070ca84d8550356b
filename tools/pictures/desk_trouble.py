"""What goes wrong, who may not do it, and a house in which nothing has been made yet."""

from django.conf import settings
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page

from digests.decisions import steering
from subscriptions.clock import database_now
from subscriptions.mailing import transports
from tools.demo.database import start_afresh
from tools.pictures.camera import Camera
from tools.pictures.desk_digests import DIGESTS
from tools.pictures.served import Site

PASSWORD = "pictures-only"  # noqa: S105 - of a database that is emptied


def take_trouble_pictures(camera: Camera, site: Site) -> None:
    """The last part: it empties the database."""
    for name, path in (
        ("desk-newsletter-error", "/admin/subscriptions/newsletter/add/"),
        ("desk-booking-error", "/admin/digests/booking/add/"),
    ):
        camera.take(name, path, _save_nothing)
    camera.take("desk-error-not-found", "/admin/digests/nothing/here/")
    camera.take("desk-error-gone", f"{DIGESTS}999999/compose/")
    _let_the_way_out_fail()
    steering.stop_everything("ada", now=database_now())
    camera.take("desk-way-out-down", "/admin/")
    camera.take("desk-start-again", f"{DIGESTS}start-again/")
    _as_a_curator(camera, site)
    _in_a_new_house(camera)


def _save_nothing(page: Page) -> None:
    page.locator("form[id$=_form]").evaluate("it => it.noValidate = true")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()
    page.wait_for_timeout(300)


def _let_the_way_out_fail() -> None:
    """As if its server had closed again and again."""
    name, now = settings.MAIL_ROUTES["digests"].name, database_now()
    for _time in range(transports.MOST_FAILURES):
        why = "mail.example.org:587 cannot be reached: Connection refused"
        transports.note_trouble(name, why, rest_seconds=10, now=now)
        transports.end_rest(name, now=now)
    transports.note_trouble(name, why, rest_seconds=10, now=now)


def _as_a_curator(camera: Camera, site: Site) -> None:
    """May put digests together, and neither approve nor send them."""
    curator = User.objects.create_user("curator", password=PASSWORD, is_staff=True)
    curator.groups.add(Group.objects.get(name="curator"))
    camera.sign_in(curator.username, PASSWORD)
    digest = site.desk.briefing.digests.filter(state="held").first()
    assert digest is not None  # noqa: S101 - the calendar is furnished with it
    camera.take("desk-curator", "/admin/")
    camera.take("desk-curator-digest", f"{DIGESTS}{digest.pk}/change/")
    camera.take("desk-error-not-allowed", "/admin/subscriptions/subscriber/")


def _in_a_new_house(camera: Camera) -> None:
    start_afresh()
    first = User.objects.create_superuser("first", password=PASSWORD)
    camera.sign_in(first.username, PASSWORD)
    camera.take_all(
        {
            "desk-new": "/admin/",
            "desk-new-digests": DIGESTS,
            "desk-new-calendar": f"{DIGESTS}calendar/",
            "desk-new-alert": f"{DIGESTS}alert/",
            "desk-new-articles": "/admin/digests/article/",
            "desk-new-templates": "/admin/digests/template/",
            "desk-new-publisher": "/admin/subscriptions/publisher/",
            "desk-new-embedded-forms": "/admin/subscriptions/embeddedform/",
            "desk-new-growth": "/admin/subscriptions/embeddedform/by-page-list/",
        }
    )
