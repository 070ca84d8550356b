"""What a reader sees when nothing can be done: too many at once, a form that cannot be read, a fault of ours."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import Route

from subscriptions.clock import database_now
from subscriptions.sign_up.form_times import stamp
from subscriptions.sign_up.rate_limits import parse_limit
from tools.pictures.tour import Tour

TOO_MANY_FIELDS = 1_001


def turned_away(tour: Tour) -> Iterator[str]:
    """Asked of the views themselves: the limits of the server that the pages come from shall stay as they are."""
    client = Client(headers={"host": urlsplit(tour.base).netloc})
    language = f"?lang={tour.language}"
    full = {name: parse_limit(name, "0/hour") for name in settings.SIGN_UP_LIMITS}
    with override_settings(SIGN_UP_LIMITS=full):
        wish = {
            "newsletters": [tour.other.slug],
            "address": "renata.solano@example.org",
            "shown": stamp(database_now() - timedelta(minutes=1)),
        }
        for name, path in (
            ("sign-up-too-many", reverse("subscribe")),
            ("frame-too-many", reverse("embed_frame", args=[tour.box.public_id])),
            ("settings-ask-too-many", reverse("ask_for_link")),
        ):
            answer = client.post(path + language, wish, headers={"origin": tour.base})
            _show(tour, answer.status_code, answer.content)
            yield name
    fields = {f"field{number}": "" for number in range(TOO_MANY_FIELDS)}
    answer = client.post(reverse("subscribe") + language, fields)
    _show(tour, answer.status_code, answer.content)
    yield "error-400"
    for status in (403, 500):
        with translation.override(tour.language):
            _show(tour, status, render_to_string(f"{status}.html").encode())
        yield f"error-{status}"


def _show(tour: Tour, status: int, body: bytes) -> None:
    url = f"{tour.base}/turned-away/"

    def answer(route: Route) -> None:
        route.fulfill(status=status, body=body, content_type="text/html; charset=utf-8")

    tour.page.route(url, answer)
    tour.page.goto(url, wait_until="load")
    tour.page.unroute(url)
