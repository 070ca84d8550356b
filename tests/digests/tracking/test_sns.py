"""Amazon SNS: only its own signature, under its own certificate, from a topic of ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from digests.assembly.failures import Unreachable
from digests.models import Event
from digests.tracking import sns
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
    assert posts.ses(Mail()).send(client) == 200


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
    from digests.assembly.failures import Refused
    from digests.tracking import sns_source

    with pytest.raises(Refused):
        sns_source.fetch("http://127.0.0.1:1/SimpleNotificationService-01ab.pem")
