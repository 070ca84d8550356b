"""The page of a subject test: what it says before, shows during, and lets nobody do."""

from datetime import timedelta

import pytest
from django.test import Client

from digests import versions
from digests.choices import DigestState
from digests.decisions import subject_tests
from digests.delivery.freezing import Freeze, freeze
from digests.models import Batch, Digest, SubjectTest
from subscriptions.clock import database_now
from tests.builders import NOON, Press
from tests.staff import member

SECOND = "A bridge, a ferry, a storm"
FORM = {"subject_2": SECOND, "sample_percent": "20", "minutes": "30"}


def desk(role: str = "publisher") -> Client:
    client = Client()
    client.force_login(member(role))
    return client


def page(digest: Digest) -> str:
    return f"/admin/digests/digest/{digest.pk}/subject-test/"


def draft(press: Press, readers: int = 0) -> Digest:
    newsletter = press.newsletter()
    press.readers(newsletter, readers)
    return press.digest(newsletter, due_at=database_now() + timedelta(hours=3))


def running(press: Press, readers: int = 40) -> Digest:
    newsletter = press.newsletter()
    press.readers(newsletter, readers)
    digest = press.approved(newsletter, due_at=database_now())
    subject_tests.set_up(digest, [SECOND], sample_percent=50, minutes=30)
    digest.approved_version = versions.keep(digest, by=None, now=NOON)
    digest.save()
    assert freeze(digest.pk, now=database_now()) is Freeze.DONE
    return digest


def test_setting_it_up_says_what_that_delays(press: Press) -> None:
    digest = draft(press, readers=1_000)
    client = desk("curator")
    assert "chosen at random, receive the digest" in client.get(page(digest)).content.decode()
    shown = client.post(page(digest), FORM, follow=True).content.decode()
    assert "Approve the digest to send it so." in shown
    assert "about 200 readers, chosen at random" in shown
    assert "receive one of 2 subjects: about 100 per subject" in shown
    assert "The other 800 readers wait for your choice, 30 minutes at most." in shown
    change = client.get(f"/admin/digests/digest/{digest.pk}/change/").content.decode()
    assert "The other 800 readers wait for your choice" in change
    assert SECOND in client.get(page(digest)).content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject_2": ""}, "This field is required"),
        ({"subject_2": "  what happened IN the night "}, "in the test already"),
        ({"subject_3": SECOND}, "in the test already"),
        ({"sample_percent": "51"}, "less than or equal to 50"),
        ({"minutes": "4"}, "greater than or equal to 5"),
        ({"minutes": "1440"}, "too late for the rest"),
        ({"subject_3": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_cannot_be_is_explained_and_changes_nothing(
    press: Press, changes: dict[str, str], words: str
) -> None:
    digest = draft(press)
    response = desk().post(page(digest), FORM | changes, follow=True)
    assert words in response.content.decode()
    assert not SubjectTest.objects.exists()


def test_it_can_be_removed(press: Press) -> None:
    digest = draft(press)
    client = desk()
    client.post(page(digest), FORM)
    client.post(page(digest), {"remove": "yes"})
    assert not SubjectTest.objects.exists()


def test_its_groups_are_counted_and_one_is_chosen_once(press: Press) -> None:
    digest = running(press)
    client = desk()
    shown = client.get(page(digest)).content.decode()
    assert f"Choose “{SECOND}”" in shown
    assert "The rest waits for your choice." in shown
    chosen = client.post(page(digest), {"winner": "1"}, follow=True).content.decode()
    assert f"chose “{SECOND}” at" in chosen
    again = client.post(page(digest), {"winner": "0"}, follow=True).content.decode()
    assert "It is decided already." in again
    assert set(Batch.objects.filter(is_sample=False).values_list("variant", flat=True)) == {1}


@pytest.mark.parametrize("winner", ["2", "-1", "x", "", "999999999999999999999"])
def test_a_made_up_winner_is_refused(press: Press, winner: str) -> None:
    digest = running(press, readers=4)
    shown = desk().post(page(digest), {"winner": winner}, follow=True).content.decode()
    assert "There is no such subject in this test." in shown
    assert SubjectTest.objects.get().decided_at is None


def test_who_may_not_change_or_send_may_only_look(press: Press) -> None:
    digest = running(press, readers=4)
    analyst = desk("analyst")
    assert analyst.get(page(digest)).status_code == 200
    assert analyst.post(page(digest), {"winner": "1"}).status_code == 403
    assert analyst.post(page(digest), FORM).status_code == 403
    assert Client().get(page(digest)).status_code == 302


def change_page(digest: Digest) -> str:
    return desk().get(f"/admin/digests/digest/{digest.pk}/change/").content.decode()


def test_a_draft_leads_to_its_test(press: Press) -> None:
    digest = draft(press)
    assert page(digest) in change_page(digest)


def test_what_nobody_got_and_nobody_tested_leads_to_none(press: Press) -> None:
    digest = draft(press)
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.CANCELLED)
    assert page(digest) not in change_page(digest)


def test_a_running_test_is_led_to(press: Press) -> None:
    digest = running(press)
    assert page(digest) in change_page(digest)
