"""The pages of the sources: whoever asks for a visit gets one."""

from datetime import timedelta

from pytest_django import DjangoCaptureOnCommitCallbacks

from digests.models import Source
from tests.builders import NOON, Press
from tests.staff import chief, signed_in


def test_fetching_rings_for_the_source(
    press: Press, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    source = press.source()
    page = f"/admin/digests/source/{source.pk}/change/"
    form = {"name": source.name, "url": source.url, "is_active": "on", "interval_minutes": "10"}
    fetch = {"digests_source_fetch_now": "1"}
    with django_capture_on_commit_callbacks() as bells:
        assert signed_in("analyst").post(page, form | fetch).status_code == 403
        signed_in("publisher").post(page, form)
    assert bells == []
    chosen = {"action": "fetch_chosen", "_selected_action": [source.pk]}
    client = chief()
    with django_capture_on_commit_callbacks() as bells:
        client.post(page, form | fetch)
        client.post("/admin/digests/source/", chosen)
    assert len(bells) == 2


def test_a_failing_source_is_fetched_at_once_when_somebody_asks(press: Press) -> None:
    later = NOON + timedelta(hours=6)
    source = press.source(failures=5, last_error="It answered 503.", next_fetch_at=later)
    page = f"/admin/digests/source/{source.pk}/change/"
    form = {"name": source.name, "url": source.url, "is_active": "on", "interval_minutes": "10"}
    client = chief()
    client.post(page, form)
    assert list(Source.objects.due(NOON)) == []
    client.post(page, form | {"digests_source_fetch_now": "1"})
    assert list(Source.objects.due(NOON)) == [source]

    Source.objects.update(next_fetch_at=later)
    client.post(
        "/admin/digests/source/", {"action": "fetch_chosen", "_selected_action": [source.pk]}
    )
    assert list(Source.objects.due(NOON)) == [source]

    Source.objects.update(is_active=False)
    del form["is_active"]
    answer = client.post(page, form | {"digests_source_fetch_now": "1"}, follow=True)
    assert "is off: make it active" in answer.content.decode()


def test_the_page_of_a_source_says_what_was_left_out(press: Press) -> None:
    told = "3 stories were left out: <it> has no link."
    source = press.source(worked_at=NOON, warnings=[told])
    client = chief()
    page = client.get(f"/admin/digests/source/{source.pk}/change/").content.decode()
    assert "3 stories were left out: &lt;it&gt; has no link." in page
    assert "Works, with remarks" in client.get("/admin/digests/source/").content.decode()


def test_a_source_at_a_new_address_begins_anew(
    press: Press, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    source = press.source(
        failures=5,
        last_error="It answered 404.",
        etag='"of-the-old-one"',
        worked_at=NOON,
        next_fetch_at=NOON + timedelta(hours=6),
    )
    form = {"name": source.name, "url": "https://paper.example.org/right.xml"}
    form |= {"is_active": "on", "interval_minutes": "10"}
    client = chief()
    with django_capture_on_commit_callbacks() as bells:
        client.post(f"/admin/digests/source/{source.pk}/change/", form)
    assert len(bells) == 1
    source.refresh_from_db()
    assert (source.etag, source.last_error, source.failures) == ("", "", 0)
    assert list(Source.objects.due(NOON)) == [source]

    with django_capture_on_commit_callbacks() as bells:
        added = form | {"name": "Another", "url": "https://paper.example.org/another.xml"}
        answer = client.post("/admin/digests/source/add/", added, follow=True)
    assert len(bells) == 1
    assert "It is being fetched" in answer.content.decode()
