"""Approving on the pages of the admin: two people, stale pages, and what the page says while it is open."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from digests import versions
from digests.choices import DigestState
from digests.models import Approval, Article, Digest, Template, WebhookMessage
from subscriptions.clock import database_now
from subscriptions.models import Publisher
from tests.builders import Press
from tests.staff import member, signed_in

PUBLISHER = "/admin/subscriptions/publisher/1/change/"


@pytest.fixture
def digest(press: Press) -> Digest:
    newsletter = press.newsletter()
    Template.objects.update(needs_second_person=True)
    due = database_now() + timedelta(hours=3)
    digest = press.digest(newsletter, due_at=due, deadline_at=due - timedelta(minutes=15))
    press.carry(digest, press.article("The ferry is back"))
    return digest


def person(name: str) -> Client:
    client = Client()
    client.force_login(member("publisher", name))
    return client


def url(digest: Digest, rest: str) -> str:
    return f"/admin/digests/digest/{digest.pk}/{rest}/"


def approve(client: Client, digest: Digest, seen: str = "") -> str:
    seen = seen or versions.draft_of(digest).fingerprint
    response = client.post(url(digest, "approve"), {"seen": seen})
    assert response.status_code == 302
    return str(list(get_messages(response.wsgi_request))[-1])


def text(client: Client, digest: Digest, rest: str) -> str:
    response = client.get(url(digest, rest))
    assert response.status_code == 200
    return response.content.decode()


def state() -> str:
    return Digest.objects.get().state


def test_one_approves_and_another_confirms(digest: Digest) -> None:
    anna, ben = person("anna"), person("ben")
    assert "Someone else must approve it as well before it goes out." in text(
        anna, digest, "approve"
    )
    assert approve(anna, digest) == "You approved version 1. Someone else must approve it as well."
    assert approve(anna, digest) == "You approved version 1. Someone else must approve it as well."
    assert state() == DigestState.DRAFT

    mine = text(anna, digest, "approve")
    assert "You have approved this version." in mine
    assert "Approve it</button>" not in mine
    theirs = text(ben, digest, "approve")
    assert "anna has approved this version." in theirs
    assert "Approve it</button>" in theirs

    assert approve(ben, digest) == "Version 1 is approved."
    assert state() == DigestState.APPROVED
    page = text(ben, digest, "change")
    assert "Version 1, approved by anna at " in page
    assert "Confirmed by ben at " in page


def test_where_one_is_enough_the_second_click_names_the_first(digest: Digest) -> None:
    Template.objects.update(needs_second_person=False)
    anna, ben = person("anna"), person("ben")
    assert approve(anna, digest) == approve(anna, digest) == "Version 1 is approved."
    assert approve(ben, digest) == "Version 1 was approved by anna already."
    assert Approval.objects.count() == 1


def test_a_stale_page_confirms_nothing_and_says_so(digest: Digest) -> None:
    anna, ben = person("anna"), person("ben")
    seen = versions.draft_of(digest).fingerprint
    approve(anna, digest)
    Digest.objects.update(subject="Quite another subject")
    assert approve(ben, digest, seen).startswith("It has changed since you looked at it.")
    assert "no longer counts" in text(ben, digest, "approve")
    assert state() == DigestState.DRAFT


def test_what_blocks_is_said_and_the_button_is_gone(digest: Digest) -> None:
    anna = person("anna")
    Article.objects.update(retracted_at=database_now())
    page = text(anna, digest, "approve")
    assert "The digest cannot be approved like this" in page
    assert "“The ferry is back” has been retracted." in page
    assert "Approve it</button>" not in page
    assert "has been retracted" in approve(anna, digest)
    assert state() == DigestState.DRAFT


def test_a_waiting_yes_can_be_taken_back(digest: Digest) -> None:
    anna = person("anna")
    assert "/withdraw/" not in text(anna, digest, "change")
    approve(anna, digest)
    assert url(digest, "withdraw") in text(anna, digest, "change")
    assert "The first approval is withdrawn." in text(anna, digest, "withdraw")
    anna.post(url(digest, "withdraw"))
    assert not Approval.objects.waiting().exists()


def test_the_part_that_fetches_itself_tells_the_deadline_and_the_time_left(digest: Digest) -> None:
    part = text(signed_in("analyst"), digest, "standing")
    assert "(Europe/Paris): held, and you are alerted." in part
    assert "left to approve it." in part
    assert f'data-standing="{url(digest, "standing")}"' in text(person("anna"), digest, "change")
    assert Client().get(url(digest, "standing")).status_code == 302
    approve(person("ben"), digest)
    assert "Without a second approval by " in text(person("cleo"), digest, "standing")


def test_the_part_is_refused_to_who_may_not_look(digest: Digest) -> None:
    client = Client()
    user = member("analyst")
    user.groups.clear()
    client.force_login(user)
    assert client.get(url(digest, "standing")).status_code == 403


# --- The alert webhook of the publisher ------------------------------------------------------------


def saved(client: Client, **fields: object) -> int:
    publisher = Publisher.objects.current()
    form = {
        name: getattr(publisher, name)
        for name in ("name", "colour", "zone", "language", "sender_address")
    }
    return client.post(PUBLISHER, form | fields).status_code


def test_a_webhook_gets_a_secret_and_a_new_one_when_asked(press: Press) -> None:
    client = signed_in("publisher")
    assert saved(client, alert_webhook_url="https://pager.example.org/hook") == 302
    first = Publisher.objects.current().alert_webhook_secret
    assert first.startswith("whsec_")
    assert first in client.get(PUBLISHER).content.decode()
    saved(client, alert_webhook_url="https://pager.example.org/hook")
    assert Publisher.objects.current().alert_webhook_secret == first
    saved(client, alert_webhook_url="https://pager.example.org/hook", new_secret="on")
    assert Publisher.objects.current().alert_webhook_secret not in {"", first}


def test_a_webhook_that_others_could_read_is_refused(press: Press) -> None:
    client = signed_in("publisher")
    assert saved(client, alert_webhook_url="http://pager.example.org/hook") == 200
    assert Publisher.objects.current().alert_webhook_url == ""
    assert saved(client, alert_webhook_url="http://127.0.0.1:9000/hook") == 302


def test_who_may_only_look_sees_neither_address_nor_secret(press: Press) -> None:
    Publisher.objects.update(
        alert_webhook_url="https://pager.example.org/hook", alert_webhook_secret="whsec_abc"
    )
    page = signed_in("analyst").get(PUBLISHER).content.decode()
    assert "pager.example.org" not in page
    assert "whsec_" not in page
    assert signed_in("curator").get("/admin/digests/webhookmessage/").status_code == 403


def test_the_outbox_of_webhooks_is_shown(press: Press) -> None:
    now = database_now()
    WebhookMessage.objects.create(
        type="digest.held", body="{}", created_at=now, due_at=now, expires_at=now
    )
    page = signed_in("publisher").get("/admin/digests/webhookmessage/").content.decode()
    assert "digest.held" in page
