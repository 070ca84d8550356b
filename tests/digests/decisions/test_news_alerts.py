"""A news alert: begun once, refused where it makes no sense, and begun, looked at and released by those who may."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from digests.archive import reading
from digests.assembly.selecting import carried
from digests.choices import DigestState
from digests.decisions import approval, news_alerts, subject_tests
from digests.decisions.news_alerts import AlreadyThere, Refused, Words
from digests.delivery.freezing import Freeze, freeze
from digests.models import Alert, Article, Digest, Item, Template
from digests.plan import planning, replanning
from digests.plan.calendar import days
from digests.preflight.running import report_on
from subscriptions.choices import NewsletterState
from subscriptions.clock import database_now
from subscriptions.models import Newsletter
from tests.at_once import at_once
from tests.builders import Press
from tests.staff import member, signed_in

PAGE = "/admin/digests/digest/alert/"


@pytest.fixture
def newsletter(press: Press) -> Newsletter:
    newsletter = press.newsletter()
    press.readers(newsletter, 4)
    return newsletter


@pytest.fixture
def story(press: Press) -> Article:
    return press.article("Ferry sinks off <b>Aldwyn</b>", summary="All are safe. More follows.")


def draft(newsletter: Newsletter, story: Article, **words: str) -> Digest:
    said = Words(words.pop("subject", "Ferry sinks"), **words)
    return news_alerts.draft(newsletter.pk, story.pk, said, now=database_now())


def has_story(press: Press, newsletter: Newsletter, story: Article) -> None:
    """Its readers are just getting it."""
    digest = press.digest(newsletter, due_at=database_now())
    press.carry(digest, story)
    approval.approve(digest, by=None, now=database_now())
    assert freeze(digest.pk, now=database_now()) is Freeze.DONE


def test_it_is_a_mail_about_one_story(newsletter: Newsletter, story: Article) -> None:
    alert = draft(
        newsletter,
        story,
        preheader="All are safe",
        kicker="Harbour",
        intro="What <we> know:\n\nIt.",
    )
    assert (alert.slot, alert.state) == ("alert-1", DigestState.DRAFT)
    version = approval.approve(alert, by=None, now=database_now()).version
    assert version.article_ids == [story.pk]
    assert version.html.count("<h1") == 1
    for words in (
        "News alert",
        "Harbour",
        "Ferry sinks off &lt;b&gt;Aldwyn",
        "What &lt;we&gt; know",
    ):
        assert words in version.html
    for words in ("NEWS ALERT", "Harbour: Ferry sinks off <b>Aldwyn</b>", "What <we> know:"):
        assert words in version.text
    assert "1. " not in version.text
    assert version.preheader == "All are safe"
    assert report_on(alert, now=database_now()).blocking == ()


def test_nobody_releases_it_but_a_person(newsletter: Newsletter, story: Article) -> None:
    alert = draft(newsletter, story)
    assert freeze(alert.pk, now=database_now()) is Freeze.NOT_DUE
    late = database_now() + news_alerts.TO_APPROVE
    assert approval.decide_at_deadline(alert.pk, now=late) == DigestState.HELD
    assert Alert.objects.filter(digest=alert, kind="held").exists()
    assert alert.pk in planning.mark_missed(now=database_now() + news_alerts.TO_SEND)


def test_it_waits_for_its_second_person(newsletter: Newsletter, story: Article) -> None:
    Template.objects.update(needs_second_person=True)
    alert = draft(newsletter, story)
    anna, bert = member("publisher", "anna"), member("publisher", "bert")
    assert approval.is_first_of_two(alert)
    approval.approve(alert, by=anna, now=database_now())
    assert freeze(alert.pk, now=database_now()) is Freeze.NOT_DUE
    assert not approval.is_first_of_two(alert)
    approval.approve(alert, by=bert, now=database_now())
    assert freeze(alert.pk, now=database_now()) is Freeze.DONE


def test_what_makes_no_sense_is_refused_in_words(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    Article.objects.filter(pk=story.pk).update(retracted_at=database_now())
    with pytest.raises(Refused, match="has been retracted"):
        draft(newsletter, story)
    Article.objects.filter(pk=story.pk).update(retracted_at=None)
    for state in (NewsletterState.PAUSED, NewsletterState.CLOSED):
        Newsletter.objects.filter(pk=newsletter.pk).update(state=state)
        with pytest.raises(Refused, match=f"Morning Briefing is {state}"):
            draft(newsletter, story)
    Newsletter.objects.filter(pk=newsletter.pk).update(state=NewsletterState.LIVE)
    with pytest.raises(Refused, match="no readers"):
        draft(press.newsletter("Nobody's"), story)
    has_story(press, newsletter, story)
    with pytest.raises(Refused, match="Nobody is left to mail"):
        draft(newsletter, story)
    assert not Digest.objects.filter(urgent_story=story).exists()


def test_there_is_one_of_a_story_and_another_only_after_it_came_to_nothing(
    newsletter: Newsletter, story: Article
) -> None:
    first = draft(newsletter, story)
    with pytest.raises(AlreadyThere) as there:
        draft(newsletter, story)
    assert there.value.digest == first
    replanning.skip(first.pk, "not today", by="anna", now=database_now())
    second = draft(newsletter, story)
    assert second.slot == "alert-2"
    with pytest.raises(replanning.Refused, match="in its place"):
        replanning.unskip(first.pk, now=database_now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Digest.objects.filter(pk=first.pk).update(state=DigestState.DRAFT)


def test_it_takes_no_slot_that_a_schedule_will_want(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    press.schedule(newsletter, slot="alert-1")
    assert draft(newsletter, story).slot == "alert-2"


@pytest.mark.django_db(transaction=True)
def test_two_editors_at_once_make_one() -> None:
    press = Press()
    newsletter, story = press.newsletter(), press.article()
    press.readers(newsletter, 2)

    def click(_number: int) -> int:
        try:
            return draft(newsletter, story).pk
        except AlreadyThere as there:
            return there.digest.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as editors:
        made = set(editors.map(click, range(4)))
    assert made == {Digest.objects.get().pk}


def test_preflight_lets_out_nothing_but_its_story(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    alert = draft(newsletter, story)
    Item.objects.filter(section__digest=alert).update(article=press.article("Another"))
    assert [finding.check for finding in report_on(alert, now=database_now()).blocking] == [
        "not_urgent"
    ]
    Item.objects.filter(section__digest=alert).update(article=story)
    has_story(press, newsletter, story)
    assert [finding.check for finding in report_on(alert, now=database_now()).blocking] == [
        "nobody_left"
    ]


def test_it_takes_no_story_from_the_next_digest(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    draft(newsletter, story)
    digest = press.digest(newsletter, local_date=database_now().date())
    assert carried(digest, Template.objects.get()) == set()
    press.carry(digest, story)
    assert [finding.check for finding in report_on(digest, now=database_now()).warnings].count(
        "carried"
    ) == 0


def test_its_subject_is_not_tested(newsletter: Newsletter, story: Article) -> None:
    with pytest.raises(subject_tests.Refused, match="no time to test"):
        subject_tests.set_up(draft(newsletter, story), ["B"], sample_percent=10, minutes=10)


def test_archive_and_calendar_show_it(newsletter: Newsletter, story: Article) -> None:
    alert = draft(newsletter, story)
    today = alert.local_date
    (day,) = days(today, today + timedelta(days=1), now=database_now(), zone=alert.zone)
    assert alert in [entry.digest for entry in day.entries]
    shown = signed_in("curator").get("/admin/digests/digest/calendar/").content.decode()
    assert '<span class="desk-badge desk-plain">News alert</span>' in shown
    assert reading.find(newsletter.slug, today, alert.slot) is None
    approval.approve(alert, by=None, now=database_now())
    freeze(alert.pk, now=database_now())
    Digest.objects.filter(pk=alert.pk).update(state=DigestState.SENT)
    found = reading.find(newsletter.slug, today, alert.slot)
    assert found == alert
    page = reading.page(found, reading.around(found))
    assert page.entry.is_alert
    assert [story.headline for block in page.blocks for story in block.stories] == [story.headline]


# The pages


def test_an_editor_begins_one_and_a_publisher_releases_it(
    newsletter: Newsletter, story: Article, press: Press
) -> None:
    closed = press.newsletter("Old News", state=NewsletterState.CLOSED)
    paused = press.newsletter("Weekend", state=NewsletterState.PAUSED)
    curator = signed_in("curator")
    picked = curator.get(PAGE, {"q": "ferr"})
    assert f'href="?story={story.pk}"' in picked.content.decode()
    page = f"{PAGE}?story={story.pk}"
    shown = curator.get(page)
    words = " ".join(shown.content.decode().split())
    assert shown.context["form"].initial["subject"] == story.headline
    assert "4 readers get it." in words
    assert "It is paused: its readers get nothing until it is live." in words
    assert closed.name not in words
    said = {"newsletter": newsletter.pk, "subject": "Ferry sinks", "kicker": "Harbour"}
    assert "Morning Briefing" in words
    refused = curator.post(page, said | {"newsletter": paused.pk}).content.decode()
    assert "Weekend is paused" in refused
    assert "This field is required" in curator.post(page, said | {"subject": ""}).content.decode()
    done = curator.post(page, said, follow=True)
    text = " ".join(done.content.decode().split())
    assert "It goes out at once to 4 readers of Morning Briefing, before anything else." in text
    assert "Only staff who may approve digests can release it." in text
    assert "Release the alert" not in text

    alert = Digest.objects.get(urgent_story=story)
    again = curator.post(page, said, follow=True)
    assert "There is an alert of" in again.content.decode()
    assert again.redirect_chain[-1][0] == f"/admin/digests/digest/{alert.pk}/alert/"

    publisher = signed_in("publisher")
    look = publisher.get(f"/admin/digests/digest/{alert.pk}/alert/")
    assert "Release the alert" in look.content.decode()
    seen = {"seen": look.context["seen"]}
    approve = f"/admin/digests/digest/{alert.pk}/approve/"
    assert curator.post(approve, seen).status_code == 403
    released = publisher.post(approve, seen, follow=True).content.decode()
    assert "The alert is released and goes out now." in released
    assert freeze(alert.pk, now=database_now()) is Freeze.DONE
    live = publisher.get(f"/admin/digests/digest/{alert.pk}/alert/")
    assert live["Location"] == f"/admin/digests/digest/{alert.pk}/live/"


def test_the_page_says_how_many_are_left_out(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    has_story(press, newsletter, story)
    press.readers(newsletter, 2)
    curator = signed_in("curator")
    page = f"{PAGE}?story={story.pk}"
    words = " ".join(curator.get(page).content.decode().split())
    assert "2 readers get it. 4 are left out, who have the story already." in words
    done = curator.post(page, {"newsletter": newsletter.pk, "subject": "S"}, follow=True)
    text = " ".join(done.content.decode().split())
    assert "to 2 readers of Morning Briefing" in text
    assert "4 readers are left out: a digest of the last 3 days has brought them the story" in text


def test_a_retracted_story_has_no_button(newsletter: Newsletter, story: Article) -> None:
    Article.objects.filter(pk=story.pk).update(retracted_at=database_now())
    curator = signed_in("curator")
    page = f"{PAGE}?story={story.pk}"
    words = curator.get(page).content.decode()
    assert "It has been retracted" in words
    assert "Look at the mail" not in words
    said = {"newsletter": newsletter.pk, "subject": "S"}
    assert "has been retracted: no alert goes out" in curator.post(page, said).content.decode()


def test_who_may_begin_one_may_discard_it_until_it_is_released(
    newsletter: Newsletter, story: Article
) -> None:
    """Also while a first person's approval waits for a second, and once it is held because nobody released it."""
    Template.objects.update(needs_second_person=True)
    curator = signed_in("curator")
    for happens in ("nothing", "approved once", "held"):
        alert = draft(newsletter, story)
        page = f"/admin/digests/digest/{alert.pk}/alert/"
        if happens == "approved once":
            approval.approve(alert, by=member("publisher", "anna"), now=database_now())
        if happens == "held":
            late = database_now() + news_alerts.TO_APPROVE
            approval.decide_at_deadline(alert.pk, now=late)
        assert f'action="{page}discard/"' in curator.get(page).content.decode()
        done = curator.post(f"{page}discard/", follow=True)
        assert done.redirect_chain[-1][0] == f"{PAGE}?story={story.pk}"
        assert "The alert is discarded: nobody gets it." in done.content.decode()
        alert.refresh_from_db()
        assert (alert.state, alert.state_reason) == (
            DigestState.CANCELLED,
            "Discarded by curator.",
        )
        assert not alert.approvals.waiting().exists()
        assert not Alert.objects.filter(digest=alert, cleared_at=None).exists()
        assert freeze(alert.pk, now=database_now()) is Freeze.NOT_DUE


def test_a_released_alert_is_cancelled_by_those_alone_who_may_send(
    newsletter: Newsletter, story: Article
) -> None:
    alert = draft(newsletter, story)
    approval.approve(alert, by=None, now=database_now())
    curator = signed_in("curator")
    page = f"/admin/digests/digest/{alert.pk}/alert/"
    assert "Discard" not in curator.get(page).content.decode()
    refused = curator.post(f"{page}discard/", follow=True).content.decode()
    assert "It is approved: only an alert that nobody has released can be discarded." in refused
    alert.refresh_from_db()
    assert alert.state == DigestState.APPROVED
    shown = signed_in("publisher").get(page).content.decode()
    assert "Discard" not in shown
    assert f"/admin/digests/digest/{alert.pk}/cancel" in shown


def test_what_is_no_alert_is_not_discarded(press: Press, newsletter: Newsletter) -> None:
    digest = press.digest(newsletter)
    address = f"/admin/digests/digest/{digest.pk}/alert/discard/"
    curator = signed_in("curator")
    assert curator.post(address).status_code == 404
    assert curator.get(address).status_code == 405
    with pytest.raises(Refused):
        news_alerts.discard(digest.pk, by="anna", now=database_now())


@pytest.mark.django_db(transaction=True)
def test_of_discarding_and_releasing_at_once_one_happens() -> None:
    press = Press()
    newsletter, story = press.newsletter(), press.article()
    press.readers(newsletter, 2)
    alert = draft(newsletter, story)

    def discarded() -> bool:
        try:
            news_alerts.discard(alert.pk, by="anna", now=database_now())
        except Refused:
            return False
        return True

    def released() -> bool:
        try:
            approval.approve(Digest.objects.get(pk=alert.pk), by=None, now=database_now())
        except approval.CannotApprove:
            return False
        return freeze(alert.pk, now=database_now()) is Freeze.DONE

    assert sorted(at_once(discarded, released)) == [False, True]
    alert.refresh_from_db()
    assert alert.state in {DigestState.CANCELLED, DigestState.FROZEN}
    assert alert.batches.exists() is (alert.state == DigestState.FROZEN)


@pytest.mark.parametrize("role", ["audience", "analyst"])
def test_it_is_for_editors(role: str, newsletter: Newsletter, story: Article) -> None:
    alert = draft(newsletter, story)
    client = signed_in(role)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}?story={story.pk}", {}).status_code == 403
    page = f"/admin/digests/digest/{alert.pk}/alert/"
    shown = client.get(page)
    assert shown.status_code == 200
    assert "Discard" not in shown.content.decode()
    assert client.post(f"{page}discard/").status_code == 403


@pytest.mark.parametrize("said", ["x", "", "-1", "9" * 40, "٣", "999999999"])
def test_a_story_that_is_none_is_asked_for_again(
    said: str, newsletter: Newsletter, story: Article
) -> None:
    answer = signed_in("curator").get(PAGE, {"story": said})
    assert answer.status_code == 200
    assert "Choose another" in answer.content.decode()


def test_it_is_reached_from_the_stories_and_from_the_calendar(
    newsletter: Newsletter, story: Article
) -> None:
    curator = signed_in("curator")
    calendar = curator.get("/admin/digests/digest/calendar/").content.decode()
    assert f'href="{PAGE}"' in calendar
    page = curator.get(f"/admin/digests/article/{story.pk}/change/").content.decode()
    action = f"/admin/digests/article/{story.pk}/alert/"
    assert action in page
    assert action in curator.get("/admin/digests/article/").content.decode()
    assert curator.get(action)["Location"] == f"{PAGE}?story={story.pk}"


def test_the_pages_cost_no_more_for_more_newsletters_and_stories(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    curator = signed_in("curator")
    page = f"{PAGE}?story={story.pk}"
    curator.get(page)
    with CaptureQueriesContext(connection) as few:
        curator.get(page)
    for number in range(8):
        press.readers(press.newsletter(f"Letter {number}"), 2)
    with CaptureQueriesContext(connection) as many:
        curator.get(page)
    assert len(many) == len(few)


def test_the_page_after_its_release_speaks_of_one_moment(
    newsletter: Newsletter, story: Article
) -> None:
    """A worker freezes it while the page is being made, as one does that hears the bell of the release."""
    alert = draft(newsletter, story)
    approval.approve(alert, by=None, now=database_now())
    client = signed_in("publisher")
    page = f"/admin/digests/digest/{alert.pk}/change/"
    waiting = ["the worker"]

    def worker(execute: Any, sql: str, *given: Any) -> Any:
        if "digests_alert" in sql and waiting:  # the page has read the digest by then
            waiting.pop()
            assert freeze(alert.pk, now=database_now()) is Freeze.DONE
        return execute(sql, *given)

    with connection.execute_wrapper(worker):
        response = client.get(page)
    assert not waiting
    assert response.status_code == 302
    shown = client.get(response["Location"]).content.decode()
    assert "Nobody would receive it" not in shown
    assert "Live" in shown
