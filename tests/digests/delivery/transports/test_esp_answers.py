"""What answers say that no stub of ours gives: of services whose words anymail reads, and of how long to rest."""

from datetime import UTC, datetime

import pytest
import requests
from anymail.exceptions import AnymailAPIError, AnymailRequestsAPIError
from anymail.message import AnymailMessage, AnymailRecipientStatus

from digests.choices import Outcome
from digests.delivery.transports.esp_answers import Away, Doubt, Refused, read, rest_seconds

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 30),
        ({"retry-after": "12"}, 12),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "999999"}, 900),
        ({"retry-after": "Mon, 23 Nov 2026 06:01:00 GMT"}, 60),
        ({"retry-after": "Mon, 23 Nov 2026 05:00:00 GMT"}, 1),
        ({"retry-after": "soon"}, 30),
        ({"retry-after": "9" * 400}, 30),
        ({"ratelimit-reset": "2"}, 2),
        ({"x-sib-ratelimit-reset": "45"}, 45),
    ],
)
def test_a_service_says_how_long_it_wants_to_be_left_alone(
    headers: dict[str, str], seconds: float
) -> None:
    assert rest_seconds(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "message_id", "outcome"),
    [
        ("sent", "1", Outcome.ACCEPTED),
        ("queued", "1", Outcome.ACCEPTED),
        ("queued", None, Outcome.UNCERTAIN),
        ("rejected", None, Outcome.FAILED),
        ("invalid", None, Outcome.FAILED),
        ("failed", None, Outcome.FAILED),
        ("unknown", "1", Outcome.UNCERTAIN),
    ],
)
def test_each_reader_is_what_the_service_says_of_them(
    status: str, message_id: str | None, outcome: Outcome
) -> None:
    mail = AnymailMessage(to=["ada@example.org", "bob@example.org", "cyd@example.org"])
    mail.anymail_status.set_recipient_status(
        {
            "ADA@example.org": AnymailRecipientStatus("0", "queued"),
            "bob@example.org": AnymailRecipientStatus(message_id, status),
        }
    )
    found = [answer.outcome for answer in read(None, mail)]
    assert found == [Outcome.ACCEPTED, outcome, Outcome.UNCERTAIN]


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b"Mailgun Magnificent API", Away),
        (200, b"[", Doubt),
        (200, b"<html>", Doubt),
        (202, b"{}", Doubt),
        (400, b"{}", Refused),
        (401, b"{}", Away),
        (402, b"{}", Away),
        (403, b"<title>Blocked</title>", Away),
        (408, b"{}", Doubt),
        (409, b"{}", Doubt),
        (413, b"", Refused),
        (422, b"{}", Refused),
        (429, b"", Away),
        (500, b"", Doubt),
        (503, b"", Doubt),
    ],
)
def test_a_status_says_whether_anything_was_taken(
    status: int, body: bytes, verdict: type[Exception]
) -> None:
    response = requests.Response()
    response.status_code, response._content = status, body
    with pytest.raises(verdict):
        read(AnymailRequestsAPIError(response=response), AnymailMessage(to=["ada@example.org"]))


@pytest.mark.parametrize(
    ("code", "status", "verdict"),
    [
        ("MessageRejected", 400, Refused),
        ("BadRequestException", 400, Refused),
        ("TooManyRequestsException", 429, Away),
        ("SendingPausedException", 400, Away),
        ("MailFromDomainNotVerifiedException", 400, Away),
        ("AccessDeniedException", 403, Away),
        ("InternalServiceErrorException", 500, Doubt),
    ],
)
def test_amazons_words_are_known(code: str, status: int, verdict: type[Exception]) -> None:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    error = AnymailAPIError(code, response=response)
    with pytest.raises(verdict, match=code):
        read(error, AnymailMessage(to=["ada@example.org"]))
