import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from subscriptions import audience as counted
from subscriptions.choices import SuppressionReason
from subscriptions.clock import database_now
from subscriptions.consents import ip_hash
from subscriptions.evidence import Evidence
from subscriptions.leaving import answer_why, leave
from subscriptions.leaving_reasons import LeavingReason
from subscriptions.local_times import day_of
from subscriptions.mailing import suppression
from subscriptions.models import Consent, Letter, Publisher, Subscriber, Suppression
from subscriptions.readers import measuring
from tests.builders import NOON, Press
from tests.staff import chief, signed_in

LIST = "/admin/subscriptions/subscriber/"


@pytest.fixture
def audience(press: Press) -> Client:
    return signed_in("audience")


def test_the_list_of_publishers_is_the_form_of_the_one(press: Press) -> None:
    client = chief()
    assert client.get("/admin/subscriptions/publisher/")["Location"] == (
        "/admin/subscriptions/publisher/1/change/"
    )
    assert client.get("/admin/subscriptions/publisher/1/change/").status_code == 200
    assert client.post("/admin/subscriptions/publisher/1/delete/").status_code == 403
    assert Publisher.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Ada.Holm@example.org", {"ada.holm@example.org"}),
        ("ada.h", {"ada.holm@example.org"}),
        ("ADA", {"ada.holm@example.org", "Ada@example.org"}),
        (" ada@ ", {"Ada@example.org"}),
        ("holm", set()),
        ("%", set()),
        ("a_a", set()),
    ],
)
def test_readers_are_found_by_the_beginning_of_their_address(
    press: Press, audience: Client, typed: str, found: set[str]
) -> None:
    addresses = {"ada.holm@example.org", "Ada@example.org", "bo@example.org"}
    for address in addresses:
        press.reader(address=address)
    words = audience.get(LIST, {"q": typed}).content.decode()
    assert {address for address in addresses if f">{address}<" in words} == found


def test_the_search_uses_an_index(press: Press) -> None:
    press.readers(press.newsletter(), 2000)  # fewer are read from first to last sooner
    query, values = Subscriber.objects.address_begins("Ada").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subscriptions_subscriber")
        cursor.execute(f"EXPLAIN {query}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "subscriber_address_prefix" in plan
    assert "~>=~" in plan  # a range of the index, not a filter over all of it


def test_a_readers_page_shows_what_was_agreed_and_sent(press: Press, audience: Client) -> None:
    newsletter = press.newsletter()
    reader = press.reader(newsletter)
    press.frozen(newsletter)
    words = audience.get(f"{LIST}{reader.pk}/change/").content.decode()
    for shown in ("Morning Briefing", "Active", "Digests for this reader", "Waiting"):
        assert shown in words


def test_a_reader_whose_digest_nobody_sent_yet_has_an_empty_panel(
    press: Press, audience: Client
) -> None:
    reader = press.reader()
    words = audience.get(f"{LIST}{reader.pk}/change/").content.decode()
    assert "in no digest’s audience yet" in words


def test_an_address_is_not_edited_and_a_reader_not_deleted(press: Press, audience: Client) -> None:
    reader = press.reader(address="ada@example.org")
    audience.post(f"{LIST}{reader.pk}/change/", {"address": "eve@example.org"})
    reader.refresh_from_db()
    assert reader.address == "ada@example.org"
    assert chief().post(f"{LIST}{reader.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Subscriber.objects.filter(pk=reader.pk).exists()


def test_suppressing_asks_first_and_two_clicks_are_one(press: Press, audience: Client) -> None:
    reader = press.reader()
    page = f"{LIST}{reader.pk}/suppress/"
    assert audience.get(page).status_code == 200
    assert not suppression.is_suppressed(reader.address)
    for note in ("asked by telephone", "again"):
        audience.post(page, {"note": note})
    assert suppression.is_suppressed(reader.address)
    assert Suppression.objects.get().note == "asked by telephone"
    reader.refresh_from_db()
    assert reader.suppressed_at is not None


@pytest.mark.parametrize("role", ["analyst", "curator", "publisher"])
def test_who_does_not_look_after_readers_suppresses_nobody(press: Press, role: str) -> None:
    reader = press.reader()
    client = signed_in(role)
    assert client.post(f"{LIST}{reader.pk}/suppress/").status_code == 403
    assert not suppression.is_suppressed(reader.address)


def test_a_suppressed_address_is_found_even_when_it_was_erased(
    press: Press, audience: Client
) -> None:
    suppression.suppress("ada@example.org", SuppressionReason.ERASURE, now=NOON, note="Letter 7")
    Suppression.objects.update(address="")
    page = "/admin/subscriptions/suppression/"
    assert "Letter 7" in audience.get(page, {"q": "Ada@example.org"}).content.decode()
    assert "Letter 7" not in audience.get(page, {"q": "bo@example.org"}).content.decode()


def test_a_letter_is_told_in_words(press: Press, audience: Client) -> None:
    letter = Letter.objects.create(
        kind="address_new",
        address="ada@example.org",
        context={"token": "for-programs"},
        created_at=NOON,
        due_at=NOON,
        expires_at=NOON,
    )
    page = "/admin/subscriptions/letter/"
    assert "Address new" in audience.get(page).content.decode()
    shown = audience.get(f"{page}{letter.pk}/change/").content.decode()
    assert "Address new" in shown
    assert day_of(NOON.date()) in shown
    assert "for-programs" not in shown
    assert "Address new to ada@example.org" in shown


def test_the_header_calls_a_reader_by_the_address_as_it_is(press: Press, audience: Client) -> None:
    reader = press.reader(address="ada@example.org")
    shown = audience.get(f"{LIST}{reader.pk}/change/").content.decode()
    header = shown.partition("<h1")[2].partition("</h1>")[0]
    assert "Subscribers" in header
    assert "ada@example.org" in header
    assert "Subscriptions" not in header  # the app's name says nothing to staff


def test_an_empty_list_says_why(press: Press, audience: Client) -> None:
    shown = audience.get("/admin/subscriptions/suppression/").content.decode()
    assert "There are no suppressed addresses yet" in shown
    press.reader(address="ada@example.org")
    shown = audience.get(LIST, {"q": "bo"}).content.decode()
    assert "Nothing fits" in shown
    assert "Show all of them" in shown


def test_a_page_without_a_history_says_so(press: Press, audience: Client) -> None:
    reader = press.reader()
    shown = audience.get(f"{LIST}{reader.pk}/history/").content.decode()
    assert "Nobody has changed anything on these pages yet." in shown


def test_evidence_is_not_changed_by_anybody(press: Press) -> None:
    suppression.suppress("ada@example.org", SuppressionReason.STAFF, now=NOON)
    row = Suppression.objects.get()
    client = chief()
    page = f"/admin/subscriptions/suppression/{row.pk}"
    assert client.get(f"{page}/change/").status_code == 200
    assert client.post(f"{page}/change/", {"note": "gone"}).status_code == 403
    assert client.post(f"{page}/delete/", {"post": "yes"}).status_code == 403


def test_active_readers_leave_out_those_who_are_never_mailed(press: Press) -> None:
    newsletter = press.newsletter()
    gone, *_stay = press.readers(newsletter, 3)
    suppression.suppress(gone.address, SuppressionReason.STAFF, now=NOON)
    client = chief()
    counted.recount()
    words = client.get("/admin/subscriptions/newsletter/").content.decode()
    assert ">2 <span" in words


def test_a_proof_is_shown_with_the_words_that_were_agreed_to(
    press: Press, audience: Client
) -> None:
    reader = press.reader()
    measuring.choose(reader, "reader", Evidence("preference centre", ip="192.0.2.7"), now=NOON)
    proof = Consent.objects.get()
    page = audience.get(f"/admin/subscriptions/consent/{proof.pk}/change/").content.decode()
    assert "Yes, linked to my address" in page
    assert "192.0.2.7" in page
    assert "IP address" in page


@pytest.mark.parametrize(("rule", "ip", "has_hash"), [("hash", None, True), ("none", None, False)])
def test_an_ip_is_kept_as_the_publisher_says(
    press: Press, settings: Settings, rule: str, ip: str | None, has_hash: bool
) -> None:
    settings.CONSENT_IP = rule
    measuring.choose(press.reader(), "none", Evidence("page", ip="192.0.2.7"), now=NOON)
    proof = Consent.objects.get()
    assert (proof.ip, bool(proof.ip_hash)) == (ip, has_hash)
    assert has_hash is (proof.ip_hash == ip_hash("192.0.2.7"))


def test_reasons_to_leave_are_counted_by_newsletter(press: Press) -> None:
    newsletter, other = press.newsletter(), press.newsletter("Good News")
    for number in range(3):
        reader = press.reader(newsletter)
        tie = reader.subscriptions.get()
        leave(tie, Evidence("page"), now=database_now())
        tie.refresh_from_db()
        reason = LeavingReason.TOO_MANY if number else LeavingReason.NEVER_ASKED
        answer_why(tie, reason, now=database_now())
    client = chief()
    page = client.get(f"/admin/subscriptions/newsletter/{newsletter.pk}/change/").content.decode()
    assert "Too many emails: 2" in page
    assert "I never signed up: 1" in page
    page = client.get(f"/admin/subscriptions/newsletter/{other.pk}/change/").content.decode()
    assert "Nobody has said in the last year." in page
    assert f'<option value="{other.pk}"' not in page  # no lighter one of itself
