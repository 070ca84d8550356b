"""What was sent can be read on the web: pages, indexes, feeds, and nothing that is a reader's own."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digests import versions
from digests.archive import reading
from digests.choices import BookingState, DigestState, SponsorPlace
from digests.decisions import seeding, steering
from digests.delivery.draining import drain
from digests.models import Booking, Digest, Image, Item, SeedHold, Template, Version
from digests.rendering.content import Content
from digests.rendering.own_look import OwnLook
from digests.rendering.stored_content import restored, stored
from subscriptions.choices import Archive
from subscriptions.clock import database_now
from subscriptions.models import Newsletter
from tests.builders import MONDAY_NOON as NOON
from tests.builders import Press
from tests.digests.rendering.building import CONTENT
from tests.fakes import FakeTransport

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def press() -> Press:
    return Press(noon=NOON)


@pytest.fixture
def newsletter(press: Press) -> Newsletter:
    return press.newsletter(description="Ten stories.")


def sent(press: Press, newsletter: Newsletter, day: int = 23, **fields: object) -> Digest:
    moment = datetime(2026, 11, day, 5, 0, tzinfo=UTC)
    digest = press.digest(
        newsletter, **({"local_date": date(2026, 11, day), "due_at": moment} | fields)
    )
    press.carry(digest, press.article())
    return gone_out(digest, digest.due_at)


def gone_out(digest: Digest, moment: datetime) -> Digest:
    Digest.objects.filter(pk=digest.pk).update(
        state=DigestState.SENT,
        sending_version=versions.keep(digest, by=None, now=moment - timedelta(minutes=1)),
        frozen_at=moment,
        audience_size=0,
        sent_at=moment,
    )
    digest.refresh_from_db()
    return digest


def test_content_is_the_same_after_a_night_in_the_database() -> None:
    kept = json.loads(json.dumps(stored(CONTENT)))
    assert isinstance(restored(kept), Content)
    assert restored(kept) == CONTENT


def test_a_digest_is_a_page_of_ours_with_its_stories_and_nobodys_links(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    reader = press.reader(newsletter)
    digest = sent(press, newsletter)
    headline = Item.objects.get(section__digest=digest).shown_headline
    page = client.get("/archive/morning-briefing/2026-11-23/")
    assert page.status_code == 200
    assert f">{headline}</a>" in page.text
    assert "Monday, November 23, 2026" in page.text
    assert "utm_" not in page.text
    assert "/unsubscribe/" not in page.text
    assert "/preferences/" not in page.text
    assert reader.address not in page.text
    assert "<table" not in page.text
    assert 'rel="canonical" href="http://' in page.text
    assert '<meta property="og:type" content="article">' in page.text


@pytest.mark.parametrize(
    "state",
    [state for state in DigestState if state not in ("sent", "sending", "paused")],
)
def test_what_did_not_go_out_has_no_page(
    client: Client, press: Press, newsletter: Newsletter, state: DigestState
) -> None:
    digest = sent(press, newsletter)
    Digest.objects.filter(pk=digest.pk).update(state=state, approved_version=digest.sending_version)
    assert client.get("/archive/morning-briefing/2026-11-23/").status_code == 404
    assert "2026-11-23" not in client.get("/archive/morning-briefing/").text
    assert "2026-11-23" not in client.get("/sitemap.xml").text


def is_public(client: Client, digest: Digest) -> bool:
    page = client.get(reading.page_path(digest)).status_code == 200
    listed = f"{digest.local_date:%Y-%m-%d}" in client.get("/archive/morning-briefing/").text
    assert page == listed == (page and reading.page_path(digest) in client.get("/sitemap.xml").text)
    return page


def test_a_digest_that_was_paused_before_anybody_had_it_is_not_public(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    press.reader(newsletter)
    digest = press.frozen(newsletter)
    steering.pause(digest)
    assert not is_public(client, digest)

    steering.resume(digest)
    drain(FakeTransport(), seconds=10)
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.PAUSED)
    assert is_public(client, digest)


def test_what_only_its_seeds_have_is_not_public_and_stays_so_when_one_stops_it(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    Template.objects.update(seed_addresses=["desk@example.org"])
    press.reader(newsletter, address="desk@example.org")
    press.reader(newsletter)
    digest = press.frozen(newsletter, due_at=database_now())
    transport = FakeTransport()
    drain(transport, seconds=10)
    assert transport.taken == ["desk@example.org"]
    assert not is_public(client, digest)

    seeding.stop(digest.pk, by="desk@example.org", now=database_now())
    SeedHold.objects.update(ends_at=database_now())
    assert not is_public(client, digest)

    steering.resume(digest)
    assert is_public(client, digest)


@pytest.mark.parametrize(
    "path",
    [
        "/archive/none/",
        "/archive/none/feed/",
        "/archive/morning-briefing/2026-11-24/",
        "/archive/morning-briefing/2026-13-45/",
        "/archive/morning-briefing/2026-11-23/evening/",
        "/archive/morning-briefing/?page=2",
        "/archive/morning-briefing/?page=x",
    ],
)
def test_what_is_not_there_is_said_to_be_so(
    client: Client, press: Press, newsletter: Newsletter, path: str
) -> None:
    sent(press, newsletter)
    assert client.get(path).status_code == 404


def test_an_alert_has_a_page_under_its_slot(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    sent(press, newsletter, slot="alert-1")
    assert client.get("/archive/morning-briefing/2026-11-23/alert-1/").status_code == 200


def test_a_page_leads_to_its_neighbours(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    for day in (21, 22, 23):
        sent(press, newsletter, day)
    sent(press, press.newsletter("Good News"), 22)
    page = client.get("/archive/morning-briefing/2026-11-22/").text
    assert 'rel="prev" href="/archive/morning-briefing/2026-11-21/"' in page
    assert 'rel="next" href="/archive/morning-briefing/2026-11-23/"' in page
    assert "good-news" not in page


def test_a_change_while_it_went_out_is_shown_with_its_time_in_the_zone(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    digest = sent(press, newsletter)
    Item.objects.filter(section__digest=digest).update(headline="The bridge is closed")
    digest.sending_version = versions.keep(digest, by=None, now=digest.due_at + timedelta(hours=1))
    digest.frozen_at = digest.due_at
    digest.save()
    page = client.get("/archive/morning-briefing/2026-11-23/").text
    assert "The bridge is closed" in page
    assert "Updated on Monday, November 23, 2026 at 7 am. Emails sent" in page


def test_a_correction_is_named_on_the_page_that_it_corrects(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    wrong = sent(press, newsletter)
    late = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    sent(
        press,
        newsletter,
        slot="correction-1",
        corrects=wrong,
        subject="The name was wrong",
        due_at=late,
    )
    page = client.get("/archive/morning-briefing/2026-11-23/").text
    assert "Correction:" in page
    assert "/archive/morning-briefing/2026-11-23/correction-1/" in page
    assert "The name was wrong" in page


def test_a_correction_of_the_evening_is_none_of_the_morning(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    morning = sent(press, newsletter)
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    evening = sent(press, newsletter, slot="evening", due_at=noon)
    later = noon + timedelta(hours=1)
    sent(press, newsletter, slot="correction-1", corrects=evening, due_at=later)
    assert reading.around(morning).corrections == []
    assert len(reading.around(evening).corrections) == 1


@pytest.mark.parametrize("slot", ["alert-morning", "correction-1"])
def test_a_schedule_may_call_its_slot_what_it_likes(
    client: Client, press: Press, newsletter: Newsletter, slot: str
) -> None:
    earlier = sent(press, newsletter, 22)
    digest = sent(press, newsletter, 23, slot=slot)
    assert reading.around(earlier).later == digest
    assert reading.around(earlier).corrections == []
    assert list(Digest.objects.latest_sent([newsletter.pk])) == [digest]


def test_neither_an_alert_nor_a_correction_is_the_latest_whatever_its_slot(
    press: Press, newsletter: Newsletter
) -> None:
    digest = sent(press, newsletter, 22)
    late = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    sent(press, newsletter, slot="main", urgent_story=press.article(), due_at=late)
    sent(press, newsletter, slot="evening", corrects=digest, due_at=late)
    assert list(Digest.objects.latest_sent([newsletter.pk])) == [digest]


def test_a_correction_leads_back_and_is_no_edition_beside_others(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    wrong = sent(press, newsletter, 23)
    late = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    correction = sent(press, newsletter, slot="correction-1", corrects=wrong, due_at=late)
    tomorrow = sent(press, newsletter, 24)
    assert reading.around(wrong).later == tomorrow
    assert reading.around(tomorrow).earlier == wrong
    page = client.get(reading.page_path(correction)).text
    assert "This edition corrects:" in page
    assert f'href="{reading.page_path(wrong)}"' in page
    assert page.count("· Correction</p>") == 1
    listed = client.get("/archive/morning-briefing/").text
    assert listed.count("· Correction</span>") == 1


def test_a_sponsor_stands_on_the_page_as_in_the_mail_and_is_labelled(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    Booking.objects.create(
        newsletter=newsletter,
        place=SponsorPlace.AFTER_LEAD,
        starts_on=date(2026, 11, 23),
        ends_on=date(2026, 11, 23),
        state=BookingState.BOOKED,
        sponsor="Northern Bank",
        headline="A loan for <your> boat",
        link="https://bank.example.org/boats",
    )
    sent(press, newsletter)
    page = client.get("/archive/morning-briefing/2026-11-23/").text
    assert "<b>Sponsored</b> · Northern Bank" in page
    link = (
        '<a href="https://bank.example.org/boats" rel="sponsored">A loan for &lt;your&gt; boat</a>'
    )
    assert link in page
    assert page.index("</section>") < page.index(link)


def test_hostile_words_stay_words(client: Client, press: Press, newsletter: Newsletter) -> None:
    evil = "</script><script>alert(1)</script>"
    digest = press.digest(newsletter, subject=evil, intro=f"<p onclick=x>Hi {evil}</p>")
    press.carry(digest, press.article(evil))
    gone_out(digest, NOON)
    page = client.get("/archive/morning-briefing/2026-11-23/").text
    assert "alert(1)</script>" not in page
    assert "onclick" not in page
    data = json.loads(
        page.split('<script type="application/ld+json"')[1].split(">", 1)[1].split("</script>")[0]
    )
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == evil


def test_the_index_lists_newest_first_by_pages(
    client: Client,
    press: Press,
    newsletter: Newsletter,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    first = sent(press, newsletter, 1)
    version = first.sending_version
    copies = [
        Digest(
            newsletter=newsletter,
            local_date=date(2026, 1, 1) + timedelta(days=number),
            zone="Europe/Paris",
            state=DigestState.SENT,
            sending_version=version,
            frozen_at=NOON,
            audience_size=1,
            approval_rule=first.approval_rule,
            **{
                field: first.due_at - timedelta(days=300 - number)
                for field in ("assemble_at", "deadline_at", "due_at", "miss_at", "expires_at")
            },
        )
        for number in range(34)
    ]
    Digest.objects.bulk_create(copies)
    with django_assert_max_num_queries(8):
        page = client.get("/archive/morning-briefing/").text
    assert page.count('<a class="title"') == 30
    assert page.index("November 1, 2026") < page.index("February 3, 2026")
    assert "Page 1 of 2" in page
    assert client.get("/archive/morning-briefing/?page=2").text.count('<a class="title"') == 5
    assert '"@type": "CollectionPage"' in page


def test_a_page_costs_few_queries_however_much_it_shows(
    client: Client,
    press: Press,
    newsletter: Newsletter,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    digest = press.digest(newsletter)
    press.carry(digest, *(press.article() for _number in range(20)))
    gone_out(digest, NOON)
    with django_assert_max_num_queries(9):
        page = client.get("/archive/morning-briefing/2026-11-23/")
    assert page.text.count('class="story"') >= 5
    assert len(page.content) < 20_000
    assert not Image.objects.exists()


def test_a_kept_page_is_asked_for_again_cheaply_and_keeps_its_policy(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    digest = sent(press, newsletter)
    first = client.get("/archive/morning-briefing/2026-11-23/")
    assert first["Cache-Control"] == "public, max-age=300"
    asked = {"If-None-Match": first["ETag"]}
    again = client.get("/archive/morning-briefing/2026-11-23/", headers=asked)
    assert again.status_code == 304
    assert "Content-Security-Policy" not in again
    french = client.get("/archive/morning-briefing/2026-11-23/?lang=fr", headers=asked)
    assert french.status_code == 200
    Item.objects.filter(section__digest=digest).update(headline="Changed")
    digest.sending_version = versions.keep(digest, by=None, now=NOON)
    digest.save()
    assert client.get("/archive/morning-briefing/2026-11-23/", headers=asked).status_code == 200


@pytest.mark.parametrize("path", ["", "feed/"])
def test_a_kept_list_is_asked_for_again_cheaply_until_it_changes(
    client: Client,
    press: Press,
    newsletter: Newsletter,
    path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    url = f"/archive/morning-briefing/{path}"
    digest = sent(press, newsletter, 22)
    first = client.get(url)
    asked = {"If-None-Match": first["ETag"]}
    with django_assert_max_num_queries(3):
        again = client.get(url, headers=asked)
    assert again.status_code == 304
    assert again["Cache-Control"] == "public, max-age=300"
    assert "Content-Security-Policy" not in again
    Item.objects.filter(section__digest=digest).update(headline="Changed")
    digest.sending_version = versions.keep(digest, by=None, now=NOON)
    digest.save()
    second = client.get(url, headers=asked)
    assert second.status_code == 200
    sent(press, newsletter, 23)
    assert client.get(url, headers={"If-None-Match": second["ETag"]}).status_code == 200


def test_the_feed_is_atom_that_parses(client: Client, press: Press, newsletter: Newsletter) -> None:
    sent(press, newsletter, subject="Bread & <b>roses</b>")
    response = client.get("/archive/morning-briefing/feed/")
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(response.content)
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == "Bread & <b>roses</b>"
    assert str(entry.findtext(f"{ATOM}id")).endswith("/archive/morning-briefing/2026-11-23/")


def test_an_unlisted_archive_is_read_by_who_has_the_link_and_by_no_robot(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    sent(press, newsletter)
    Newsletter.objects.update(archive=Archive.UNLISTED)
    for path in ("", "2026-11-23/", "feed/"):
        response = client.get(f"/archive/morning-briefing/{path}")
        assert response.status_code == 200
        assert response["X-Robots-Tag"] == "noindex"
    assert "morning-briefing" not in client.get("/sitemap.xml").text


def test_an_archive_that_is_off_is_nowhere_and_no_mail_leads_to_it(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    Newsletter.objects.update(archive=Archive.OFF)
    newsletter.refresh_from_db()
    digest = sent(press, newsletter)
    for path in ("", "2026-11-23/", "feed/"):
        assert client.get(f"/archive/morning-briefing/{path}").status_code == 404
    assert digest.sending_version is not None
    assert "View in browser" not in digest.sending_version.html
    assert "View in browser" not in digest.sending_version.text


@pytest.mark.parametrize(
    ("shown", "is_on_the_card"),
    [(Archive.PUBLIC, True), (Archive.UNLISTED, False), (Archive.OFF, False)],
)
def test_the_sign_up_page_leads_to_an_archive_that_is_for_everybody(
    client: Client, press: Press, newsletter: Newsletter, shown: Archive, is_on_the_card: bool
) -> None:
    sent(press, newsletter)
    Newsletter.objects.update(archive=shown)
    page = client.get("/").text
    assert ('/archive/morning-briefing/"' in page) is is_on_the_card
    assert ("/archive/morning-briefing/2026-11-23/" in page) is is_on_the_card


def test_search_engines_find_the_public_ones(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    sent(press, newsletter)
    site_map = ElementTree.fromstring(client.get("/sitemap.xml").content)
    places = [element.text or "" for element in site_map.iter() if element.tag.endswith("loc")]
    assert [place.split("/", 3)[3] for place in places] == [
        "",
        "archive/morning-briefing/",
        "archive/morning-briefing/2026-11-23/",
    ]
    assert "/sitemap.xml" in client.get("/robots.txt").text


def test_an_arabic_newsletter_is_read_from_the_right_in_its_own_words(
    client: Client, press: Press
) -> None:
    sent(press, press.newsletter("نشرة الصباح", slug="sabah", language="ar"))
    page = client.get("/archive/sabah/2026-11-23/", headers={"Accept-Language": "de"}).text
    assert '<html lang="ar" dir="rtl">' in page
    assert "كل الأعداد" in page
    assert "الاثنين 23 نوفمبر 2026" in page


OWN = """<mj-section><mj-column><mj-text font-size="21px"><p>Read us on the ferry.</p></mj-text>
<mj-button href="https://example.org/app">Get the app</mj-button></mj-column></mj-section>"""


def test_a_page_shows_the_newsletters_own_mjml_in_the_look_of_its_version(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    Template.objects.filter(newsletter=newsletter).update(
        own_mjml=OWN, band="#7a0019", faces="sans"
    )
    path = reading.page_path(sent(press, newsletter))
    Template.objects.filter(newsletter=newsletter).update(own_mjml="", band="", faces="design")
    answer = client.get(path)
    page = answer.text
    assert page.index("Story ") < page.index("Read us on the ferry.") < page.index("</article>")
    assert 'href="https://example.org/app"' in page  # without the parameters that count a mail
    assert "--own-pure: #7a0019" in page
    assert 'class="edition sans"' in page
    nonce = answer["Content-Security-Policy"].partition("nonce-")[2].partition("'")[0]
    style = page.partition(f'<style nonce="{nonce}">')[2].partition("</style>")[0]
    assert ".own .o1{font-size:21px}" in style


def test_own_mjml_that_may_no_longer_be_said_keeps_the_stories_from_nobody(
    client: Client, press: Press, newsletter: Newsletter
) -> None:
    digest = sent(press, newsletter)
    assert digest.sending_version is not None
    content = restored(digest.sending_version.content)
    odd = replace(content, own_look=OwnLook(mjml="<mj-table>x</mj-table>"))
    version = Version.objects.create(
        digest=digest,
        number=9,
        subject="x",
        html="-",
        text="-",
        content=stored(odd),
        fingerprint="9" * 64,
        created_at=digest.due_at,
    )
    Digest.objects.filter(pk=digest.pk).update(sending_version=version)
    page = client.get(reading.page_path(digest))
    assert page.status_code == 200
    assert "Story " in page.text
    assert 'class="own"' not in page.text
