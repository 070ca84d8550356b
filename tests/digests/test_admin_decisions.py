from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from digests import ledger, versions
from digests.choices import DigestState, Outcome
from digests.decisions import approval, steering
from digests.models import Digest, SeedHold, SendingSwitch, SubjectTest
from subscriptions.clock import database_now
from subscriptions.local_times import in_zone
from subscriptions.models import Publisher
from tests.builders import Press
from tests.staff import chief, signed_in

ACTIONS = {
    "approve": "approve",
    "withdraw": "withdraw",
    "reschedule": "schedule",
    "send_now": "send-now",
    "pause": "pause",
    "resume": "resume",
    "cancel": "cancel",
    "assemble_again": "assemble-again",
}


@pytest.fixture
def publisher(press: Press) -> Client:
    return signed_in("publisher")


def page(digest: Digest, action: str) -> str:
    return f"/admin/digests/digest/{digest.pk}/{action}/"


def told(response: object) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


def row(digest: Digest) -> dict[str, object]:
    return dict(Digest.objects.filter(pk=digest.pk).values().get())


def seen(digest: Digest) -> dict[str, str]:
    return {"seen": versions.draft_of(digest).fingerprint}


def draft(press: Press) -> Digest:
    due = database_now() + timedelta(hours=3)
    digest = press.digest(press.newsletter(), due_at=due)
    press.carry(digest, press.article())
    return digest


def approved(press: Press) -> Digest:
    return press.approved(press.newsletter(), due_at=database_now() + timedelta(hours=3))


def being_sent(press: Press, readers: int = 3) -> Digest:
    newsletter = press.newsletter()
    press.readers(newsletter, readers)
    return press.frozen(newsletter, due_at=database_now())


IN_STATE = {
    "approve": draft,
    "withdraw": approved,
    "reschedule": draft,
    "send_now": approved,
    "pause": being_sent,
    "cancel": draft,
    "assemble_again": draft,
}


@pytest.mark.parametrize("action", IN_STATE)
def test_asking_changes_nothing(press: Press, publisher: Client, action: str) -> None:
    digest = IN_STATE[action](press)
    before = row(digest)
    response = publisher.get(page(digest, ACTIONS[action]))
    assert response.status_code == 200
    assert "Go back" in response.content.decode()
    assert row(digest) == before


@pytest.mark.parametrize("role", ["analyst", "curator", "audience"])
@pytest.mark.parametrize("action", sorted(set(ACTIONS) - {"assemble_again"}))
def test_who_may_not_decide_gets_403_and_changes_nothing(
    press: Press, role: str, action: str
) -> None:
    digest = IN_STATE.get(action, being_sent)(press)
    before = row(digest)
    client = signed_in(role)
    for response in (
        client.get(page(digest, ACTIONS[action])),
        client.post(page(digest, ACTIONS[action]), seen(digest)),
    ):
        assert response.status_code == 403
    assert row(digest) == before


def test_a_stranger_is_sent_to_the_login(press: Press, client: Client) -> None:
    digest = draft(press)
    response = client.post(page(digest, "approve"), seen(digest))
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")
    assert row(digest)["state"] == DigestState.DRAFT


def test_approving_keeps_the_version_that_was_seen(press: Press, publisher: Client) -> None:
    digest = draft(press)
    response = publisher.post(page(digest, "approve"), seen(digest))
    assert response["Location"] == f"/admin/digests/digest/{digest.pk}/change/"
    assert told(response) == ["Version 1 is approved."]
    digest.refresh_from_db()
    assert digest.state == DigestState.APPROVED
    assert digest.approved_by is not None
    assert digest.approved_by.username == "publisher"


def test_approving_shows_what_readers_see_first_and_who_wrote_it(
    press: Press, publisher: Client
) -> None:
    digest = draft(press)
    SubjectTest.objects.create(digest=digest, alternatives=["Another"])
    Digest.objects.update(subject="Typed", preheader="", automatic_words=["preheader"])
    press.carry(digest, press.article("Ferry <sinks>"))
    asked = publisher.get(page(digest, "approve")).content.decode()
    assert "Subject: Typed" in asked
    assert "Preheader, automatic: Ferry &lt;sinks&gt;" in asked
    assert "Another subject, tried on some readers: Another" in asked
    Digest.objects.update(automatic_words=["subject"])
    asked = publisher.get(page(digest, "approve")).content.decode()
    assert "Subject, automatic: Morning Briefing: " in asked
    assert "Preheader: –" in asked


def test_two_clicks_on_approve_make_one_version(press: Press, publisher: Client) -> None:
    digest = draft(press)
    form = seen(digest)
    for _click in range(2):
        publisher.post(page(digest, "approve"), form)
    assert digest.versions.count() == 1
    assert row(digest)["state"] == DigestState.APPROVED


def test_what_changed_since_it_was_looked_at_is_not_approved(
    press: Press, publisher: Client
) -> None:
    digest = draft(press)
    form = seen(digest)
    Digest.objects.filter(pk=digest.pk).update(subject="Quite another subject")
    response = publisher.post(page(digest, "approve"), form)
    assert told(response) == [
        "It has changed since you looked at it. Look again, then approve what you see."
    ]
    assert row(digest)["state"] == DigestState.DRAFT
    assert digest.versions.count() == 0


def test_an_empty_digest_is_refused_in_words(press: Press, publisher: Client) -> None:
    digest = press.digest(press.newsletter(), due_at=database_now() + timedelta(hours=3))
    response = publisher.post(page(digest, "approve"), seen(digest))
    assert told(response) == ["The digest has no stories yet."]
    assert row(digest)["state"] == DigestState.DRAFT


def test_a_digest_that_cannot_be_rendered_is_explained(press: Press, publisher: Client) -> None:
    digest = press.digest(press.newsletter(), due_at=database_now() + timedelta(hours=3))
    press.carry(digest, press.article(url="javascript:alert(1)"))
    response = publisher.get(page(digest, "approve"))
    assert response.status_code == 302
    assert "link" in told(response)[0].lower()


def test_withdrawing_makes_it_a_draft_again(press: Press, publisher: Client) -> None:
    digest = approved(press)
    publisher.post(page(digest, "withdraw"))
    assert row(digest)["state"] == DigestState.DRAFT
    response = publisher.post(page(digest, "withdraw"))
    assert told(response)[-1] == "It is not approved, so there is nothing to withdraw."


def test_sending_now_says_to_how_many_and_brings_the_time_forward(
    press: Press, publisher: Client
) -> None:
    digest = approved(press)
    press.readers(digest.newsletter, 2)
    assert "at once to 2 readers" in publisher.get(page(digest, "send-now")).content.decode()
    publisher.post(page(digest, "send-now"))
    digest.refresh_from_db()
    assert digest.due_at <= database_now()


def test_a_draft_is_not_sent_now(press: Press, publisher: Client) -> None:
    digest = draft(press)
    before = row(digest)
    response = publisher.post(page(digest, "send-now"))
    assert told(response) == ["Only an approved digest can be sent. Approve it first."]
    assert row(digest) == before


def test_scheduling_takes_the_time_in_the_digests_zone(press: Press, publisher: Client) -> None:
    digest = draft(press)
    publisher.post(page(digest, "schedule"), {"at": "2099-01-05T07:30"})
    digest.refresh_from_db()
    assert digest.due_at.isoformat() == "2099-01-05T06:30:00+00:00"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2099-03-29T02:30", "The clocks change then"),
        ("soon", "Write it as"),
        ("2099-01-05T07:30+02:00", "without an offset"),
    ],
)
def test_a_time_that_is_none_is_explained_beside_the_field(
    press: Press, publisher: Client, at: str, words: str
) -> None:
    digest = draft(press)
    before = row(digest)
    response = publisher.post(page(digest, "schedule"), {"at": at})
    assert response.status_code == 200
    assert words in response.content.decode()
    assert row(digest) == before


def test_a_time_that_has_passed_is_refused(press: Press, publisher: Client) -> None:
    digest = draft(press)
    response = publisher.post(page(digest, "schedule"), {"at": "2001-01-05T07:30"})
    assert told(response)[0].startswith("That time has passed.")


def test_pausing_twice_and_resuming_twice_is_pausing_and_resuming(
    press: Press, publisher: Client
) -> None:
    digest = being_sent(press)
    publisher.post(page(digest, "pause"))
    assert row(digest)["state"] == DigestState.PAUSED
    response = publisher.post(page(digest, "pause"))
    assert told(response)[-1] == "It is not being sent, so there is nothing to pause."
    assert "3 readers still wait" in publisher.get(page(digest, "resume")).content.decode()
    publisher.post(page(digest, "resume"))
    assert row(digest)["state"] == DigestState.SENDING
    response = publisher.post(page(digest, "resume"))
    assert told(response)[-1] == "It is not paused."


def test_resuming_before_the_seeds_minutes_are_over_does_not_promise_it_at_once(
    press: Press, publisher: Client
) -> None:
    digest = being_sent(press)
    publisher.post(page(digest, "pause"))
    until = database_now() + timedelta(minutes=10)
    hold = SeedHold.objects.create(digest=digest, addresses=[], seeds=1, ends_at=until)
    shown = publisher.get(page(digest, "resume")).content.decode()
    assert "3 readers still wait for it. Seeds get it at once, everybody else at " in shown
    SeedHold.objects.filter(pk=hold.pk).update(ends_at=database_now())
    assert "get it now" in publisher.get(page(digest, "resume")).content.decode()


def test_cancelling_says_in_numbers_what_it_does(press: Press, publisher: Client) -> None:
    digest = being_sent(press)
    words = publisher.get(page(digest, "cancel")).content.decode()
    assert "3 readers will not get it." in words
    assert "No mail server has accepted it for anybody." in words
    publisher.post(page(digest, "cancel"), {"reason": "Wrong day"})
    assert row(digest)["state"] == DigestState.CANCELLED
    assert Digest.objects.get(pk=digest.pk).state_reason == "Wrong day"
    assert ledger.counts(digest.pk) == {Outcome.CANCELLED: 3}
    response = publisher.post(page(digest, "cancel"), {"reason": "again"})
    assert told(response)[-1] == "It is cancelled already."
    assert Digest.objects.get(pk=digest.pk).state_reason == "Wrong day"


def test_assembling_again_is_a_curators_work(press: Press) -> None:
    digest = draft(press)
    assert signed_in("analyst").post(page(digest, "assemble-again")).status_code == 403
    response = signed_in("curator").post(page(digest, "assemble-again"))
    assert told(response) == ["The digest has been assembled again."]


def test_the_buttons_offered_are_those_that_make_sense(press: Press, publisher: Client) -> None:
    digest = draft(press)
    words = publisher.get(f"/admin/digests/digest/{digest.pk}/change/").content.decode()
    assert page(digest, "approve") in words
    assert page(digest, "cancel") in words
    assert page(digest, "pause") not in words
    assert page(digest, "resume") not in words
    analyst = signed_in("analyst").get(f"/admin/digests/digest/{digest.pk}/change/")
    assert page(digest, "approve") not in analyst.content.decode()


def test_an_unknown_digest_is_not_found(press: Press, publisher: Client) -> None:
    assert publisher.get("/admin/digests/digest/999999/approve/").status_code == 404


def test_stopping_everything_asks_first_and_shows_on_every_page(press: Press) -> None:
    client = chief()
    assert client.get("/admin/digests/digest/stop-all-sending/").status_code == 200
    assert not steering.is_stopped()
    for _click in range(2):
        client.post("/admin/digests/digest/stop-all-sending/")
    assert steering.is_stopped()
    Publisher.objects.update(zone="Asia/Tokyo")
    stopped_at = SendingSwitch.objects.get().stopped_at
    assert stopped_at is not None
    at = in_zone(stopped_at, "Asia/Tokyo")
    for path in ("/admin/", "/admin/digests/source/", "/admin/subscriptions/publisher/1/change/"):
        shown = client.get(path).content.decode()
        assert "All sending is stopped." in shown
        assert f"stopped it at {at}." in shown
    client.post("/admin/digests/digest/start-again/")
    assert not steering.is_stopped()
    assert "All sending is stopped." not in client.get("/admin/").content.decode().replace(
        "Sending goes on.", ""
    )


def test_an_analyst_stops_nothing(press: Press) -> None:
    client = signed_in("analyst")
    assert client.post("/admin/digests/digest/stop-all-sending/").status_code == 403
    assert not steering.is_stopped()
    steering.stop_everything("chief", now=database_now())
    assert client.post("/admin/digests/digest/start-again/").status_code == 403
    assert steering.is_stopped()


def test_a_changed_digest_is_marked_on_its_page(press: Press, publisher: Client) -> None:
    digest = approved(press)
    page_ = f"/admin/digests/digest/{digest.pk}/change/"
    assert "Changed since approval." not in publisher.get(page_).content.decode()
    Digest.objects.filter(pk=digest.pk).update(subject="Quite another subject")
    assert "Changed since approval." in publisher.get(page_).content.decode()
    approval.approve(digest, by=None, now=database_now())
    assert "Changed since approval." not in publisher.get(page_).content.decode()
