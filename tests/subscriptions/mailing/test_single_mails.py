"""Letters through each service: what it says of the reader is what becomes of the letter."""

from datetime import timedelta
from html import unescape

import pytest
from django.conf import LazySettings

from subscriptions.choices import BounceKind, LetterState
from subscriptions.mailing import call_bucket, letters
from subscriptions.mailing.literal import WORD_JOINER
from subscriptions.mailing.mail import MailRoute, for_single_mails, parse_mail_url
from subscriptions.mailing.services import all_services
from subscriptions.mailing.single_mails import connection_of
from subscriptions.models import BounceReport, Letter, Publisher
from subscriptions.tasks import send_letters
from tests.builders import Press
from tests.digests.delivery.transports.conftest import running_stub, stub
from tests.service_stub import RETRY_SECONDS, Fault, ServiceStub
from tests.service_vendors import VENDORS
from tests.subscriptions.conftest import ask

__all__ = ["running_stub", "stub"]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailWarning"),
]
SERVICES = all_services()
ALL = sorted(SERVICES)
ADDRESS = "reader1@example.org"
SUPPRESSING = ["mailersend", "mailtrap", "mandrill", "postmark", "sparkpost", "unisender-go"]


@pytest.fixture
def letter(press: Press) -> Letter:
    ask(ADDRESS, press.newsletter(), now=press.noon)
    return Letter.objects.get()


def sent(letter: Letter, stub: ServiceStub, service: str, **options: object) -> Letter:
    mine = letters.claim(letter.pk, now=letter.due_at)
    assert mine is not None
    route = parse_mail_url(stub.url(service, **options))
    letters.send(mine, connection_of(route), now=letter.due_at)
    letter.refresh_from_db()
    return letter


@pytest.mark.parametrize("service", ALL)
def test_a_letter_that_was_taken_is_sent(service: str, letter: Letter, stub: ServiceStub) -> None:
    assert sent(letter, stub, service).state == LetterState.ACCEPTED
    (mail,) = stub.taken
    assert mail.address == ADDRESS
    assert "/confirm/" in mail.html
    assert "/confirm/" in mail.text
    assert SERVICES[service].headers.takes_metadata == (
        f"letter.{letter.public_id}" in mail.metadata
    )


@pytest.mark.parametrize("service", ALL)
def test_an_address_that_the_service_will_not_have_fails_it_with_its_words(
    service: str, letter: Letter, stub: ServiceStub
) -> None:
    stub.refused = {ADDRESS}
    assert sent(letter, stub, service).state == LetterState.FAILED
    assert len(letter.last_error) > 10


@pytest.mark.parametrize("service", ALL)
def test_what_is_our_fault_lets_it_wait(service: str, letter: Letter, stub: ServiceStub) -> None:
    stub.ours = True
    assert sent(letter, stub, service).state == LetterState.PENDING
    assert SERVICES[service].title in letter.last_error
    assert letter.due_at > letter.created_at


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize(
    "fault",
    [Fault.BUSY, Fault.FORBIDDEN, Fault.UNPAID, Fault.DROP_AFTER, Fault.WEB_PAGE, Fault.LONG],
)
def test_what_is_no_refusal_of_the_reader_lets_it_wait(
    service: str, fault: Fault, letter: Letter, stub: ServiceStub
) -> None:
    stub.faults = [fault]
    assert sent(letter, stub, service).state == LetterState.PENDING
    assert letter.last_error
    assert "KEY" not in letter.last_error


@pytest.mark.parametrize("service", SUPPRESSING)
def test_whom_the_service_has_given_up_is_reported_as_a_bounce(
    service: str, letter: Letter, stub: ServiceStub
) -> None:
    stub.suppressed = {ADDRESS}
    assert sent(letter, stub, service).state == LetterState.FAILED
    report = BounceReport.objects.get()
    assert report.kind == BounceKind.HARD
    assert report.subscriber.address == ADDRESS
    assert report.subscriber.suppressed_at is not None


@pytest.mark.parametrize("service", ALL)
def test_a_publishers_name_is_no_syntax(service: str, press: Press, stub: ServiceStub) -> None:
    name = "{{address}} %recipient.address% *|NAME|* {% x %} [[data:x]] {{{ pm:unsubscribe }}}"
    Publisher.objects.update(name=name)
    ask(ADDRESS, press.newsletter(), now=press.noon)
    sent(Letter.objects.get(), stub, service)
    (mail,) = stub.taken
    assert name in " ".join(mail.text.replace(WORD_JOINER, "").split())  # lines are wrapped
    assert name in unescape(mail.html)


def test_a_stall_is_not_waited_for_longer_than_the_url_says(
    letter: Letter, stub: ServiceStub
) -> None:
    stub.faults = [Fault.STALL_AFTER]
    assert sent(letter, stub, "postmark", timeout=0.3).state == LetterState.PENDING


def test_whatever_goes_wrong_the_letter_waits_and_the_next_one_goes(
    letter: Letter, stub: ServiceStub
) -> None:
    letter.address = "not an address"
    letter.save()
    assert sent(letter, stub, "postmark").state == LetterState.PENDING
    assert letter.due_at - letter.created_at >= timedelta(seconds=30)


@pytest.mark.parametrize(
    ("url", "option"),
    [
        ("postmark://TOKEN@?message_stream=broadcast", "message_stream"),
        ("mailtrap://TOKEN@?api_url=https://bulk.api.mailtrap.io/api/", "api_url"),
    ],
)
def test_letters_leave_by_the_stream_for_single_mails(url: str, option: str) -> None:
    from subscriptions.mailing.mail import for_single_mails

    digests = parse_mail_url(url)
    letters_way = for_single_mails(digests)
    assert option in digests.options
    assert option not in letters_way.options
    assert letters_way.name == digests.name


def test_each_service_has_its_vendor() -> None:
    assert set(VENDORS) == set(SERVICES)


def two_letters(press: Press) -> list[Letter]:
    newsletter = press.newsletter()
    for number in (1, 2):
        ask(f"reader{number}@example.org", newsletter, now=press.noon)
    return list(Letter.objects.order_by("pk"))


def goes_by(settings: LazySettings, url: str) -> MailRoute:
    route = parse_mail_url(url)
    settings.MAIL_ROUTES = {"digests": route, "letters": for_single_mails(route)}
    return route


def test_letters_share_the_pace_of_calls_with_digests_and_come_first(
    press: Press, stub: ServiceStub, settings: LazySettings
) -> None:
    route = goes_by(settings, stub.url("resend"))
    letters_due = two_letters(press)
    assert call_bucket.take(route, 1).number == 1  # a digest's, and none is left
    send_letters([letter.pk for letter in letters_due])
    assert len(stub.taken) == 2
    assert call_bucket.take(route, 1).wait_seconds > 1  # the digest waits for both


def test_after_a_429_the_next_letter_waits_and_so_does_the_digest(
    press: Press, stub: ServiceStub, settings: LazySettings
) -> None:
    route = goes_by(settings, stub.url("mailgun"))
    refused, waiting = two_letters(press)
    stub.faults = [Fault.BUSY]
    send_letters([refused.pk, waiting.pk])
    assert len(stub.calls) == 1
    refused.refresh_from_db()
    waiting.refresh_from_db()
    assert (refused.attempts, waiting.attempts) == (1, 0)
    assert waiting.state == LetterState.PENDING
    assert call_bucket.take(route, 1).wait_seconds > RETRY_SECONDS - 2


def test_a_letter_that_was_taken_ends_the_refusals_in_a_row(
    press: Press, stub: ServiceStub, settings: LazySettings
) -> None:
    route = goes_by(settings, stub.url("mailgun"))
    call_bucket.note_refused(route, 0)
    send_letters([letter.pk for letter in two_letters(press)])
    assert len(stub.taken) == 2
    assert call_bucket.take(route, 1).refusals == 0


def test_brevos_limit_is_of_calls_for_many(
    press: Press, stub: ServiceStub, settings: LazySettings
) -> None:
    route = goes_by(settings, stub.url("brevo"))
    while call_bucket.take(route, 1, is_single=True).number:
        pass
    send_letters([letter.pk for letter in two_letters(press)])
    assert len(stub.taken) == 2
