"""Sponsor bookings: one a slot and day, shown on their day, with a proof that the ledger bears out."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from digests import ledger, versions
from digests.choices import BookingState, DigestState, Outcome, SponsorPlace
from digests.models import Booking, Digest, Version
from digests.preflight.running import report_on
from digests.sponsors import sponsor_proofs, sponsoring
from subscriptions.models import Newsletter
from tests.at_once import at_once
from tests.builders import DAY, NOON, Press


def book(newsletter: Newsletter, **fields: Any) -> Booking:
    values = {
        "place": SponsorPlace.AFTER_LEAD,
        "starts_on": DAY,
        "ends_on": DAY,
        "state": BookingState.BOOKED,
        "sponsor": "Northern Bank",
        "headline": "A loan for your boat",
        "text": "From two per cent.",
        "link": "https://bank.example.org/boats",
    }
    return Booking.objects.create(newsletter=newsletter, **(values | fields))


@pytest.mark.parametrize("state", [BookingState.HELD, BookingState.BOOKED, BookingState.SENT])
def test_a_slot_is_taken_once_a_day(press: Press, state: BookingState) -> None:
    newsletter = press.newsletter()
    book(newsletter, ends_on=DAY + timedelta(days=2), state=state, held_until=DAY)
    with pytest.raises(IntegrityError, match="booking_slot_once_a_day"), transaction.atomic():
        book(newsletter, starts_on=DAY + timedelta(days=2), ends_on=DAY + timedelta(days=5))


def test_other_days_slots_newsletters_and_drafts_are_free(press: Press) -> None:
    newsletter = press.newsletter()
    book(newsletter)
    book(newsletter, starts_on=DAY + timedelta(days=1), ends_on=DAY + timedelta(days=1))
    book(newsletter, place=SponsorPlace.FOOT)
    book(newsletter, state=BookingState.DRAFT)
    book(newsletter, state=BookingState.CANCELLED)
    book(press.newsletter("Evening"))
    assert Booking.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gets_the_slot() -> None:
    newsletter = Press().newsletter()

    wanted = Booking(
        newsletter=newsletter, place=SponsorPlace.AFTER_LEAD, starts_on=DAY, ends_on=DAY
    )

    def attempt() -> bool:
        try:
            with transaction.atomic():
                sponsoring.check_free(wanted, now=NOON)
                book(newsletter)
        except sponsoring.Refused:
            return False
        return True

    assert sorted(at_once(attempt, attempt)) == [False, True]
    assert Booking.objects.count() == 1


def test_an_option_ends_by_itself_after_its_last_day(press: Press) -> None:
    option = book(press.newsletter(), state=BookingState.HELD, held_until=NOON.date())
    assert sponsoring.release_options(now=NOON) == 0
    assert sponsoring.release_options(now=NOON + timedelta(days=1)) == 1
    option.refresh_from_db()
    assert (option.state, option.headline) == (BookingState.DRAFT, "A loan for your boat")


def test_an_option_without_an_end_is_refused(press: Press) -> None:
    with pytest.raises(IntegrityError, match="booking_option_ends"), transaction.atomic():
        book(press.newsletter(), state=BookingState.HELD)


def test_the_digest_of_the_day_shows_what_is_booked(press: Press) -> None:
    newsletter = press.newsletter()
    book(newsletter)
    book(
        newsletter,
        place=SponsorPlace.FOOT,
        state=BookingState.HELD,
        held_until=DAY,
        headline="Option",
    )
    tomorrow = DAY + timedelta(days=1)
    book(newsletter, starts_on=tomorrow, ends_on=tomorrow, headline="Tomorrow")
    digest = press.digest(newsletter)
    press.carry(digest, press.article())
    html = versions.draft_of(digest).html
    assert "A loan for your boat" in html
    assert "https://bank.example.org/boats?utm_source=morning-briefing" in html
    assert "Option" not in html
    assert "Tomorrow" not in html


def test_neither_an_alert_nor_a_correction_carries_a_sponsor(press: Press) -> None:
    newsletter = press.newsletter()
    book(newsletter)
    alert = press.digest(newsletter, urgent_story=press.article())
    correction = press.digest(newsletter, slot="evening", corrects=alert)
    for digest in (alert, correction):
        press.carry(digest, press.article())
        assert "A loan" not in versions.draft_of(digest).html


@pytest.mark.parametrize("slot", ["alert-1", "correction-morning"])
def test_what_a_schedule_calls_its_slot_costs_no_sponsor(press: Press, slot: str) -> None:
    newsletter = press.newsletter()
    book(newsletter)
    digest = press.digest(newsletter, slot=slot)
    press.carry(digest, press.article())
    assert "A loan for your boat" in versions.draft_of(digest).html


def test_the_same_words_of_another_booking_make_another_version(press: Press) -> None:
    newsletter = press.newsletter()
    first = book(newsletter)
    digest = press.approved(newsletter)
    first.state = BookingState.CANCELLED
    first.save()
    book(newsletter)
    assert versions.keep(digest, by=None, now=NOON).number == 2


def test_preflight_warns_of_what_is_missing(press: Press) -> None:
    newsletter = press.newsletter()
    book(newsletter, headline="", text=" ")
    book(newsletter, place=SponsorPlace.FOOT, link="")
    digest = press.digest(newsletter)
    press.carry(digest, press.article())
    checks = {finding.check for finding in report_on(digest, now=NOON).warnings}
    assert {"sponsor_words", "sponsor_link"} <= checks


def test_preflight_warns_of_bookings_changed_since_approval(press: Press) -> None:
    newsletter = press.newsletter()
    gone = book(newsletter)
    digest = press.approved(newsletter)
    assert not {f.check for f in report_on(digest, now=NOON).warnings} & {
        "sponsor_gone",
        "sponsor_missing",
    }
    Booking.objects.filter(pk=gone.pk).update(state=BookingState.CANCELLED)
    book(newsletter, place=SponsorPlace.FOOT)
    checks = {finding.check for finding in report_on(digest, now=NOON).warnings}
    assert {"sponsor_gone", "sponsor_missing"} <= checks


def sent_half(press: Press, booking_of: Newsletter) -> Digest:
    """Frozen for five readers: two were accepted with version 1, one refused it, two got version 2."""
    press.readers(booking_of, 5)
    digest = press.frozen(booking_of)
    batch = digest.batches.get()
    first = digest.sending_version
    assert first is not None
    second = versions.keep(Digest.objects.get(pk=change_subject(digest)), by=None, now=NOON)
    for start, stop, version in ((0, 3, first), (3, 5, second)):
        batch.slices.create(
            start=start,
            stop=stop,
            token=1,
            version=version,
            transport="smtp",
            started_at=NOON,
            settled_at=NOON,
        )
    batch.outcomes = bytes([Outcome.ACCEPTED, Outcome.FAILED, *[Outcome.ACCEPTED] * 3])
    batch.next = 5
    batch.save()
    return digest


def change_subject(digest: Digest) -> int:
    Digest.objects.filter(pk=digest.pk).update(subject="A later subject")
    return digest.pk


def test_the_proof_counts_what_the_ledger_says_version_by_version(press: Press) -> None:
    newsletter = press.newsletter()
    booking = book(newsletter, ends_on=DAY + timedelta(days=3))
    digest = sent_half(press, newsletter)
    proofs = sponsor_proofs.proofs_of(booking)
    assert [(proof.version.number, proof.accepted) for proof in proofs] == [(1, 2), (2, 2)]
    total = sum(proof.accepted for proof in proofs)
    assert total == ledger.counts(digest.pk)[Outcome.ACCEPTED] == 4


def test_readers_whose_version_did_not_carry_it_are_not_counted(press: Press) -> None:
    newsletter = press.newsletter()
    booking = book(newsletter)
    press.readers(newsletter, 5)
    digest = press.frozen(newsletter)
    Booking.objects.filter(pk=booking.pk).update(state=BookingState.CANCELLED)
    without = versions.keep(digest, by=None, now=NOON)
    batch = digest.batches.get()
    shown = digest.sending_version
    assert shown is not None
    for start, version in ((0, shown), (2, without)):
        batch.slices.create(
            start=start,
            stop=start + 2,
            token=1,
            version=version,
            transport="smtp",
            started_at=NOON,
        )
    batch.outcomes = bytes([Outcome.ACCEPTED] * 4 + [Outcome.PENDING])
    batch.save()
    assert [proof.accepted for proof in sponsor_proofs.proofs_of(booking)] == [2]


def test_a_booking_is_sent_when_the_digest_of_its_last_day_is(press: Press) -> None:
    newsletter = press.newsletter()
    short = book(newsletter)
    long = book(newsletter, place=SponsorPlace.FOOT, ends_on=DAY + timedelta(days=1))
    wordless = book(newsletter, place=SponsorPlace.BETWEEN, headline="", text="")
    press.readers(newsletter, 1)
    digest = press.frozen(newsletter)
    assert sponsoring.mark_sent(now=NOON) == 0
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.SENT, sent_at=NOON)
    assert sponsoring.mark_sent(now=NOON) == 1
    states = dict(Booking.objects.values_list("pk", "state"))
    assert states == {
        short.pk: BookingState.SENT,
        long.pk: BookingState.BOOKED,
        wordless.pk: BookingState.BOOKED,
    }
    assert Version.objects.get(digest=digest).content["sponsors"][0]["booking"] == short.pk
