"""What matters most leaves a trace: one line, with who, what and when, and no reader's address in it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from digests.choices import AlertKind
from digests.models import Article, Digest
from digests.notices import alerts
from subscriptions.clock import database_now
from subscriptions.models import Publisher, Subscriber, TransportState
from tests.builders import Press
from tests.staff import chief, member, signed_in

Act = Callable[[Client, Digest], object]


@pytest.fixture
def digest(press: Press) -> Digest:
    newsletter = press.newsletter()
    press.reader(newsletter, address="ada@example.org")
    return press.frozen(newsletter, due_at=database_now())


def below(digest: Digest, rest: str) -> str:
    return f"/admin/digests/digest/{digest.pk}/{rest}"


def download(client: Client, digest: Digest) -> None:
    assert b"".join(client.get(below(digest, "deliveries.csv")).streaming_content)  # type: ignore[attr-defined]  # synchronous


def preview(client: Client, digest: Digest) -> None:
    for part in ("mail.html", "mail.html?theme=dark", "mail.txt", "mail.eml"):
        mark = "&" if "?" in part else "?"
        path = below(digest, f"preview/{part}{mark}reader=ada@example.org")
        assert client.get(path).status_code == 200


def stop_all(client: Client, _digest: Digest) -> None:
    client.post("/admin/digests/digest/stop-all-sending/")


def start_again(client: Client, _digest: Digest) -> None:
    client.post("/admin/digests/digest/start-again/")


def on_stories(action: str) -> Act:
    def act(client: Client, _digest: Digest) -> None:
        chosen = list(Article.objects.values_list("pk", flat=True))
        for _click in range(2):  # the second one changes nothing
            client.post("/admin/digests/article/", {"action": action, "_selected_action": chosen})

    return act


def restore(client: Client, digest: Digest) -> None:
    Article.objects.update(retracted_at=database_now())
    on_stories("restore")(client, digest)


def clear(client: Client, digest: Digest) -> None:
    alerts.raise_alert(digest, AlertKind.SENDING, "Trouble", now=database_now())
    alert = digest.alerts.get()
    asked = {"action": "clear_chosen", "_selected_action": [alert.pk]}
    client.post("/admin/digests/alert/", asked)


def try_way_out(client: Client, _digest: Digest) -> None:
    until = database_now() + timedelta(hours=1)
    TransportState.objects.create(name="smtp", rests_until=until, grows_at=until)
    client.post("/admin/digests/digest/try-way-out/", {"way": "smtp"})


def post_to_webhook(client: Client, _digest: Digest) -> None:
    Publisher.objects.update(alert_webhook_url="https://pager.example.org/hook")
    client.post("/admin/subscriptions/publisher/webhook-test/")


ACTS: dict[str, tuple[Act, str]] = {
    "download": (download, "The delivery report was downloaded, with addresses."),
    "preview": (preview, "The preview was personalised for reader "),
    "stop": (stop_all, "All sending is stopped."),
    "start": (start_again, "Sending goes on."),
    "retract": (on_stories("retract"), "Retracted."),
    "restore": (restore, "Its retraction was taken back."),
    "clear": (clear, "Cleared."),
    "way out": (try_way_out, "smtp is tried again now."),
    "webhook": (post_to_webhook, "A test was posted to the alert webhook."),
}


@pytest.mark.parametrize("name", ACTS)
def test_it_leaves_one_line(digest: Digest, name: str) -> None:
    act, words = ACTS[name]
    client = chief()
    LogEntry.objects.all().delete()
    act(client, digest)
    entry = LogEntry.objects.get()
    assert entry.user == User.objects.get(username="chief")
    assert entry.change_message.startswith(words)
    assert "ada@" not in entry.change_message + entry.object_repr
    listed = client.get("/admin/admin/logentry/").text
    assert words in listed
    assert client.get(f"/admin/admin/logentry/{entry.pk}/change/").status_code == 200


def test_a_download_without_addresses_says_so(digest: Digest) -> None:
    download(signed_in("analyst"), digest)
    assert LogEntry.objects.get().change_message.endswith("downloaded, without addresses.")


def test_another_reader_and_another_person_are_other_looks(press: Press, digest: Digest) -> None:
    press.reader(digest.newsletter, address="ben@example.org")
    client = chief()
    preview(client, digest)
    client.get(below(digest, "preview/mail.html?reader=ben@example.org"))
    preview(signed_in("audience"), digest)
    numbers = {f"reader {pk}." for pk in Subscriber.objects.values_list("pk", flat=True)}
    said = list(LogEntry.objects.values_list("user__username", "change_message"))
    assert len(said) == 3
    assert {words.rpartition("for ")[2] for _who, words in said} == numbers


def test_the_sample_and_a_stranger_are_no_look_at_anybody(digest: Digest) -> None:
    client = chief()
    client.get(below(digest, "preview/mail.html"))
    client.get(below(digest, "preview/mail.html?reader=nobody@example.org"))
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("role", ["publisher", "audience", "curator", "analyst"])
def test_the_whole_log_is_for_those_who_look_after_staff(db: None, role: str) -> None:
    client = Client()
    client.force_login(member(role))
    assert client.get("/admin/admin/logentry/").status_code == 403
    assert "What staff did" not in client.get("/admin/").text
    assert "What staff did" in chief().get("/admin/").text


def test_nobody_writes_or_deletes_in_it(digest: Digest) -> None:
    client = chief()
    stop_all(client, digest)
    entry = LogEntry.objects.get()
    for path in ("add/", f"{entry.pk}/delete/"):
        assert client.post(f"/admin/admin/logentry/{path}", {"post": "yes"}).status_code == 403
    client.post(f"/admin/admin/logentry/{entry.pk}/change/", {"change_message": "Nothing"})
    asked = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
    client.post("/admin/admin/logentry/", asked)
    assert LogEntry.objects.get().change_message == "All sending is stopped."
