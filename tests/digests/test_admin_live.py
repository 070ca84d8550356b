"""The live page: numbers that add up, the next version's release, and who may press what."""

from datetime import timedelta
from operator import attrgetter
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from digests import tasks
from digests.choices import DigestState, Outcome
from digests.composing import wording
from digests.counts import provider_counts
from digests.counts.progress import progress_of
from digests.counts.provider_counts import SHOWN
from digests.decisions import steering
from digests.delivery import retrying
from digests.drafts.editing import Editor
from digests.models import Batch, Digest, Item, MailDomain, Slice
from subscriptions.clock import database_now
from subscriptions.models import Subscriber
from tests.builders import Press
from tests.staff import signed_in


def page(digest: Digest, part: str = "") -> str:
    return f"/admin/digests/digest/{digest.pk}/live/{part}"


def under_way(press: Press, readers: int = 20) -> Digest:
    newsletter = press.newsletter()
    press.readers(newsletter, readers)
    digest = press.frozen(newsletter, due_at=database_now())
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.SENDING)
    return digest


def settle(digest: Digest, start: int, stop: int, outcomes: bytes) -> None:
    """As if a slice had been sent by its first version ten seconds ago; without outcomes it is still in hand."""
    batch = Batch.objects.get(digest=digest)
    assert digest.sending_version is not None
    now = database_now()
    known = bytes(batch.outcomes)
    Batch.objects.filter(pk=batch.pk).update(
        next=stop, outcomes=known[:start] + outcomes.ljust(stop - start, b"\0") + known[stop:]
    )
    Slice.objects.create(
        batch=batch,
        start=start,
        stop=stop,
        token=1,
        version=digest.sending_version,
        transport="smtp",
        started_at=now - timedelta(seconds=10),
        settled_at=now - timedelta(seconds=9) if outcomes else None,
    )


def reword(digest: Digest, subject: str = "The ferry is safe") -> None:
    wording.write_words(digest.pk, {"subject": subject}, Editor(None, database_now()))


def test_the_numbers_add_up(press: Press) -> None:
    digest = under_way(press)
    outcomes = bytes([Outcome.ACCEPTED] * 5 + [Outcome.DEFERRED, Outcome.FAILED, Outcome.LEFT])
    settle(digest, 0, 10, outcomes + bytes([Outcome.UNCERTAIN, Outcome.ACCEPTED]))
    settle(digest, 10, 14, b"")
    progress = progress_of(digest.pk)
    assert progress.readers == 20
    assert (progress.in_hand, progress.waiting, progress.others) == (4, 7, 1)
    assert 45 <= progress.per_minute <= 60, "ten readers in ten seconds"
    assert progress.percent == 45
    assert progress.seconds_left == round(progress.due * 60 / progress.per_minute)
    shown = signed_in("analyst").get(page(digest, "now/")).content.decode()
    assert "45 % finished" in shown
    assert "“What happened in the night”" in shown


def test_a_digest_of_nobody_is_shown_too(press: Press) -> None:
    digest = press.approved(press.newsletter())
    progress = progress_of(digest.pk)
    assert (progress.readers, progress.percent, progress.seconds_left) == (0, 0, None)
    assert signed_in("analyst").get(page(digest)).status_code == 200


def test_it_asks_no_more_of_the_database_when_there_is_more_to_send(
    press: Press,
    django_assert_num_queries: DjangoAssertNumQueries,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    digest = under_way(press, readers=1_100)
    with django_assert_num_queries(1):
        progress = progress_of(digest.pk)
    assert progress.readers == 1_100
    with django_assert_num_queries(2):
        provider_counts.providers_of(digest.pk)
    client = signed_in("publisher")
    client.get(page(digest, "now/"))
    with django_assert_max_num_queries(12):  # as many as for a digest of one batch
        client.get(page(digest, "now/"))


def test_providers_are_those_who_take_the_mail(press: Press) -> None:
    newsletter = press.newsletter()
    for number in range(SHOWN + 3):
        press.reader(newsletter, address=f"reader@example{number}.org")
    gone = press.reader(newsletter, address="gone@example.net")
    press.reader(newsletter, address="ann@example.com")
    MailDomain.objects.create(domain="example.com", provider="example0.org", due_at=database_now())
    digest = press.frozen(newsletter, due_at=database_now())
    Subscriber.objects.filter(pk=gone.pk).delete()
    assert provider_counts.providers_of(digest.pk).unsorted == SHOWN + 5
    assert provider_counts.sort(digest.pk) == 1
    assert provider_counts.sort(digest.pk) == 0
    found = provider_counts.providers_of(digest.pk)
    assert (found.shown[0].name, found.shown[0].readers) == ("example0.org", 2)
    assert found.rest is not None
    assert sum(one.readers for one in (*found.shown, found.rest)) == SHOWN + 5
    assert found.unsorted == 0
    html = signed_in("analyst").get(page(digest, "providers/")).content.decode()
    assert "All the others" in html
    assert "being looked up" not in html


def test_readers_tried_again_and_erased_ones_stay_with_their_provider(press: Press) -> None:
    newsletter = press.newsletter()
    readers = [press.reader(newsletter, address=f"{name}@example.net") for name in "abc"]
    press.reader(newsletter, address="d@example.com")
    digest = press.frozen(newsletter, due_at=database_now())
    provider_counts.sort(digest.pk)
    settle(
        digest, 0, 4, bytes([Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.FAILED, Outcome.DEFERRED])
    )
    with transaction.atomic(), connection.cursor() as cursor:
        retrying.move(cursor, digest.batches.get().pk, [1, 3], delay_seconds=60)
    assert provider_counts.providers_of(digest.pk).unsorted == 2
    Subscriber.objects.filter(pk=readers[0].pk).delete()
    assert provider_counts.sort(digest.pk) == 1
    com, net = sorted(provider_counts.providers_of(digest.pk).shown, key=attrgetter("name"))
    assert (com.name, com.readers, com.waiting) == ("example.com", 1, 1)
    assert (net.readers, net.accepted, net.waiting, net.failed) == (3, 1, 1, 1)


def test_the_readers_of_a_large_digest_are_sorted_by_a_worker(
    press: Press, django_capture_on_commit_callbacks: Any
) -> None:
    digest = under_way(press)
    batch = digest.batches.get()
    for ordinal in range(1, provider_counts.AT_ONCE + 2):
        batch.pk, batch.ordinal = None, ordinal
        batch.save()
    client = signed_in("analyst")
    with django_capture_on_commit_callbacks() as bells:
        shown = client.get(page(digest, "providers/")).content.decode()
    assert "Looking up the mailbox provider of 40 more readers …" in shown
    assert len(bells) == 1
    tasks.sort_mailboxes(digest.pk)
    assert "being looked up" not in client.get(page(digest, "providers/")).content.decode()


def test_a_release_says_what_it_does_before_and_does_it_once(press: Press) -> None:
    digest = under_way(press)
    settle(digest, 0, 4, bytes([Outcome.ACCEPTED] * 4))
    client = signed_in("publisher")
    assert "Release the new version" not in client.get(page(digest)).content.decode()
    reword(digest)
    shown = client.get(page(digest))
    html = shown.content.decode()
    assert "16 readers still wait and will receive the new version" in html
    assert "4 readers have an older one already" in html
    told = client.get(f"/admin/digests/digest/{digest.pk}/change/").content.decode()
    assert "Changed, and not released yet." in told
    for words in ("Version 2 is released.", "Nothing has changed"):
        answer = client.post(page(digest), {"seen": shown.context["seen"]}, follow=True)
        assert words in answer.content.decode()


def test_a_story_is_taken_out_with_one_click(press: Press) -> None:
    digest = under_way(press)
    section = digest.sections.get()
    wrong = Item.objects.create(section=section, headline="Ferry sinks", position=5)
    client = signed_in("publisher")
    shown = client.get(page(digest))
    assert "New in it: “Ferry sinks”." in shown.text
    assert "Remove “Ferry sinks”" not in shown.text, "readers are not getting it yet"
    client.post(page(digest), {"seen": shown.context["seen"]})
    section.slots = 2
    section.save()
    Item.objects.create(section=section, headline="No room for it", position=6)
    assert "Remove “Ferry sinks”" in client.get(page(digest)).content.decode()
    answer = client.post(page(digest), {"item": wrong.pk}, follow=True).content.decode()
    assert "“Ferry sinks” is removed." in answer
    for item in (wrong.pk, "x", "", "9" * 30):
        answer = client.post(page(digest), {"item": item}, follow=True).content.decode()
        assert "no longer in this digest" in answer


def test_what_is_retracted_as_a_story_is_named_where_readers_are_getting_it(press: Press) -> None:
    digest = under_way(press)
    story = Item.objects.get(section__digest=digest).article_id
    other = press.approved(digest.newsletter, local_date=digest.local_date - timedelta(days=1))
    asked = {"action": "retract", "_selected_action": [story]}
    answer = signed_in("publisher").post("/admin/digests/article/", asked, follow=True)
    assert "1 story is retracted." in answer.text
    assert f"{digest} is being sent with it. <a href='{page(digest)}'>" in answer.text
    assert str(other) not in answer.text


@pytest.mark.parametrize("role", ["curator", "audience", "analyst"])
def test_releasing_and_taking_out_is_for_publishers(press: Press, role: str) -> None:
    digest = under_way(press)
    reword(digest)
    client = signed_in(role)
    html = client.get(page(digest)).content.decode()
    assert "not released yet" in html
    for button in ("Release the new version", "Remove", "Pause", "Cancel this digest"):
        assert f">{button}<" not in " ".join(html.split()).replace("> ", ">").replace(" <", "<")
    assert client.post(page(digest), {"seen": ""}).status_code == 403
    assert client.post(page(digest), {"item": "1"}).status_code == 403


def test_pausing_stops_what_the_page_promises(press: Press) -> None:
    digest = under_way(press)
    steering.pause(digest)
    html = signed_in("publisher").get(page(digest)).content.decode()
    assert "Paused: nothing leaves." in html
    assert "Resume" in html
