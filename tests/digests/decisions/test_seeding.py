"""Seeds get a digest first, one click keeps it from everybody else, and nobody acting lets it go on."""

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from digests import ledger, versions
from digests.archive import reading
from digests.choices import SEED_PRIORITY, DigestState, Outcome, PastRule
from digests.decisions import seeding, steering, subject_tests
from digests.delivery import claiming, finishing, seeds, slices
from digests.delivery.auditing import audit
from digests.delivery.draining import drain
from digests.delivery.freezing import Freeze, freeze
from digests.delivery.steps import Answers, OpenSlice
from digests.delivery.transports.base import Answer
from digests.letter_kinds import digest_seed
from digests.models import Alert, Batch, Digest, SeedHold, Template
from digests.plan import planning
from digests.words import seed_words
from subscriptions.choices import SuppressionReason
from subscriptions.clock import database_now
from subscriptions.mailing.letters import Obsolete
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Letter, Newsletter
from tests.at_once import at_once
from tests.builders import Press
from tests.fakes import FakeTransport
from tests.staff import member

SEEDS = ["Chief@example.org", "desk@example.org"]
HOLD = timedelta(minutes=10)


def seeded(press: Press, readers: int = 5) -> Newsletter:
    """With two seeds, both readers, and others."""
    newsletter = press.newsletter()
    Template.objects.update(seed_addresses=SEEDS)
    for address in SEEDS:
        press.reader(newsletter, address=address.lower())
    press.readers(newsletter, readers)
    return newsletter


def let_pass() -> None:
    """As if the hold's time had come."""
    now = database_now()
    SeedHold.objects.update(ends_at=now)
    Batch.objects.filter(finished_at=None).update(opens_at=now, due_at=now)


def stop_path(digest: Digest) -> str:
    letter = Letter.objects.filter(kind=seeds.SEED_LETTER).order_by("pk")[0]
    return "/stop/" + seeding.stop_url(letter, digest).split("/stop/")[1]


def state_of(digest: Digest) -> str:
    return Digest.objects.get(pk=digest.pk).state


def test_the_seeds_get_it_first_and_the_others_at_the_time(press: Press) -> None:
    newsletter = seeded(press)
    now = database_now()
    digest = press.frozen(newsletter, due_at=now)
    seeds, rest = Batch.objects.order_by("ordinal")
    assert (len(seeds.recipient_ids), len(rest.recipient_ids)) == (2, 5)
    assert (seeds.due_at, rest.due_at) == (now, now + HOLD)
    assert rest.expires_at == digest.expires_at
    assert seeds.priority < rest.priority

    transport = FakeTransport()
    drain(transport, seconds=10)
    assert sorted(transport.taken) == sorted(address.lower() for address in SEEDS)
    assert finishing.mark_sent() == []
    assert not claiming.has_work()

    let_pass()
    drain(transport, seconds=10)
    assert finishing.mark_sent() == [digest.pk]
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 7}
    assert audit(digest.pk).is_clean


def test_each_seed_has_a_letter_that_says_what_comes_and_how_to_stop_it(press: Press) -> None:
    press.frozen(seeded(press), due_at=database_now())
    letters = Letter.objects.filter(kind=seeds.SEED_LETTER)
    assert sorted(letters.values_list("address", flat=True)) == sorted(map(str.lower, SEEDS))
    words = digest_seed(letters[0], database_now())
    text = " ".join(words.text.split())
    assert "in 10 minutes" in text
    assert "It goes to the other 5 readers at " in text
    assert "/stop/" in words.text
    let_pass()
    with pytest.raises(Obsolete):
        digest_seed(letters[0], database_now())


def test_the_link_asks_and_one_click_stops_it(press: Press) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    drain(FakeTransport(), seconds=10)
    client = Client()
    path = stop_path(digest)
    shown = client.get(path).content.decode()
    assert "Stop it now" in shown
    assert state_of(digest) == DigestState.SENDING  # looking changes nothing

    stopped = client.post(path).content.decode()
    assert "chief@example.org stopped it" in stopped
    assert "Stop it now" not in stopped
    assert state_of(digest) == DigestState.PAUSED
    assert Alert.objects.get().text == ("Stopped by chief@example.org while only the seeds had it.")
    client.post(path)
    assert Alert.objects.count() == 1
    Batch.objects.filter(finished_at=None).update(due_at=database_now())
    assert not claiming.has_work()
    assert ledger.counts(digest.pk)[Outcome.PENDING] == 5


def test_after_the_hold_the_link_stops_nothing(press: Press) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    path = stop_path(digest)
    let_pass()
    assert "no longer held" in Client().get(path).content.decode()
    assert "too late to stop it this way" in Client().post(path).content.decode()
    assert state_of(digest) == DigestState.FROZEN


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (DigestState.SENT, "It is sent: there is nothing left to stop."),
        (DigestState.CANCELLED, "It is cancelled: there is nothing left to stop."),
        (DigestState.PAUSED, "Staff have paused it already"),
        (DigestState.SENDING, "staff can still pause it in admin"),
    ],
)
def test_a_late_click_is_told_how_it_stands(press: Press, state: DigestState, words: str) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    path = stop_path(digest)
    let_pass()
    Digest.objects.update(state=state)
    shown = Client().get(path).text
    assert "Stop it now" not in shown
    assert ("can still pause" in shown) == (state == DigestState.SENDING)
    assert words in Client().post(path).text
    assert state_of(digest) == state


def test_a_forged_link_stops_nothing(press: Press) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    path = stop_path(digest)
    forged = path[:-3] + ("A" if path[-3] != "A" else "B") + path[-2:]
    assert "This link does not work" in Client().post(forged).content.decode()
    assert state_of(digest) == DigestState.FROZEN


@pytest.mark.django_db(transaction=True)
def test_two_who_stop_it_at_once_stop_it_once(press: Press) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    now = database_now()
    at_once(*[lambda by=by: seeding.stop(digest.pk, by=by, now=now) for by in "abc"])
    assert state_of(digest) == DigestState.PAUSED
    assert Alert.objects.count() == 1


def test_staff_stop_it_with_one_click_and_resume_it(press: Press) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    client = Client()
    client.force_login(member("publisher"))
    page = f"/admin/digests/digest/{digest.pk}/"
    drain(FakeTransport(), seconds=10)
    for part in ("change/", "live/"):
        shown = client.get(page + part).content.decode()
        assert "Stop it for everybody else" in shown
        assert "in 10 minutes" in shown
    shown = client.post(page + "stop-rest/", follow=True).content.decode()
    assert "It is stopped. Only the seeds have it. Resume or cancel it." in shown
    assert state_of(digest) == DigestState.PAUSED
    client.post(page + "resume/")
    assert state_of(digest) == DigestState.SENDING
    assert not Alert.objects.filter(cleared_at=None).exists()


def test_what_staff_have_resumed_a_seed_stops_no_more_and_is_told_so(press: Press) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    path = stop_path(digest)
    stranger, publisher = Client(), Client()
    stranger.post(path)
    assert "chief@example.org stopped it" in stranger.post(path).content.decode()  # once more
    publisher.force_login(member("publisher"))
    page = f"/admin/digests/digest/{digest.pk}/"
    publisher.post(page + "resume/")

    shown = stranger.get(path).content.decode()
    assert "staff have resumed it" in shown
    assert "A seed stops it no more" in shown
    assert "Stop it now" not in shown
    assert "ask them to pause it" in stranger.post(path).content.decode()
    assert state_of(digest) == DigestState.SENDING
    # Staff pause it as any other.
    desk = publisher.get(page + "change/").content.decode()
    assert "Stop it for everybody else" not in desk
    assert "it goes on to 5 readers" in desk
    publisher.post(page + "pause/")
    assert state_of(digest) == DigestState.PAUSED


def said(digest: Digest) -> str:
    """What staff read of the seeds, on both pages; and what a seed reads, which is the same."""
    digest = Digest.objects.select_related("newsletter").get(pk=digest.pk)
    words = " ".join(seed_words.of_hold(digest, SeedHold.objects.get(), now=database_now()))
    client = Client()
    client.force_login(User.objects.filter(username="publisher").first() or member("publisher"))
    for part in ("standing/", "live/now/"):
        page = client.get(f"/admin/digests/digest/{digest.pk}/{part}").text
        assert words in unescape(page.replace("</p><p>", " "))
    return words


def is_public(digest: Digest) -> bool:
    return Client().get(reading.page_path(digest)).status_code == 200


def stop(digest: Digest) -> None:
    seeding.stop(digest.pk, by="chief@example.org", now=database_now())


BY_A_SEED = "chief@example.org stopped it at "
ONLY_SEEDS = "Only the seeds have it."
NOBODY = "Nobody has it, the seeds neither."


def test_in_every_state_what_is_said_of_the_seeds_is_so(press: Press) -> None:
    """Held, stopped, resumed, paused by hand, sent: told by whose slices have begun, not by a stamp of long ago."""
    digest = press.frozen(seeded(press), due_at=database_now())
    transport = FakeTransport()
    assert said(digest).startswith(
        "The seeds get it first: 2 readers. It goes to the other 5 readers at "
    )
    stop(digest)
    assert said(digest).startswith(BY_A_SEED)
    assert said(digest).endswith(NOBODY)
    steering.resume(digest)
    assert "staff have resumed it" in said(digest)
    drain(transport, seconds=10)
    steering.pause(digest)
    assert said(digest) == ONLY_SEEDS
    steering.resume(digest)
    assert "it goes on to 5 readers" in said(digest)

    let_pass()
    assert (said(digest), is_public(digest)) == ("", True)
    steering.pause(digest)  # before anybody else has it
    assert (said(digest), is_public(digest)) == (ONLY_SEEDS, False)
    steering.resume(digest)
    held = claiming.claim()
    assert held is not None
    slices.advance(held, None, transport="fake", most=2)
    steering.pause(digest)
    assert (said(digest), is_public(digest)) == ("", True), "two readers have it, or may"
    with pytest.raises(seeding.Refused):
        stop(digest)
    steering.resume(digest)
    Digest.objects.update(state=DigestState.SENT)
    assert (said(digest), is_public(digest)) == ("", True)


@pytest.mark.parametrize("is_sent_to_seeds", [True, False])
def test_what_is_cancelled_says_who_has_it(press: Press, is_sent_to_seeds: bool) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    if is_sent_to_seeds:
        drain(FakeTransport(), seconds=10)
    stop(digest)
    steering.cancel(digest, "The wrong mayor", now=database_now())
    assert said(digest).startswith(BY_A_SEED)
    assert said(digest).endswith(ONLY_SEEDS if is_sent_to_seeds else NOBODY)


def test_what_is_cancelled_after_readers_have_it_says_nothing_of_seeds(press: Press) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    transport = FakeTransport()
    drain(transport, seconds=10)
    stop(digest)
    steering.resume(digest)
    let_pass()
    drain(transport, seconds=10)
    steering.cancel(digest, "Too late", now=database_now())
    assert said(digest) == ""


def test_a_seed_may_stop_what_staff_have_paused_and_they_learn_of_it(press: Press) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    path = stop_path(digest)
    drain(FakeTransport(), seconds=10)
    steering.pause(digest)
    shown = Client().get(path).text
    assert ONLY_SEEDS in shown
    assert "Stop it now" in shown
    assert BY_A_SEED in Client().post(path).text
    assert said(digest).endswith(ONLY_SEEDS)
    assert Alert.objects.get().text == "Stopped by chief@example.org while only the seeds had it."
    steering.resume(digest)
    steering.pause(digest)
    assert "Staff have paused it already" in Client().post(path).text
    assert said(digest) == ONLY_SEEDS


def test_a_seed_who_is_tried_again_is_no_other_reader(press: Press) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    held = claiming.claim()
    assert held is not None
    step = slices.advance(held, None, transport="fake", most=2)
    assert isinstance(step, OpenSlice)
    later = Answer(Outcome.DEFERRED, "451", "Come back")
    slices.advance(held, Answers(step, [later] * 2), transport="fake", most=2)
    Batch.objects.filter(kind="retry").update(due_at=database_now())
    again = claiming.claim()
    assert again is not None
    slices.advance(again, None, transport="fake", most=2)
    steering.pause(digest)
    assert said(digest) == ONLY_SEEDS


def test_who_may_not_send_may_not_stop_in_admin(press: Press) -> None:
    digest = press.frozen(seeded(press), due_at=database_now())
    client = Client()
    client.force_login(member("analyst"))
    page = f"/admin/digests/digest/{digest.pk}/"
    assert "Stop it for everybody else" not in client.get(page + "change/").content.decode()
    assert client.post(page + "stop-rest/").status_code == 403


def test_a_seed_that_is_no_reader_any_more_gets_nothing(press: Press) -> None:
    newsletter = seeded(press)
    suppress("desk@example.org", SuppressionReason.BOUNCE, now=database_now())
    digest = press.frozen(newsletter, due_at=database_now())
    assert (SeedHold.objects.get().seeds, digest.audience_size) == (1, 6)
    assert [letter.address for letter in Letter.objects.filter(kind=seeds.SEED_LETTER)] == [
        "chief@example.org"
    ]


def test_without_seeds_nobody_waits(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    press.frozen(newsletter, due_at=database_now())
    assert not SeedHold.objects.exists()
    assert claiming.has_work()


def test_seeds_stand_beside_a_subject_test_and_get_the_first_subject(press: Press) -> None:
    newsletter = seeded(press, readers=60)
    now = database_now()
    digest = press.approved(newsletter, due_at=now)
    test = subject_tests.set_up(digest, ["Another"], sample_percent=50, minutes=30)
    digest.approved_version = versions.keep(digest, by=None, now=now)
    digest.save()
    assert freeze(digest.pk, now=now) is Freeze.DONE
    seeds = Batch.objects.get(priority=SEED_PRIORITY)
    assert (seeds.variant, seeds.is_sample, len(seeds.recipient_ids)) == (0, False, 2)
    test.refresh_from_db()
    assert test.decides_at == now + HOLD + timedelta(minutes=30)
    assert audit(digest.pk).is_clean


def test_at_local_time_seeds_are_first_and_past_readers_are_still_skipped(press: Press) -> None:
    newsletter = seeded(press, readers=0)
    late = press.reader(newsletter, zone="Pacific/Auckland")
    early = press.reader(newsletter, zone="Pacific/Honolulu")
    schedule = press.schedule(newsletter, is_local_time=True, past_rule=PastRule.SKIP)
    now = database_now()
    day = (now - timedelta(hours=1)).date()
    first = planning.instant(schedule, day)
    assert first is not None
    plan = planning.plan_of_the_day(schedule, first)
    digest = press.approved(newsletter, **(plan | {"local_date": day, "assembled_at": first}))
    at = first + timedelta(hours=6)  # in Auckland it was five hours ago
    assert freeze(digest.pk, now=at) is Freeze.DONE
    assert ledger.delivery_of(digest.pk, late.pk).outcome is Outcome.SKIPPED  # type: ignore[union-attr]
    times = {id_: batch.opens_at for batch in Batch.objects.all() for id_ in batch.recipient_ids}
    assert sorted(times.values()).count(at) == 2  # the seeds
    assert times[early.pk] == first + timedelta(hours=24)
    assert audit(digest.pk).is_clean


def test_strangers_among_the_seeds_are_passed_over(press: Press) -> None:
    newsletter = seeded(press)
    Template.objects.update(seed_addresses=["nobody@example.org", *SEEDS, "DESK@example.org"])
    digest = press.frozen(newsletter)
    hold = SeedHold.objects.get(digest=digest)
    assert (hold.seeds, hold.addresses) == (2, [address.lower() for address in SEEDS])
    letters = Letter.objects.filter(kind=seeds.SEED_LETTER).order_by("pk")
    assert [letter.address for letter in letters] == hold.addresses


def test_the_others_wait_even_where_no_seed_is_a_reader(press: Press) -> None:
    """Else the time of a digest would tell who names seeds whether an address is a reader's."""
    newsletter = seeded(press)
    Template.objects.update(seed_addresses=["nobody@example.org"])
    now = database_now()
    digest = press.frozen(newsletter, due_at=now)
    batch = Batch.objects.get()
    assert (len(batch.recipient_ids), batch.due_at) == (7, now + HOLD)
    assert not Letter.objects.filter(kind=seeds.SEED_LETTER).exists()
    assert seed_words.of_hold(digest, SeedHold.objects.get(), now=now)
    assert audit(digest.pk).is_clean
