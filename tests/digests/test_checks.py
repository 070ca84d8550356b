"""What `manage.py check` and every start say of ways out, through Django's own framework of checks."""

import pytest
from django.conf import LazySettings
from django.core import checks

from subscriptions.mailing.mail import for_single_mails, parse_mail_url

SMTP = "smtp://mail.example.org"


def warned(settings: LazySettings, main: str, fallback: str = "") -> list[checks.CheckMessage]:
    route = parse_mail_url(main)
    settings.MAIL_ROUTES = {"digests": route, "letters": for_single_mails(route)}
    if fallback:
        settings.MAIL_ROUTES["fallback"] = parse_mail_url(fallback)
    return [found for found in checks.run_checks() if found.id == "digests.W001"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postmark://TOKEN@", "message_stream=broadcast"),
        ("postmark://TOKEN@?message_stream=outbound", "message_stream=broadcast"),
        ("mailtrap://TOKEN@", "api_url=https://bulk.api.mailtrap.io/api/"),
        ("mailtrap://TOKEN@?api_url=https://send.api.mailtrap.io/api/", "bulk.api.mailtrap.io"),
    ],
)
@pytest.mark.parametrize("is_fallback", [False, True])
def test_newsletters_by_the_stream_for_single_mails_are_warned_of(
    url: str, words: str, is_fallback: bool, settings: LazySettings
) -> None:
    (warning,) = warned(settings, SMTP, url) if is_fallback else warned(settings, url)
    assert warning.level == checks.WARNING
    assert words in str(warning.hint)
    assert "TOKEN" not in f"{warning.msg} {warning.hint}"


@pytest.mark.parametrize(
    "url",
    [
        "postmark://TOKEN@?message_stream=broadcast",
        "mailtrap://TOKEN@?api_url=https://bulk.api.mailtrap.io/api/",
        "mailgun://KEY@mg.example.org",
        SMTP,
        "memory://",
    ],
)
def test_others_are_not(url: str, settings: LazySettings) -> None:
    assert warned(settings, url) == []
