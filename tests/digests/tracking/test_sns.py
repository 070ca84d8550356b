"""Amazon SNS: only its own signature, under its own certificate, from a topic of ours."""

import base64
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from digests.models import Event
from digests.outside.failures import FetchError, Unreachable
from digests.tracking import sns
from digests.tracking.sns_certificates import MOST_FETCHES, Certificates
from tests.digests.tracking import posts
from tests.digests.tracking.posts import CERTIFICATE_URL, TOPIC, Mail

pytestmark = pytest.mark.usefixtures("db", "keys")
CONFIRM_URL = (
    "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
    f"&TopicArn={TOPIC}&Token=2336412f37fb"
)


def away(url: str) -> bytes:
    raise Unreachable("No server is known by the name of SNS.")


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_the_signature_are_known(client: Client, version: str) -> None:
    assert posts.ses(Mail(), SignatureVersion=version).send(client) == 200
    assert Event.objects.count() == 1


def test_the_certificate_is_fetched_once(client: Client) -> None:
    for number in range(5):
        assert posts.ses(Mail(f"reader{number}@example.org")).send(client) == 200
    assert posts.asked == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com.example.org/SimpleNotificationService-0123.pem",
        "https://sns.example.org/SimpleNotificationService-0123.pem",
        "https://evil@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com@example.org/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com/bucket/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem#x",
        "https://s3.amazonaws.com/SimpleNotificationService-0123.pem",
        "https://snsxeu-west-1.amazonaws.com/SimpleNotificationService-0123.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem\n",
        "https://[::1/SimpleNotificationService-0123.pem",
        "file:///etc/passwd",
        "",
    ],
)
def test_no_certificate_is_fetched_from_elsewhere(client: Client, url: str) -> None:
    assert not sns.is_certificate_url(url)
    assert posts.ses(Mail(), SigningCertURL=url).send(client) == 403
    assert posts.asked == []


def test_regions_of_every_kind_are_sns() -> None:
    for region in ["us-east-1", "us-gov-west-1", "ap-southeast-2"]:
        url = f"https://sns.{region}.amazonaws.com/SimpleNotificationService-01ab.pem"
        assert sns.is_certificate_url(url)
    assert sns.is_certificate_url(
        "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-01ab.pem"
    )


@pytest.mark.parametrize(
    "more",
    [
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:someone-elses"},
        {"SignatureVersion": "3"},
        {"Signature": "bm90IGEgc2lnbmF0dXJl"},
        {"Signature": "not base64"},
        {"Timestamp": (datetime.now(UTC) - timedelta(hours=4)).isoformat()},
        {"Timestamp": "yesterday"},
        {"SigningCertURL": CERTIFICATE_URL.replace("0123", "9999")},  # serves no certificate
    ],
)
def test_what_sns_would_not_say_is_refused(client: Client, more: dict[str, str]) -> None:
    assert posts.ses(Mail(), **more).send(client) == 403
    assert not Event.objects.exists()


def test_a_message_that_was_changed_is_refused(client: Client) -> None:
    post = posts.ses(Mail())
    changed = replace(post, body=post.body.replace(b"reader@", b"victim@"))
    assert changed.send(client) == 403


def test_sns_is_to_come_again_when_its_certificate_cannot_be_had(
    client: Client, settings: Settings
) -> None:
    settings.SNS_SOURCE = f"{__name__}.away"
    assert posts.ses(Mail()).send(client) == 503
    settings.SNS_SOURCE = "tests.digests.tracking.posts.certificate"
    assert posts.ses(Mail()).send(client) == 503  # the failure is remembered for a minute
    sns.forget_certificates()
    assert posts.ses(Mail()).send(client) == 200


@pytest.mark.parametrize(
    "more",
    [
        {"Signature": ""},
        {"Signature": "bm90IGEgc2lnbmF0dXJl"},
        {"Signature": "not base64"},
        {"Timestamp": (datetime.now(UTC) - timedelta(hours=4)).isoformat()},
        {"Timestamp": "yesterday"},
        {"Type": "UnsubscribeConfirmation", "Timestamp": ""},
    ],
)
def test_nothing_is_fetched_for_a_post_that_cannot_be_genuine(
    client: Client, more: dict[str, str]
) -> None:
    assert posts.ses(Mail(), **more).send(client) == 403
    assert posts.asked == []


FORGED = base64.b64encode(b"x" * 256).decode()


def test_posts_that_name_one_certificate_cost_one_visit(client: Client) -> None:
    url = CERTIFICATE_URL.replace("0123", "9999")
    answers = {
        posts.ses(Mail(), SigningCertURL=url, Signature=FORGED).send(client) for _post in range(20)
    }
    assert answers == {403}
    assert posts.asked == [url]


def test_posts_that_name_ever_new_certificates_cost_few_visits(client: Client) -> None:
    assert posts.ses(Mail()).send(client) == 200
    for number in range(30):
        url = CERTIFICATE_URL.replace("0123", f"{number:04}")
        assert posts.ses(Mail(), SigningCertURL=url, Signature=FORGED).send(client) in {403, 503}
    assert len(posts.asked) == MOST_FETCHES
    # What is known goes on being believed.
    assert posts.ses(Mail("reader2@example.org")).send(client) == 200


def test_a_minute_later_a_certificate_is_asked_for_again() -> None:
    now = [1000.0]
    asked: list[str] = []
    certificates = Certificates(clock=lambda: now[0])

    def fetch(url: str) -> bytes:
        asked.append(url)
        if len(asked) == 1:
            raise Unreachable("away")
        return posts.certificate(CERTIFICATE_URL)

    for _post in range(3):
        with pytest.raises(Unreachable, match="away"):
            certificates.key_of(CERTIFICATE_URL, fetch)
    now[0] += 61
    assert certificates.key_of(CERTIFICATE_URL, fetch).key_size == 2048
    assert certificates.key_of(CERTIFICATE_URL, fetch) is not None
    assert len(asked) == 2


def test_no_thread_waits_for_the_fetching_of_another() -> None:
    certificates = Certificates()
    has_begun, may_end = threading.Event(), threading.Event()

    def slow(_url: str) -> bytes:
        has_begun.set()
        may_end.wait(10)
        return posts.certificate(CERTIFICATE_URL)

    thread = threading.Thread(target=certificates.key_of, args=(CERTIFICATE_URL, slow))
    thread.start()
    has_begun.wait(10)
    with pytest.raises(FetchError, match="is being fetched"):
        certificates.key_of(CERTIFICATE_URL, slow)
    may_end.set()
    thread.join()
    assert certificates.key_of(CERTIFICATE_URL, away) is not None


def test_a_subscription_of_our_topic_is_confirmed_at_sns(client: Client) -> None:
    post = posts.notification(
        {
            "Type": "SubscriptionConfirmation",
            "Token": "2336412f37fb",
            "SubscribeURL": CONFIRM_URL,
            "Message": "You have chosen",
        }
    )
    assert post.send(client) == 200
    assert posts.asked == [CERTIFICATE_URL, CONFIRM_URL]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        CONFIRM_URL.replace("amazonaws.com", "example.org"),
        CONFIRM_URL.replace("https", "http"),
        CONFIRM_URL.replace("ConfirmSubscription", "Publish"),
        CONFIRM_URL.replace("newsroom-events", "another"),
        CONFIRM_URL.replace("/?", "/elsewhere?"),
        "",
    ],
)
def test_a_confirmation_leads_nowhere_else(client: Client, url: str) -> None:
    post = posts.notification(
        {"Type": "SubscriptionConfirmation", "Token": "x", "SubscribeURL": url, "Message": "m"}
    )
    assert post.send(client) == 403
    assert url not in posts.asked


def test_what_sns_says_of_its_own_is_no_event(client: Client) -> None:
    hello = "Successfully validated SNS topic for Amazon SES event publishing."
    assert posts.notification({"Message": hello}).send(client) == 200
    assert not Event.objects.exists()


def test_the_real_source_is_guarded() -> None:
    from digests.outside.failures import Refused
    from digests.tracking import sns_source

    with pytest.raises(Refused):
        sns_source.fetch("http://127.0.0.1:1/SimpleNotificationService-01ab.pem")
