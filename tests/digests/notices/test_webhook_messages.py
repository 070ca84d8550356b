"""Alerts for other programs: signed as a receiver's library expects, tried again, and never to a private network."""

import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from digests.models import WebhookMessage
from digests.notices import webhook_messages
from subscriptions.choices import LetterState
from subscriptions.clock import database_now
from subscriptions.models import Publisher
from subscriptions.webhook_secrets import new_webhook_secret
from tests.at_once import at_once
from tests.builders import NOON
from tests.fakes import Answer, FeedServer, redirect
from tests.staff import signed_in

SECRET = new_webhook_secret()


@pytest.fixture
def pager(db: None) -> "object":
    with FeedServer({"/hook": Answer(status=204)}) as server:
        Publisher.objects.update_or_create(
            pk=1,
            defaults={"alert_webhook_url": server.url("/hook"), "alert_webhook_secret": SECRET},
        )
        yield server


def written(text: str = "It is held.") -> WebhookMessage:
    message = webhook_messages.write("digest.held", {"text": text}, now=database_now())
    assert message is not None
    return message


def posted(message: WebhookMessage, server: FeedServer) -> LetterState:
    now = WebhookMessage.objects.get(pk=message.pk).due_at
    claimed = webhook_messages.claim(message.pk, now=now)
    assert claimed is not None
    return webhook_messages.send(claimed, now=now, allow=frozenset({server.place}))


def test_a_receiver_verifies_what_it_is_posted(pager: FeedServer) -> None:
    message = written("It is held: “Müller”")
    assert posted(message, pager) == LetterState.ACCEPTED
    (request,) = pager.requests
    body = Webhook(SECRET).verify(request.body, dict(request.headers))
    assert body["type"] == "digest.held"
    assert body["data"] == {"text": "It is held: “Müller”"}
    assert request.headers["webhook-id"] == f"msg_{message.public_id}"
    assert webhook_messages.due_ids(now=database_now()) == []


def test_what_fails_is_tried_again_with_growing_delays_and_the_same_id(pager: FeedServer) -> None:
    pager.routes["/hook"] = Answer(status=500)
    message = written()
    delays = []
    for _attempt in range(5):
        before = WebhookMessage.objects.get().due_at
        assert posted(message, pager) == LetterState.PENDING
        delays.append(WebhookMessage.objects.get().due_at - before)
    assert delays == [*webhook_messages.RETRY_DELAYS, *[webhook_messages.LONGEST_DELAY] * 2]
    assert "500" in WebhookMessage.objects.get().last_error
    pager.routes["/hook"] = Answer()
    assert posted(message, pager) == LetterState.ACCEPTED
    assert len({request.headers["webhook-id"] for request in pager.requests}) == 1


def test_a_busy_receiver_says_when(pager: FeedServer) -> None:
    pager.routes["/hook"] = Answer(status=429, headers={"Retry-After": "900"})
    message = written()
    before = message.due_at
    posted(message, pager)
    assert WebhookMessage.objects.get().due_at == before + timedelta(seconds=900)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(status=410), LetterState.FAILED),
        (Answer(status=404), LetterState.PENDING),
        (redirect("http://127.0.0.1:9/elsewhere"), LetterState.PENDING),
    ],
)
def test_other_answers(pager: FeedServer, answer: Answer, state: LetterState) -> None:
    pager.routes["/hook"] = answer
    assert posted(written(), pager) == state
    assert len(pager.requests) == 1  # a redirect is not followed: what is signed is for nobody else


def test_a_private_address_is_not_posted_to(pager: FeedServer) -> None:
    message = written()
    claimed = webhook_messages.claim(message.pk, now=database_now())
    assert claimed is not None
    webhook_messages.send(claimed, now=database_now(), allow=frozenset())
    assert pager.requests == []
    assert "only 80 and 443" in WebhookMessage.objects.get().last_error


def test_half_a_day_later_it_is_given_up(pager: FeedServer) -> None:
    message = written()
    late = message.created_at + timedelta(hours=12)
    claimed = webhook_messages.claim(message.pk, now=late)
    assert claimed is not None
    state = webhook_messages.send(claimed, now=late, allow=frozenset({pager.place}))
    assert state == LetterState.FAILED
    assert pager.requests == []


def test_an_address_that_was_removed_meanwhile_ends_it(pager: FeedServer) -> None:
    message = written()
    Publisher.objects.update(alert_webhook_url="")
    assert posted(message, pager) == LetterState.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_post_once(pager: FeedServer) -> None:
    message = written()
    now = database_now()

    def work() -> bool:
        claimed = webhook_messages.claim(message.pk, now=now)
        if claimed:
            webhook_messages.send(claimed, now=now, allow=frozenset({pager.place}))
        return claimed is not None

    assert sorted(at_once(*[work] * 3)) == [False, False, True]
    assert len(pager.requests) == 1


def test_a_worker_that_died_loses_nothing(pager: FeedServer) -> None:
    message = written()
    now = database_now()
    webhook_messages.claim(message.pk, now=now)
    assert webhook_messages.claim(message.pk, now=now) is None
    assert webhook_messages.due_ids(now=now + webhook_messages.LEASE) == [message.pk]


PAGE = "/admin/subscriptions/publisher/1/change/"
TEST = "/admin/subscriptions/publisher/webhook-test/"


def tried(server: FeedServer, *, allow: bool = True) -> str:
    """The sentence on the page after the worker was there."""
    client = signed_in("publisher")
    answer = client.post(TEST)
    assert answer["Location"].endswith(f"{PAGE}#webhook-test")
    assert "is on its way" in client.get(PAGE).content.decode()
    message = WebhookMessage.objects.get(type="test")
    claimed = webhook_messages.claim(message.pk, now=database_now())
    assert claimed is not None
    places = frozenset({server.place} if allow else ())
    webhook_messages.send(claimed, now=database_now(), allow=places)
    assert webhook_messages.due_ids(now=database_now() + timedelta(hours=1)) == []
    return client.get(TEST).content.decode()


def test_the_publisher_sends_a_test_and_reads_how_it_went(pager: FeedServer) -> None:
    assert "The test was accepted at" in tried(pager)
    (request,) = pager.requests
    body = Webhook(SECRET).verify(request.body, dict(request.headers))
    assert body["type"] == "test"
    assert "nothing is wrong" in body["data"]["text"]


def test_a_test_that_fails_says_why_and_is_not_tried_again(pager: FeedServer) -> None:
    pager.routes["/hook"] = Answer(status=503, headers={"Retry-After": "5"})
    said = tried(pager)
    assert "was not accepted" in said
    assert "503" in said
    assert len(pager.requests) == 1


def test_a_test_goes_to_no_private_address(pager: FeedServer) -> None:
    assert "only 80 and 443" in tried(pager, allow=False)
    assert pager.requests == []


def test_a_test_without_an_address_is_explained(db: None) -> None:
    client = signed_in("publisher")
    assert "Send a test" not in client.get(PAGE).content.decode()
    assert "fill in its address and save" in client.post(TEST, follow=True).content.decode()
    assert not WebhookMessage.objects.exists()


@pytest.mark.parametrize("role", ["curator", "analyst"])
def test_who_may_not_change_the_publisher_tests_nothing(pager: FeedServer, role: str) -> None:
    client = signed_in(role)
    assert client.post(TEST).status_code == client.get(TEST).status_code == 403
    assert not WebhookMessage.objects.exists()


def test_the_body_is_json_that_says_when(db: None) -> None:
    Publisher.objects.update_or_create(
        pk=1, defaults={"alert_webhook_url": "https://pager.example.org/"}
    )
    message = webhook_messages.write("digest.held", {"text": "x"}, now=NOON)
    assert message is not None
    assert json.loads(message.body)["timestamp"] == NOON.isoformat()
