"""An approval that waits for its second person: told at once to those who may, and seen wherever digests are listed."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from digests.choices import DigestState
from digests.composing import wording
from digests.decisions import approval, steering, stop_press
from digests.drafts.editing import Editor
from digests.letter_kinds import digest_alert
from digests.models import Digest, Template, WebhookMessage
from digests.plan import replanning
from subscriptions.clock import database_now
from subscriptions.mailing.letters import Obsolete
from subscriptions.models import Letter, Publisher
from tests.builders import Press
from tests.staff import member

BADGE = "Waits for a second person"


@pytest.fixture
def digest(press: Press) -> Digest:
    """A digest that is due in some hours, of a newsletter that asks for a second approval."""
    Publisher.objects.update(
        alert_address="desk@example.org", alert_webhook_url="https://pager.example.org/hook"
    )
    newsletter = press.newsletter()
    press.readers(newsletter, 8)
    Template.objects.update(needs_second_person=True)
    due = database_now() + timedelta(hours=3)
    fields = {"local_date": due.date(), "deadline_at": due - timedelta(minutes=15)}
    digest = press.digest(newsletter, due_at=due, **fields)
    press.carry(digest, press.article("The ferry is back"))
    return digest


@pytest.fixture
def house(db: None) -> dict[str, User]:
    people = {name: member("publisher", name) for name in ("anna", "ben", "gone", "mute")}
    people["cleo"] = member("curator", "cleo")
    people["chief"] = User.objects.create_superuser("chief", "chief@example.org", "newsroom")
    User.objects.filter(username="gone").update(is_active=False)
    User.objects.filter(username="mute").update(email="")
    return people


def told() -> list[str]:
    return sorted(Letter.objects.values_list("address", flat=True))


def said() -> str:
    newest = Letter.objects.order_by("-pk").first()
    assert newest is not None
    return str(newest.context["text"])


def under_way(digest: Digest) -> Digest:
    """Being sent, and rewritten since."""
    Digest.objects.update(state=DigestState.CANCELLED)
    Template.objects.update(needs_second_person=False)
    sent = Press().frozen(digest.newsletter, due_at=database_now(), slot="evening")
    Template.objects.update(needs_second_person=True)
    wording.write_words(sent.pk, {"subject": "The ferry is safe"}, Editor(None, database_now()))
    return Digest.objects.select_related("newsletter", "sending_version").get(pk=sent.pk)


def test_it_is_told_at_once_and_once_to_those_who_may_confirm(
    digest: Digest, house: dict[str, User]
) -> None:
    for _click in range(2):
        approval.approve(digest, by=house["anna"], now=database_now())
    assert told() == ["ben@example.org", "chief@example.org", "desk@example.org"]
    message = json.loads(WebhookMessage.objects.get().body)
    assert message["type"] == "digest.second"
    text = message["data"]["text"]
    assert text.startswith(
        "anna approved version 1. Someone else must approve it as well. Without a second approval by "
    )
    assert "held, and you are alerted." in text
    assert {letter.context["text"] for letter in Letter.objects.all()} == {text}


def test_nobody_is_told_twice_at_one_address(digest: Digest, house: dict[str, User]) -> None:
    Publisher.objects.update(alert_address="Ben@example.org")
    User.objects.filter(username="chief").update(email="BEN@example.org")
    approval.approve(digest, by=house["anna"], now=database_now())
    assert [address.lower() for address in told()] == ["ben@example.org"]


def test_the_letter_leads_to_where_it_is_confirmed_and_says_nothing_once_it_is(
    digest: Digest, house: dict[str, User]
) -> None:
    approval.approve(digest, by=house["anna"], now=database_now())
    letter = Letter.objects.first()
    assert letter is not None
    words = digest_alert(letter, database_now()).text
    assert f"/admin/digests/digest/{digest.pk}/approve/" in words
    assert "Look and confirm" in words
    approval.approve(digest, by=house["ben"], now=database_now())
    with pytest.raises(Obsolete):
        digest_alert(letter, database_now())


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_stop_press_that_waits_says_how_many_readers_do(
    digest: Digest, house: dict[str, User], is_paused: bool
) -> None:
    """It takes the right to send as well, which a person may lack who may approve."""
    house["ben"].groups.clear()
    house["ben"].user_permissions.add(Permission.objects.get(codename="approve_digest"))
    sent = under_way(digest)
    if is_paused:
        steering.pause(sent)
    assert stop_press.release(sent.pk, by=house["anna"], now=database_now()).is_waiting
    assert told() == ["chief@example.org", "desk@example.org"]
    text = said()
    assert ("It is paused, and 8 readers wait for it." in text) == is_paused
    assert ("It is being sent: until then 8 readers more get version 1." in text) != is_paused
    letter = Letter.objects.first()
    assert letter is not None
    assert f"/digest/{sent.pk}/live/" in digest_alert(letter, database_now()).text


def test_another_version_is_told_anew(digest: Digest, house: dict[str, User]) -> None:
    approval.approve(digest, by=house["anna"], now=database_now())
    Digest.objects.update(subject="Something quite else")
    approval.approve(digest, by=house["ben"], now=database_now())
    assert said().startswith("ben approved version 2.")
    assert told().count("anna@example.org") == 1
    assert WebhookMessage.objects.count() == 2


def test_where_an_approved_version_stands_it_says_which_one_goes_out(
    digest: Digest, house: dict[str, User]
) -> None:
    approval.approve(digest, by=house["anna"], now=database_now())
    approval.approve(digest, by=house["ben"], now=database_now())
    Digest.objects.update(subject="Something quite else")
    approval.approve(digest, by=house["ben"], now=database_now())
    assert "Without it version 1 goes out at " in said()


def test_the_first_is_told_where_nobody_may_be_the_second(digest: Digest) -> None:
    client = signed_in_as(member("publisher", "anna"))
    page = f"/admin/digests/digest/{digest.pk}/approve/"
    seen = client.get(page).context["form"].initial["seen"]
    answer = client.post(page, {"seen": seen}, follow=True).text
    assert "Nobody else is allowed to do that yet: give a colleague the role “publisher”." in answer


def signed_in_as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_it_is_seen_on_the_desk_by_those_who_may_and_as_a_badge_by_all(
    digest: Digest, house: dict[str, User]
) -> None:
    approval.approve(digest, by=house["anna"], now=database_now())
    for name, is_asked in (("anna", False), ("ben", True), ("cleo", False), ("chief", True)):
        client = signed_in_as(house[name])
        desk = client.get("/admin/").text
        assert ("Waits for your second approval" in desk) == is_asked, name
        assert (f'href="/admin/digests/digest/{digest.pk}/approve/"' in desk) == is_asked, name
        assert BADGE in desk, name
    for page in ("", "calendar/", "calendar/?view=week", f"{digest.pk}/change/", "?second=awaited"):
        assert f'desk-warn">{BADGE}<' in client.get(f"/admin/digests/digest/{page}").text, page
    approval.approve(digest, by=house["ben"], now=database_now())
    assert BADGE not in client.get("/admin/").text
    listed = client.get("/admin/digests/digest/?second=awaited").context["cl"]
    assert list(listed.result_list) == []


@pytest.mark.parametrize("end", ["withdrawn", "skipped", "cancelled", "sent"])
def test_nobody_is_asked_for_what_has_ended(
    digest: Digest, house: dict[str, User], end: str
) -> None:
    now = database_now()
    approval.approve(digest, by=house["anna"], now=now)
    if end == "withdrawn":
        approval.withdraw(digest, now=now)
    elif end == "skipped":
        replanning.skip(digest.pk, "", by="anna", now=now)
    elif end == "cancelled":
        steering.cancel(digest, "", now=now)
    else:
        sent = {"sending_version": digest.versions.get(), "frozen_at": now, "audience_size": 0}
        Digest.objects.update(state=DigestState.SENT, **sent)
    client = signed_in_as(house["ben"])
    for page in ("", "digests/digest/", "digests/digest/calendar/"):
        shown = client.get(f"/admin/{page}").text
        assert f">{BADGE}<" not in shown
        assert "Waits for you" not in shown


def test_what_is_being_sent_stands_first_on_the_desk(
    digest: Digest, house: dict[str, User]
) -> None:
    sent = under_way(digest)
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.DRAFT)
    approval.approve(digest, by=house["anna"], now=database_now())
    stop_press.release(sent.pk, by=house["anna"], now=database_now())
    shown = signed_in_as(house["ben"]).get("/admin/").context["confirmations"]
    assert [one.digest.pk for one in shown] == [sent.pk, digest.pk]
    assert shown[0].link == f"/admin/digests/digest/{sent.pk}/live/"
