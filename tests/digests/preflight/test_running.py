"""From rows to findings, kept and looked at again; at the gate; and set aside by a person."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from digests import versions
from digests.choices import AlertKind, DigestState
from digests.decisions import approval, steering
from digests.delivery import freezing
from digests.models import (
    Alert,
    Article,
    Digest,
    DomainCheck,
    Image,
    Item,
    LinkCheck,
    Preflight,
    Section,
    SetAside,
)
from digests.preflight import gathering, running, setting_aside
from subscriptions.models import Newsletter, Publisher
from tests.builders import NOON, Press


def complete(press: Press, **fields: Any) -> Digest:
    """In which a reader and an editor find nothing to mind."""
    newsletter = press.newsletter()
    press.reader(newsletter)
    digest = press.digest(newsletter, **({"preheader": "And the fog with it"} | fields))
    press.carry(digest, press.article("The ferry is back"))
    return digest


def test_how_many_read_a_news_alert_says_nothing_of_a_digest_in_its_slot(press: Press) -> None:
    digest = complete(press, slot="alert-1")
    for day, fields in enumerate([{}, {"urgent_story": press.article()}], start=1):
        sent = press.frozen(
            digest.newsletter,
            slot="alert-1",
            local_date=digest.local_date - timedelta(days=day),
        )
        Digest.objects.filter(pk=sent.pk).update(
            state=DigestState.SENT, audience_size=day * 1_000, **fields
        )
    assert gathering.gather(digest, versions.draft_of(digest), now=NOON).readers_before == (1_000,)


def now_known(digest: Digest) -> Digest:
    return Digest.objects.select_related("newsletter", "approved_version").get(pk=digest.pk)


def found(digest: Digest) -> list[str]:
    report = running.report_on(now_known(digest), now=NOON)
    return [finding.check for finding in (*report.blocking, *report.warnings)]


def test_a_complete_digest_is_clear(press: Press) -> None:
    assert found(complete(press)) == []


def test_what_rows_say_is_found(press: Press) -> None:
    digest = complete(press)
    article = Article.objects.get()
    Section.objects.create(digest=digest, heading="The day ahead", position=2)
    picture = Image.objects.create(
        source_url="https://paper.example.org/a.jpg",
        width=6,
        height=4,
        large_width=6,
        large_height=4,
    )
    Item.objects.update(image=picture)
    Article.objects.update(retracted_at=NOON, published_at=NOON + timedelta(hours=1))
    LinkCheck.objects.create(
        url=article.url, status=404, error="The server answered 404.", gone_times=2,
        gone_since=NOON - timedelta(minutes=20), checked_at=NOON, due_at=NOON, wanted_until=NOON,
    )  # fmt: skip
    Newsletter.objects.update(postal_address="")
    other = press.digest(digest.newsletter, local_date=digest.local_date - timedelta(days=1))
    press.carry(other, article)

    assert set(found(digest)) == {
        "retracted", "gone", "embargo", "carried", "empty_section", "alt", "postal_address"
    }  # fmt: skip


def test_a_story_written_by_hand_is_looked_at_as_it_would_go_out(press: Press) -> None:
    digest = complete(press)
    section = digest.sections.get()
    url = "http://ada.example.org/"
    item = Item.objects.create(section=section, headline="Thank you, Ada", url=url, position=1)
    running.run(digest.pk, now=NOON - timedelta(hours=1))
    assert LinkCheck.objects.filter(url=url).exists()
    assert found(digest) == ["insecure"]
    (finding,) = running.report_on(now_known(digest), now=NOON).warnings
    assert finding.target == f"story-{item.pk}"

    approval.approve(digest, by=None, now=NOON)
    item.delete()
    (finding,) = running.report_on(now_known(digest), now=NOON).warnings
    assert (finding.check, finding.target) == ("insecure", ""), "it is in the version still"


@pytest.mark.parametrize(("minutes", "state"), [(4, DigestState.FROZEN), (20, DigestState.HELD)])
def test_a_short_outage_of_the_site_does_not_hold_the_morning(
    press: Press, minutes: int, state: DigestState
) -> None:
    digest = complete(press)
    approval.approve(digest, by=None, now=NOON - timedelta(hours=1))
    LinkCheck.objects.create(
        url=Article.objects.get().url, status=404, error="The server answered 404.", gone_times=2,
        gone_since=NOON - timedelta(minutes=minutes), checked_at=NOON, due_at=NOON,
        wanted_until=NOON,
    )  # fmt: skip
    freezing.freeze(digest.pk, now=NOON)
    digest.refresh_from_db()
    assert digest.state == state


def test_the_postal_address_of_the_publisher_serves_too(press: Press) -> None:
    digest = complete(press)
    Newsletter.objects.update(postal_address="")
    Publisher.objects.update(postal_address="2 Quay Street")
    assert found(digest) == []


def test_a_story_of_a_cancelled_digest_is_as_good_as_new(press: Press) -> None:
    digest = complete(press)
    other = press.digest(
        digest.newsletter,
        local_date=digest.local_date - timedelta(days=1),
        state=DigestState.CANCELLED,
    )
    press.carry(other, Article.objects.get())
    assert found(digest) == []


def test_links_around_the_stories_are_visited_too_and_our_own_are_not(press: Press) -> None:
    digest = complete(press)
    running.run(digest.pk, now=NOON - timedelta(hours=1))
    assert set(LinkCheck.objects.values_list("url", flat=True)) == {
        Article.objects.get().url,
        "https://paper.example.org/privacy",
    }


def test_the_domain_of_nobody_is_not_asked_about_and_a_real_one_is(press: Press) -> None:
    digest = complete(press)
    running.run(digest.pk, now=NOON)
    assert not DomainCheck.objects.exists()
    Newsletter.objects.update(sender_address="news@paper.co.uk")
    running.run(digest.pk, now=NOON)
    assert DomainCheck.objects.get().domain == "paper.co.uk"


def test_a_run_is_kept_and_due_again_after_five_minutes(press: Press) -> None:
    digest = complete(press, subject="")
    early = NOON - timedelta(hours=1)
    assert running.due_ids(now=early) == [digest.pk]
    running.run(digest.pk, now=early)
    kept = Preflight.objects.get()
    assert (kept.blocking, kept.warnings, kept.findings[0]["check"]) == (1, 0, "no_subject")
    assert running.due_ids(now=early + timedelta(minutes=4)) == []
    assert running.due_ids(now=early + timedelta(minutes=5)) == [digest.pk]


def test_what_an_editor_changes_is_looked_at_by_the_next_tick(press: Press) -> None:
    digest = complete(press)
    running.run(digest.pk, now=NOON)
    assert running.due_ids(now=NOON) == []
    Digest.objects.update(revision=F("revision") + 1)
    assert running.due_ids(now=NOON) == [digest.pk]
    running.run(digest.pk, now=NOON)
    assert running.due_ids(now=NOON) == []


def test_only_what_is_still_to_come_is_looked_at(press: Press) -> None:
    digest = complete(press)
    assert running.due_ids(now=NOON - timedelta(hours=49)) == []
    assert running.due_ids(now=digest.miss_at) == []
    Digest.objects.update(state=DigestState.CANCELLED)
    assert running.due_ids(now=NOON) == []
    assert running.run(digest.pk, now=NOON) is None


def test_a_template_that_does_not_compile_is_said_in_words_and_nothing_is_lost(
    press: Press,
) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article(url="javascript:alert(1)"))
    report = running.run(digest.pk, now=NOON)
    assert report is not None
    (finding,) = report.blocking
    assert finding.text.startswith("It cannot be rendered.")
    with pytest.raises(approval.CannotApprove, match="It cannot be rendered"):
        approval.approve(digest, by=None, now=NOON)
    assert Item.objects.count() == 1


def test_the_number_of_queries_does_not_grow_with_the_stories(press: Press) -> None:
    digest = complete(press)

    def queries() -> int:
        known = now_known(digest)
        with CaptureQueriesContext(connection) as captured:
            running.report_on(known, now=NOON)
        return len(captured)

    few = queries()
    press.carry(digest, *(press.article() for _ in range(30)))
    assert queries() == few
    assert few <= 21


# --- At the gate -----------------------------------------------------------------------------------


def test_what_is_retracted_after_approval_alerts_and_holds_it_at_freeze(press: Press) -> None:
    digest = complete(press)
    approval.approve(digest, by=None, now=NOON - timedelta(hours=1))
    Article.objects.update(retracted_at=NOON)

    running.run(digest.pk, now=NOON - timedelta(minutes=5))
    assert Alert.objects.get().kind == AlertKind.PREFLIGHT
    assert "has been retracted" in Alert.objects.get().text

    assert freezing.freeze(digest.pk, now=NOON) is freezing.Freeze.HELD
    assert "“The ferry is back” has been retracted." in now_known(digest).state_reason


def test_the_alert_goes_when_its_cause_does(press: Press) -> None:
    digest = complete(press)
    approval.approve(digest, by=None, now=NOON - timedelta(hours=1))
    Article.objects.update(retracted_at=NOON)
    running.run(digest.pk, now=NOON)
    Article.objects.update(retracted_at=None)
    running.run(digest.pk, now=NOON)
    assert Alert.objects.get().cleared_at == NOON


def test_what_blocks_is_not_approved_and_leaves_no_version(press: Press) -> None:
    digest = complete(press)
    Article.objects.update(published_at=NOON + timedelta(hours=2))
    with pytest.raises(approval.CannotApprove, match="under embargo until"):
        approval.approve(digest, by=None, now=NOON)
    assert not digest.versions.exists()


def test_a_late_digest_may_have_what_came_out_since_it_was_due(press: Press) -> None:
    """“Make it now” after its slot, and a stop press: what counts is when it goes out."""
    digest = complete(press)
    late = digest.due_at + timedelta(minutes=30)
    Article.objects.update(published_at=late - timedelta(minutes=10))
    with pytest.raises(approval.CannotApprove, match="under embargo until"):
        approval.approve(digest, by=None, now=digest.due_at)
    approval.approve(digest, by=None, now=late)
    assert freezing.freeze(digest.pk, now=late) == freezing.Freeze.DONE


def test_a_paused_newsletter_may_be_approved_and_is_held_at_freeze(press: Press) -> None:
    digest = complete(press)
    Newsletter.objects.update(state="paused")
    approval.approve(now_known(digest), by=None, now=NOON)
    assert freezing.freeze(digest.pk, now=NOON) is freezing.Freeze.HELD


def test_warnings_hold_nothing_up(press: Press) -> None:
    digest = complete(press, preheader="")
    approval.approve(digest, by=None, now=NOON)
    assert found(digest) == ["no_preheader"]
    assert freezing.freeze(digest.pk, now=NOON) is freezing.Freeze.DONE


# --- Set aside -------------------------------------------------------------------------------------


def key_of(digest: Digest) -> str:
    report = running.report_on(now_known(digest), now=NOON)
    return [*report.blocking, *report.warnings][0].key


@pytest.fixture
def editor(db: None) -> User:
    return User.objects.create(username="editor")


def test_a_warning_is_set_aside_with_a_reason_who_and_when(press: Press, editor: User) -> None:
    digest = complete(press, preheader="")
    setting_aside.set_aside(
        now_known(digest), key_of(digest), " It is  meant so ", by=editor, now=NOON
    )

    passed = SetAside.objects.get()
    assert (passed.reason, passed.by, passed.at) == ("It is meant so", editor, NOON)
    report = running.report_on(now_known(digest), now=NOON)
    assert report.is_clear
    assert [row for _finding, row in report.set_aside] == [passed]

    setting_aside.take_back(digest, passed.key)
    assert found(digest) == ["no_preheader"]


def test_what_was_set_aside_returns_when_it_becomes_another_thing(
    press: Press, editor: User
) -> None:
    digest = complete(press, subject="NEWS OF THE DAY")
    setting_aside.set_aside(now_known(digest), key_of(digest), "A joke", by=editor, now=NOON)
    Digest.objects.update(subject="NEWS OF THE NIGHT")
    assert found(digest) == ["capitals"]


def test_what_blocks_is_never_set_aside(press: Press, editor: User) -> None:
    digest = complete(press, subject="")
    with pytest.raises(setting_aside.Refused, match="must be fixed"):
        setting_aside.set_aside(now_known(digest), key_of(digest), "Why not", by=editor, now=NOON)
    assert not SetAside.objects.exists()


@pytest.mark.parametrize(
    ("key", "reason", "why"),
    [
        ("", "Because", "gone already"),
        ("x" * 99, "Because", "gone already"),
        (None, " \n", "Say why"),
    ],
)
def test_setting_aside_nothing_or_without_a_reason_is_refused(
    press: Press, editor: User, key: str | None, reason: str, why: str
) -> None:
    digest = complete(press, preheader="")
    with pytest.raises(setting_aside.Refused, match=why):
        setting_aside.set_aside(
            now_known(digest), key_of(digest) if key is None else key, reason, by=editor, now=NOON
        )


def test_nothing_is_set_aside_once_it_is_under_way(press: Press, editor: User) -> None:
    digest = complete(press, preheader="")
    key = key_of(digest)
    approval.approve(digest, by=None, now=NOON)
    steering.cancel(now_known(digest), "", now=NOON)
    with pytest.raises(setting_aside.Refused, match="being sent or finished"):
        setting_aside.set_aside(now_known(digest), key, "Because", by=editor, now=NOON)
