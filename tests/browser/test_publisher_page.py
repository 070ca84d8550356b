"""The alert webhook is tested from the publisher's page, and the page says how it went."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digests.models import WebhookMessage
from digests.notices import webhook_messages
from subscriptions.clock import database_now
from subscriptions.models import Publisher
from subscriptions.webhook_secrets import new_webhook_secret
from tests.browser.desk_pages import check, sign_in
from tests.fakes import Answer, FeedServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def work(server: FeedServer) -> None:
    """What the worker of errands does."""
    message = WebhookMessage.objects.get(settled_at=None)
    claimed = webhook_messages.claim(message.pk, now=database_now())
    assert claimed is not None
    allow = settings.FETCH_ALLOW | {server.place}
    webhook_messages.send(claimed, now=database_now(), allow=allow)


def test_a_test_webhook_is_sent_and_its_answer_shown(page: Page, live_server: LiveServer) -> None:
    with FeedServer({"/hook": Answer(status=204)}) as server:
        publisher = Publisher.objects.current()
        publisher.alert_webhook_url = server.url("/hook")
        publisher.alert_webhook_secret = new_webhook_secret()
        publisher.save()
        page.set_viewport_size({"width": 1280, "height": 900})
        sign_in(page, live_server)
        page.goto(f"{live_server.url}/admin/subscriptions/publisher/{publisher.pk}/change/")
        page.get_by_role("button", name="Send a test").press("Enter")
        expect(page.get_by_text("is on its way")).to_be_visible()
        work(server)
        expect(page.get_by_text("The test was accepted at")).to_be_visible()
        server.routes["/hook"] = Answer(status=500)
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("is on its way")).to_be_visible()
        work(server)
        expect(page.get_by_text("was not accepted. The server answered 500")).to_be_visible()
        check(page)
