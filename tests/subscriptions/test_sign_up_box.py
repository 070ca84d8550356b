"""The form that any page of ours may hold."""

import re
from datetime import timedelta

import pytest
from django.template import Context, Template
from django.test import Client

from subscriptions.choices import NewsletterState
from subscriptions.clock import database_now
from subscriptions.models import Newsletter, SignUp
from subscriptions.sign_up.form_times import stamp
from tests.builders import Press

PAGE = Template("{% load sign_up_box %}{% sign_up_box newsletter %}")


@pytest.fixture
def good(press: Press, no_counts: None) -> Newsletter:
    return press.newsletter("Good <News>", slug="good-news", description="Reasons to smile.")


def test_the_box_of_a_page_signs_up_for_its_newsletter(good: Newsletter) -> None:
    box = PAGE.render(Context({"newsletter": good}))
    assert "Good &lt;News&gt;" in box
    assert "Reasons to smile." in box
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"(?: value="([^"]*)")?', box))
    assert set(fields) == {"newsletters", "address", "website", "shown"}
    early = stamp(database_now() - timedelta(seconds=20))
    sent = fields | {"address": "reader@example.org", "shown": early}
    page = "http://testserver/archive/good-news/"
    response = Client(enforce_csrf_checks=True).post("/subscribe/", sent, headers={"referer": page})
    assert response.status_code == 303
    sign_up = SignUp.objects.get()
    assert sign_up.newsletters.get() == good
    assert sign_up.source_url == page


def test_a_newsletter_that_takes_nobody_has_no_box(good: Newsletter) -> None:
    good.state = NewsletterState.CLOSED
    assert PAGE.render(Context({"newsletter": good})).strip() == ""
