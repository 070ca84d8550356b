"""A correction goes to those who have a wrong version, to all of them, and to nobody else."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from digests.archive import reading
from digests.audience.corrected import readers_now
from digests.choices import DigestState, Outcome
from digests.decisions import approval, correcting, stop_press
from digests.decisions.correcting import Refused
from digests.delivery.freezing import Freeze, freeze
from digests.models import Article, Batch, Digest, Item, Reason, Slice, Version
from digests.preflight import running
from subscriptions.clock import database_now
from subscriptions.models import Subscriber, Subscription
from subscriptions.readers.uniting import unite
from tests.builders import NOON, Press
from tests.digests.delivery.alerting import carried, mailed, sent
from tests.staff import member, signed_in
from tests.subscriptions.conftest import EVIDENCE

Case = tuple[Digest, list[Subscriber], Article]


@pytest.fixture
def case(press: Press) -> Case:
    """Twelve readers: eight were offered version 1, which is wrong, and the others version 2."""
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 12)
    wrong = press.article("Ferry sinks")
    digest = press.digest(newsletter, due_at=database_now())
    press.carry(digest, press.article("Bridge reopens"), wrong)
    approval.approve(digest, by=None, now=database_now())
    assert freeze(digest.pk, now=database_now()) is Freeze.DONE
    item = digest.sections.get().items.get(article=wrong)
    stop_press.retract(digest.pk, item.pk, by=member("publisher", "anna"), now=database_now())
    first, second = digest.versions.order_by("number")
    told = [Outcome.ACCEPTED] * 4 + [
        Outcome.UNCERTAIN,  # 4: may have it
        Outcome.FAILED,  # 5
        Outcome.MOVED,  # 6: was deferred, and got the second version
        Outcome.MOVED,  # 7: was in doubt, and got the second version
    ]
    batch = Batch.objects.get(digest=digest)
    batch.outcomes = bytes([*told, *[Outcome.ACCEPTED] * 4])
    batch.next, batch.finished_at = 12, database_now()
    batch.save()
    for start, stop, version in ((0, 8, first), (8, 12, second)):
        _slice(batch, start, stop, version)
    doubt = Reason(digest=digest, subscriber_id=batch.recipient_ids[7], at=database_now())
    doubt.outcome = Outcome.UNCERTAIN
    doubt.save()
    Digest.objects.filter(pk=digest.pk).update(state=DigestState.SENT)
    digest.refresh_from_db()
    return digest, sorted(readers, key=lambda reader: reader.pk), wrong


def _slice(batch: Batch, start: int, stop: int, version: Version) -> None:
    now = database_now()
    Slice.objects.create(
        batch=batch,
        start=start,
        stop=stop,
        token=1,
        version=version,
        started_at=now,
        settled_at=now,
    )


def draft(digest: Digest, article: Article | None = None, **words: str) -> Digest:
    first = digest.versions.order_by("number")[0]
    return correcting.draft(
        digest.pk,
        [first.pk],
        subject=words.get("subject", "Correction: the ferry is safe"),
        words=words.get("words", "The ferry did <not> sink.\n\nWe are sorry."),
        article_id=article.pk if article else None,
        now=database_now(),
    )


def audience_of(correction: Digest) -> list[int]:
    approval.approve(correction, by=None, now=database_now())
    assert freeze(correction.pk, now=database_now()) is Freeze.DONE
    return [pk for batch in correction.batches.all() for pk in batch.recipient_ids]


def test_it_goes_to_those_who_have_or_may_have_the_wrong_version(case: Case) -> None:
    digest, readers, wrong = case
    correction = draft(digest, wrong)
    assert readers_now(correction) == 5, "the one in doubt is found at the freeze"
    assert audience_of(correction) == [readers[place].pk for place in (0, 1, 2, 3, 4, 7)]
    correction.refresh_from_db()
    assert correction.audience_size == 6
    assert correction.sending_version is not None
    assert "did &lt;not&gt; sink" in correction.sending_version.html
    assert "Ferry sinks" in correction.sending_version.html
    for side in (correction.sending_version.html, correction.sending_version.text):
        assert "Correction · " in side, "said at its head, as a news alert says what it is"


def test_who_left_since_is_left_alone(case: Case) -> None:
    digest, readers, _wrong = case
    Subscription.objects.filter(subscriber=readers[0]).update(state="left", left_at=database_now())
    assert len(audience_of(draft(digest))) == 5


def test_who_has_it_under_an_id_that_became_part_of_theirs_gets_it_once(
    case: Case, press: Press
) -> None:
    """The first and the second, who both have it, become one; the third becomes one with a row that has got nothing,
    and that one with another."""
    digest, readers, _wrong = case
    first, second, third = readers[:3]
    late, latest = press.reader(), press.reader()
    for gone, into in ((first, second), (third, late), (late, latest)):
        unite(gone, into=into, evidence=EVIDENCE, now=NOON)
    expected = sorted([second.pk, *(readers[place].pk for place in (3, 4, 7)), latest.pk])
    assert audience_of(draft(digest)) == expected


@pytest.mark.django_db(transaction=True)
def test_two_readers_who_just_become_one_are_waited_for() -> None:
    press = Press()
    newsletter = press.newsletter()
    reader, late = press.reader(newsletter), press.reader()
    digest = sent(carried(press, newsletter, press.article())).digest
    assert digest.sending_version_id is not None
    correction = correcting.draft(
        digest.pk, [digest.sending_version_id], subject="S", words="W", now=database_now()
    )
    approval.approve(correction, by=None, now=database_now())

    def frozen() -> Freeze:
        try:
            return freeze(correction.pk, now=database_now())
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            unite(reader, into=late, evidence=EVIDENCE, now=NOON)
            done = thread.submit(frozen)
            with pytest.raises(TimeoutError):
                done.result(timeout=1)
        assert done.result(timeout=20) is Freeze.DONE
    assert mailed(correction) == [late.pk]


def test_who_only_has_a_right_version_gets_none_with_an_id_that_became_part_of_theirs(
    case: Case, press: Press
) -> None:
    digest, readers, _wrong = case
    late = press.reader()
    unite(readers[8], into=late, evidence=EVIDENCE, now=NOON)
    assert late.pk not in audience_of(draft(digest))


def test_words_alone_are_enough_when_the_story_is_retracted(case: Case) -> None:
    digest, _readers, wrong = case
    Article.objects.filter(pk=wrong.pk).update(retracted_at=database_now())
    correction = draft(digest, wrong)
    assert len(audience_of(correction)) == 6


def test_the_archive_leads_from_the_digest_to_its_correction(case: Case) -> None:
    digest, _readers, _wrong = case
    correction = draft(digest)
    audience_of(correction)
    Digest.objects.filter(pk=correction.pk).update(state=DigestState.SENT)
    near = reading.around(digest)
    assert [one.slot for one in near.corrections] == ["correction-1"]
    assert draft(digest).slot == "correction-2"


def test_what_cannot_be_corrected_is_explained(case: Case, press: Press) -> None:
    digest, _readers, _wrong = case
    other = press.approved(press.newsletter("Good News"))
    with pytest.raises(Refused, match="change it instead"):
        draft(other)
    with pytest.raises(Refused, match="which versions"):
        correcting.draft(digest.pk, [0], subject="S", words="W", now=database_now())
    correction = draft(digest)
    audience_of(correction)
    correction.refresh_from_db()
    with pytest.raises(Refused, match="correction itself"):
        draft(correction)
    Digest.objects.filter(pk=digest.pk).update(
        state=DigestState.SENDING, sending_version=digest.versions.order_by("number")[0]
    )
    with pytest.raises(Refused, match="still getting that version"):
        draft(digest)


def test_an_editor_begins_one_from_the_live_page(case: Case, press: Press) -> None:
    digest, _readers, wrong = case
    client = signed_in("curator")
    live = client.get(f"/admin/digests/digest/{digest.pk}/live/").content.decode()
    assert "Correct “Ferry sinks”" in live
    page = f"/admin/digests/digest/{digest.pk}/correct/?article={wrong.pk}"
    shown = client.get(page)
    assert shown.context["form"].initial["subject"] == "Correction: Ferry sinks"
    (first,) = shown.context["form"].initial["versions"]
    assert "(5 readers)" in shown.content.decode()
    empty = client.post(page, {"subject": "", "words": ""}).content.decode()
    assert "Say which versions were wrong." in empty
    said = {"subject": "Correction", "words": "It floats.", "versions": [first]}
    done = client.post(page, said, follow=True).content.decode()
    assert "The correction is begun." in done
    assert "about 5 readers" in done
    assert (
        client.post(f"/admin/digests/digest/{digest.pk}/correct/?article=x", {}).status_code == 200
    )


def test_stories_are_named_as_readers_know_them_and_in_the_order_of_the_mail(
    case: Case, press: Press
) -> None:
    digest, _readers, wrong = case
    bridge = Article.objects.get(headline="Bridge reopens")
    Item.objects.filter(article=bridge).update(headline="The bridge is back")
    told = [(one.article_id, one.headline) for one in correcting.stories_of(digest)]
    assert told == [(bridge.pk, "The bridge is back"), (wrong.pk, "Ferry sinks")]
    page = f"/admin/digests/digest/{digest.pk}/correct/?article={bridge.pk}"
    initial = signed_in("curator").get(page).context["form"].initial
    assert initial["subject"] == "Correction: The bridge is back"


def test_preflight_does_not_mind_that_readers_have_its_story(case: Case, press: Press) -> None:
    digest, _readers, _wrong = case
    bridge = Article.objects.get(headline="Bridge reopens")
    correction = correcting.draft(
        digest.pk,
        list(digest.versions.values_list("pk", flat=True)),
        subject="Correction",
        words="It stays shut.",
        article_id=bridge.pk,
        now=database_now(),
    )
    running.run(correction.pk, now=database_now())
    correction.refresh_from_db()
    checks = {finding.check for finding in running.report_on(correction, now=NOON).warnings}
    assert "carried" not in checks
    assert checks  # it was looked at


@pytest.mark.parametrize("role", ["audience", "analyst"])
def test_beginning_one_is_for_editors(case: Case, role: str) -> None:
    digest, _readers, _wrong = case
    assert signed_in(role).get(f"/admin/digests/digest/{digest.pk}/correct/").status_code == 403
