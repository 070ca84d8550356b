"""Events of every ESP through its address: kept once, refused when forged, and never an error."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.core import checks
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from digests.choices import EventKind, EventState
from digests.models import Event
from digests.tracking.esps import ESPS, SHARED_SECRET
from digests.views import webhooks
from subscriptions.choices import BounceKind
from subscriptions.mailing.mail import MailRoute
from tests.digests.tracking import posts
from tests.digests.tracking.conftest import Sent
from tests.digests.tracking.posts import Mail, Post

pytestmark = pytest.mark.usefixtures("db", "keys")
SIGNING_BODIES = sorted(
    name for name, esp in ESPS.items() if esp.signs_body and esp.variable != SHARED_SECRET
)
each_esp = pytest.mark.parametrize("name", sorted(posts.BOUNCES))


def test_every_service_with_events_has_a_post_here() -> None:
    assert set(posts.BOUNCES) == set(ESPS)


@each_esp
def test_a_bounce_is_kept_as_it_came(client: Client, name: str) -> None:
    mail = Mail(delivery="digest." + "a" * 16 + "." + "b" * 16)
    assert posts.BOUNCES[name](mail).send(client) == 200
    event = Event.objects.get()
    assert (event.esp, event.kind, event.state) == (name, EventKind.BOUNCED, EventState.NEW)
    assert event.recipient == mail.recipient
    assert event.delivery == (mail.delivery if ESPS[name].returns_metadata else "")
    assert abs(event.occurred_at - mail.at) < timedelta(seconds=1)
    assert event.said == ("" if name == "postal" else BounceKind.HARD)
    assert mail.recipient in event.payload


@each_esp
def test_the_same_post_twice_is_one_event(client: Client, name: str) -> None:
    post = posts.BOUNCES[name](Mail())
    assert [post.send(client) for _time in range(3)] == [200, 200, 200]
    assert Event.objects.count() == 1


@each_esp
def test_a_post_without_its_proof_is_refused(client: Client, name: str) -> None:
    bare = replace(posts.BOUNCES[name](Mail()), headers={})
    body = bare.body
    if name == "mailgun":
        body = body.replace(b'"signature": "', b'"signature": "0')
    if name == "unisender-go":
        body = body.replace(b"reader@", b"victim@")
    if name == "ses":
        bare = replace(bare, headers=posts.BOUNCES[name](Mail()).headers)
        body = body.replace(b"reader@", b"victim@")
    status = replace(bare, body=body).send(client)
    assert status in {400, 401, 403}
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", SIGNING_BODIES)
def test_a_signature_with_another_body_is_refused(client: Client, name: str) -> None:
    post = posts.BOUNCES[name](Mail())
    forged = replace(post, body=post.body.replace(b"reader", b"victim"))
    assert forged.body != post.body
    assert forged.send(client) in {400, 403}
    assert not Event.objects.exists()


def test_a_wrong_password_is_asked_for_the_right_one(client: Client) -> None:
    answer = client.post("/webhooks/brevo/", data=b"{}", content_type=posts.JSON)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic ")


def test_two_passwords_hold_while_one_is_changed(client: Client, settings: Settings) -> None:
    settings.WEBHOOK_KEYS = {**posts.KEYS, "WEBHOOK_SECRET": f"new:secret, {posts.PASSWORD}"}
    assert posts.brevo(Mail()).send(client) == 200


def test_a_captured_mailgun_signature_counts_for_its_own_body_only(client: Client) -> None:
    genuine = posts.mailgun(Mail(), "delivered")
    assert genuine.send(client) == 200
    signature = json.loads(genuine.body)["signature"]
    forged = posts.mailgun(Mail("victim@example.org"), "complained", signature=signature)
    assert forged.send(client) == 403
    assert Event.objects.get().kind == EventKind.DELIVERED
    assert genuine.send(client) == 200  # Mailgun's own second try


@pytest.mark.parametrize(
    ("build", "age"),
    [
        (posts.mailgun, timedelta(hours=13)),
        (posts.resend, timedelta(minutes=6)),
        (posts.sendgrid, timedelta(hours=27)),
    ],
)
def test_an_old_signature_is_refused(
    client: Client, build: Callable[..., Post], age: timedelta
) -> None:
    now = datetime.now(UTC)
    assert build(Mail(), signed_at=now - age).send(client) == 403
    assert build(Mail(), signed_at=now + age).send(client) == 403
    assert build(Mail(), signed_at=now - age * 0.8).send(client) == 200


def test_a_service_that_is_not_known_or_not_set_up_has_no_page(
    client: Client, settings: Settings
) -> None:
    settings.WEBHOOK_KEYS = {**posts.KEYS, "MAILGUN_WEBHOOK_KEY": ""}
    assert client.get("/webhooks/nobody/").status_code == 404
    assert client.post("/webhooks/nobody/").status_code == 404
    assert client.post("/webhooks/scaleway/").status_code == 404
    assert client.get("/webhooks/mailgun/").status_code == 404
    assert posts.mailgun(Mail()).send(client) == 404


@each_esp
def test_looking_changes_nothing(client: Client, name: str) -> None:
    for ask in (client.get, client.head):
        assert ask(f"/webhooks/{name}/").status_code == 200
    assert client.put(f"/webhooks/{name}/").status_code == 405
    assert not Event.objects.exists()


def test_a_thousand_events_are_one_statement(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    post = posts.mailtrap(Mail(), "delivery", count=1000)
    with django_assert_num_queries(2):  # the clock, the INSERT
        assert post.send(client) == 200
    assert Event.objects.count() == 1000
    assert post.send(client) == 200
    assert Event.objects.count() == 1000


def test_a_post_that_is_too_large_is_not_read(client: Client) -> None:
    large = b"[" + b" " * webhooks.MOST_BYTES + b"]"
    assert Post("sparkpost", large, posts.basic()).send(client) == 413
    assert not Event.objects.exists()


def test_a_batch_above_djangos_limit_for_forms_is_taken(client: Client, settings: Settings) -> None:
    post = posts.mailtrap(Mail(), "delivery", count=4000)
    assert len(post.body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert post.send(client) == 200
    assert Event.objects.count() == 4000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"7",
        b'{"event": 7}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'[{"msys": 3}]',
    ],
)
@pytest.mark.parametrize("name", ["brevo", "mailjet", "postmark", "sparkpost"])
def test_a_genuine_post_that_nobody_understands_is_kept(
    client: Client, name: str, body: bytes
) -> None:
    assert Post(name, body, posts.basic()).send(client) == 200
    kinds = set(Event.objects.values_list("kind", flat=True))
    assert kinds <= {EventKind.UNREADABLE, EventKind.UNKNOWN}


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"[" * 100_000, b"\xff", b"mandrill_events=[]"]
)
@pytest.mark.parametrize("name", sorted(ESPS))
def test_rubbish_never_is_an_error_of_ours(client: Client, name: str, body: bytes) -> None:
    assert Post(name, body).send(client) in {400, 401, 403}
    assert Post(name, body, content_type=posts.FORM).send(client) in {400, 401, 403}
    assert not Event.objects.exists()


def test_hostile_text_is_made_harmless(client: Client) -> None:
    mail = Mail(recipient="a\x00b\ud800@example.org" + "x" * 1000, message_id="\x1b[31m" * 500)
    assert posts.brevo(mail, reason={"not": "text"}).send(client) == 200
    event = Event.objects.get()
    assert event.recipient.isprintable()
    assert len(event.recipient) <= 320
    assert event.reply == ""


def test_an_event_from_the_future_happened_now(client: Client) -> None:
    mail = Mail(at=datetime.now(UTC) + timedelta(days=400))
    assert posts.brevo(mail).send(client) == 200
    assert Event.objects.get().occurred_at <= datetime.now(UTC)


@pytest.mark.django_db(transaction=True)
def test_without_the_database_the_service_is_to_come_again(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE digests_event RENAME TO digests_event_away")
    try:
        assert posts.brevo(Mail()).send(client) == 503
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE digests_event_away RENAME TO digests_event")
    assert posts.brevo(Mail()).send(client) == 200
    assert Event.objects.count() == 1


def test_a_bounce_calls_a_worker_and_a_delivery_does_not(
    client: Client, sent: Sent, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    def rung() -> int:
        with current_app.connection_for_read() as link:
            queue = link.SimpleQueue("default")
            size = queue.qsize()
            queue.clear()
            queue.close()
        return int(size)

    rung()
    with django_capture_on_commit_callbacks(execute=True):
        posts.mailtrap(sent.mail(), "delivery").send(client)
    assert rung() == 0
    with django_capture_on_commit_callbacks(execute=True):
        posts.mailtrap(sent.mail(), "bounce").send(client)
    assert rung() == 1
    assert (
        Event.objects.filter(state=EventState.NEW).count() == 2
    )  # nothing was done in the request


def test_mail_by_a_service_without_its_key_is_an_error_of_the_installation(
    settings: Settings,
) -> None:
    settings.MAIL_ROUTES = {"digests": MailRoute("mailgun", ""), "letters": MailRoute("memory", "")}
    settings.WEBHOOK_KEYS = {}
    errors = checks.run_checks(tags=[checks.Tags.security])
    assert any(e.id == "digests.E001" and "MAILGUN_WEBHOOK_KEY" in str(e.msg) for e in errors)
    settings.WEBHOOK_KEYS = posts.KEYS
    assert not [e for e in checks.run_checks(tags=[checks.Tags.security]) if e.id == "digests.E001"]
