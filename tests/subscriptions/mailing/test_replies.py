"""What is read out of answers of any kind."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from subscriptions.mailing.replies import Away, Busy, Doubt, Refused, read, wait_seconds
from subscriptions.mailing.service import Reply, Verdict
from subscriptions.mailing.services import all_services

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HERS = format_datetime(NOW)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 30),
        ({"retry-after": "12"}, 12),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "999999"}, 900),
        ({"retry-after": format_datetime(NOW + timedelta(minutes=1)), "date": HERS}, 60),
        ({"retry-after": format_datetime(NOW - timedelta(hours=1)), "date": HERS}, 1),
        ({"retry-after": "soon"}, 30),
        ({"retry-after": "9" * 400}, 30),
        ({"ratelimit-reset": "2"}, 2),
        ({"x-sib-ratelimit-reset": "45"}, 45),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 8), "date": HERS}, 8),
    ],
)
def test_a_service_says_how_long_it_wants_to_be_left_alone(
    headers: dict[str, str], seconds: float
) -> None:
    assert wait_seconds(headers) == seconds


@pytest.mark.parametrize("service", all_services().values(), ids=lambda service: service.name)
@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b"[", Doubt),
        (200, b"<html><title>Blocked</title>", Doubt),
        (200, b"null", Doubt),
        (200, b'{"what": 1}', Doubt),
        (200, b'"words"', Doubt),
        (200, b"[" * 5000, Doubt),
        (200, b"\xff\xfe", Doubt),
        (301, b"", Away),
        (400, b"{}", Refused),
        (401, b"[]", Away),
        (402, b"{}", Away),
        (403, b"<title>Blocked</title>", Away),
        (404, b"null", Away),
        (408, b"{}", Doubt),
        (409, b"{}", Doubt),
        (413, b"", Refused),
        (422, b"{}", Refused),
        (429, b"", Busy),
        (500, b"", Doubt),
        (503, b"<html>", Doubt),
    ],
)
def test_a_status_says_whether_anything_was_taken(
    service: object, status: int, body: bytes, verdict: type[Exception]
) -> None:
    import json

    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    with pytest.raises(verdict):
        read(service, Reply(status, {}, body, data), ["ada@example.org"])  # type: ignore[arg-type]


def test_the_reader_whom_the_words_name_is_blamed_alone() -> None:
    body = {"message": "'to' parameter is not a valid address: bob@example.org"}
    mailgun = all_services()["mailgun"]
    with pytest.raises(Refused) as refused:
        read(mailgun, Reply(400, {}, b"{}", body), ["ada@example.org", "bob@example.org"])
    assert refused.value.place == 1
    assert refused.value.verdict is Verdict.REFUSED
