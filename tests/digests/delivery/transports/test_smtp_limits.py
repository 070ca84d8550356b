"""“Too many”: of this connection, or of our mails in a time."""

import pytest

from digests.delivery.transports.smtp_limits import is_of_connection, rest_seconds
from digests.delivery.transports.smtp_replies import Reply


@pytest.mark.parametrize(
    "text",
    [
        "5.7.1 Too many messages in this session",
        "5.7.1 Maximum number of messages per connection reached",
        "4.5.3 Session limit exceeded",
        "At most 20 messages are taken on one connection",
        "5.7.0 Message limit of 100 for this connection exceeded; open another",
        "4.4.5 connection has reached its maximum of recipients",
    ],
)
def test_the_next_connection_may_fare_better(text: str) -> None:
    assert is_of_connection(Reply(550, text))


@pytest.mark.parametrize(
    "text",
    [
        "5.7.1 Too many connections from your host",
        "4.7.0 Too many concurrent sessions",
        "5.7.1 Connection rate limit exceeded",
        "5.7.1 Too many simultaneous SMTP connections; session refused",
        "5.7.1 Your daily limit is exceeded",
        "5.1.1 User unknown. Session closed",
        "5.7.1 This session is not authenticated",
        "5.7.0 Only an encrypted connection will do",
        "5.7.1 Connection from 192.0.2.8 refused: too many complaints",
        "5.7.1 Too many messages; connection refused",
    ],
)
def test_another_connection_would_fare_no_better(text: str) -> None:
    assert not is_of_connection(Reply(550, text))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5.7.1 No", 600),
        ("4.7.28 Our system has detected an unusual rate of mail from you", 600),
        ("5.7.1 Rate limit exceeded: at most 20 messages per minute", 60),
        ("5.7.1 You send more than 3 mails/s", 10),
        ("4.7.0 More than 500 an hour; slow down", 3600),
        ("4.7.1 Please try again in 90 seconds", 90),
        ("4.7.1 Try again after 5 min", 300),
        ("4.7.1 Greylisted, wait 2s", 10),
        ("4.7.1 Come back in 99999 hours", 3600),
        ("5.7.1 A message like this one is not welcome", 600),
        ("5.7.1 A mail with a man in a hat", 600),
        ("5.7.1 Error in 5 places of a header", 600),
    ],
)
def test_a_server_is_left_alone_for_as_long_as_it_says(text: str, seconds: int) -> None:
    assert rest_seconds(Reply(550, text)) == seconds
