"""MAIL_URL: which way mail leaves, and what is said of a URL that names none."""

from typing import Any

import pytest
from anymail.backends.base import AnymailBaseBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from subscriptions.mailing.mail import as_fallback, mailbox, parse_mail_url
from subscriptions.mailing.services import all_services
from subscriptions.mailing.smtp_url import BadMailUrl


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.org", 25, False, False),
        ("smtp://mail.example.org?tls=starttls", 587, True, False),
        ("smtp://mail.example.org?tls=implicit", 465, False, True),
        ("smtp://mail.example.org:2525?tls=none", 2525, False, False),
    ],
)
def test_an_smtp_server_with_its_port_and_encryption(
    url: str, port: int, tls: bool, ssl: bool
) -> None:
    connection = parse_mail_url(url).connect()
    assert isinstance(connection, SmtpBackend)
    assert (connection.host, connection.port) == ("mail.example.org", port)
    assert (connection.use_tls, connection.use_ssl) == (tls, ssl)
    assert connection.timeout


def test_a_user_and_password_may_hold_any_character() -> None:
    route = parse_mail_url(
        "smtp://news%40example.org:p%3A%2F%40ss@mail.example.org?tls=starttls&connections=8"
    )
    assert (route.options["username"], route.options["password"]) == ("news@example.org", "p:/@ss")
    assert route.connections == 8
    assert "p:/@ss" not in repr(route)


@pytest.mark.parametrize(
    "url", ["smtp://mail.example.org?rate=100.5", "mailgun://KEY@mg.example.org?rate=100.5"]
)
def test_a_rate_is_no_option_of_the_server(url: str) -> None:
    route = parse_mail_url(url)
    assert route.rate == 100.5
    assert "rate" not in route.options


@pytest.mark.parametrize("rate", ["0", "-5", "fast", "nan", "inf"])
def test_a_rate_that_is_none_is_refused(rate: str) -> None:
    with pytest.raises(BadMailUrl, match="messages a second"):
        parse_mail_url(f"smtp://mail.example.org?rate={rate}")


@pytest.mark.parametrize("url", ["smtp://mail.example.org", "mailgun://KEY@mg.example.org"])
def test_a_fallback_of_the_same_name_is_told_from_the_main_way(url: str) -> None:
    main = parse_mail_url(url)
    fallback = as_fallback(main, main)
    assert fallback.name == f"{main.name} (fallback)"
    assert fallback.service == main.service
    other = parse_mail_url("postmark://TOKEN@")
    assert as_fallback(other, main) == other


def test_a_name_fits_into_the_ledger() -> None:
    route = parse_mail_url(f"smtp://{'a' * 50}.{'b' * 50}.example.org")
    assert len(route.name) == len(as_fallback(route, route).name) == 60


CREDENTIALS = {
    "mailgun": "KEY@mg.example.org",
    "mailjet": "KEY:SECRET@",
    "scaleway": "KEY@project",
}


@pytest.mark.parametrize("scheme", sorted(set(all_services()) - {"sendgrid", "ses"}))
def test_every_service_makes_its_backend(scheme: str) -> None:
    """Anymail has dropped SendGrid, and warns; Amazon SES needs a package of its own (the extra `ses`)."""
    url = f"{scheme}://{CREDENTIALS.get(scheme, 'KEY@')}?api_url=http://127.0.0.1:9/"
    route = parse_mail_url(url)
    connection: Any = route.connect()
    assert isinstance(connection, AnymailBaseBackend)
    assert connection.api_url == "http://127.0.0.1:9/"
    assert route.name == scheme


def test_a_services_options_reach_it() -> None:
    route = parse_mail_url("mailgun://KEY@mg.example.org")
    assert route.options == {"api_key": "KEY", "sender_domain": "mg.example.org"}


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("ses://", {}),
        ("ses://eu-west-1", {"client_params": {"region_name": "eu-west-1"}}),
        (
            "ses://KEY:a%2Fb@eu-west-1?configuration_set_name=news&api_url=http://127.0.0.1:9/",
            {
                "configuration_set_name": "news",
                "client_params": {
                    "aws_access_key_id": "KEY",
                    "aws_secret_access_key": "a/b",
                    "region_name": "eu-west-1",
                    "endpoint_url": "http://127.0.0.1:9/",
                },
            },
        ),
    ],
)
def test_amazons_region_and_keys_may_be_left_to_amazons_own_places(
    url: str, options: dict[str, Any]
) -> None:
    route = parse_mail_url(url)
    assert (route.name, route.options) == ("ses", options)
    assert "a/b" not in repr(route)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "is no known way to send"),
        ("mail.example.org", "is no known way to send"),
        ("pigeon://coop", "'pigeon' is no known way to send; use smtp:// or one of brevo"),
        ("smtp://", "smtp:// lacks its host"),
        ("smtp://h:port", "It is not a URL"),
        ("smtp://h:99999", "It is not a URL"),
        ("smtp://h?tls=yes", "tls=yes must be none, starttls or implicit"),
        ("smtp://h?tsl=starttls", "smtp:// knows no option tsl"),
        ("smtp://h?connections=0", "connections=0 must be a number from 1 to 1000"),
        ("smtp://h?connections=many", "connections=many must be a number"),
        (
            "smtp://user:secret@h",
            "Its password would go over the network in the clear: add ?tls=starttls",
        ),
        ("smtp://user:secret@127.0.0.1:2525", "or write ?tls=none where that is meant"),
        ("smtp://user@h?tls=starttls", "smtp:// lacks the password of its login"),
        ("smtp://:secret@h?tls=starttls", "smtp:// lacks the user of its login"),
        ("smtp://h/a/path", "What follows the host means nothing there"),
        ("smtp://h#fragment", "What follows the host means nothing there"),
        ("smtp://h?tls=none&tls=starttls", "It gives an option twice"),
        ("smtp://h?rate=&rate=5", "It gives an option twice"),
        ("smtps://user:secret@h", "smtps:// is written smtp://user:password@host:465?tls=implicit"),
        ("submission://user:secret@h", "is written smtp://user:password@host:587?tls=starttls"),
        ("console://h", "console:// names no server"),
        ("postmark://TOKEN@:8080", "postmark:// has no port; ?api_url= names another server"),
        ("postmark://TOKEN@/path", "What follows the host means nothing there"),
        ("mailgun://KEY@", "mailgun:// lacks its sender_domain"),
        ("postmark://", "postmark:// lacks its server_token"),
        ("mailjet://KEY@", "mailjet:// lacks its secret_key"),
    ],
)
def test_a_url_that_names_no_way_says_why(url: str, words: str) -> None:
    with pytest.raises(BadMailUrl) as refused:
        parse_mail_url(url)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "pigeon://user:verysecret@coop",
        "smtp://user:verysecret@h:port",
        "smtp://user:very/secret@h",
        "//user:verysecret@mail.example.org",
    ],
)
def test_no_error_repeats_a_password(url: str) -> None:
    with pytest.raises(BadMailUrl) as refused:
        parse_mail_url(url)
    assert "secret" not in str(refused.value)
    assert "very" not in str(refused.value)


def test_a_name_is_quoted_for_its_header() -> None:
    assert mailbox("", "a@example.org") == "a@example.org"
    assert mailbox('The "Late", Show', "a@example.org") == '"The \\"Late\\", Show" <a@example.org>'
