"""Readers in doubt of whom a service's events tell: accepted, whether the event came before the doubt or after it."""

from collections.abc import Callable
from itertools import product

import pytest
from django.test import Client

from digests import ledger
from digests.choices import EventState, Outcome
from digests.delivery import auditing
from digests.models import Digest, Event, Question, Reason
from digests.tracking import processing
from subscriptions.choices import Tracking
from subscriptions.clock import database_now
from subscriptions.mailing import delivery_ids
from subscriptions.models import Newsletter, Subscriber
from tests.builders import Press
from tests.digests.delivery.test_draining import claimed, lose_leases, open_slice
from tests.digests.tracking import posts
from tests.digests.tracking.posts import Mail, Post

pytestmark = pytest.mark.usefixtures("keys")
READERS = 3
# What each service posts of a mail that it has taken, first of all.
TELLS: dict[str, Callable[[Mail], Post]] = {
    "brevo": lambda mail: posts.brevo(mail, "request"),
    "mailgun": lambda mail: posts.mailgun(mail, "accepted", token=f"token-{mail.recipient}"),
    "mailjet": lambda mail: posts.mailjet(mail, {"event": "sent"}),
    "mailtrap": lambda mail: posts.mailtrap(mail, "delivery"),
    "mandrill": lambda mail: posts.mandrill(mail, "send"),
    "postmark": lambda mail: posts.postmark(mail, "", RecordType="Delivery"),
    "resend": lambda mail: posts.resend(mail, "email.sent", name=f"msg {mail.recipient}"),
    "sendgrid": lambda mail: posts.sendgrid(
        mail, {"event": "processed", "sg_event_id": mail.recipient}
    ),
    "unisender-go": lambda mail: posts.unisender(mail, "sent", ""),
}


@pytest.fixture
def digest(press: Press) -> Digest:
    newsletter = press.newsletter()
    press.readers(newsletter, READERS)
    return press.frozen(newsletter)


def lost(service: str, tell: Callable[[], None] = lambda: None) -> None:
    """A worker dies with its slice open; `tell`: what happens until another finds it."""
    open_slice(claimed(), transport=service)
    tell()
    lose_leases()
    claimed()


def posts_of_all(digest: Digest, service: str) -> list[Post]:
    return [
        TELLS[service](
            Mail(reader.address, delivery_ids.for_digest(digest.public_id, reader.public_id))
        )
        for reader in Subscriber.objects.order_by("pk")
    ]


def told(client: Client, made: list[Post]) -> None:
    for post in made:
        assert post.send(client) == 200
    process()


def tell_of_all(client: Client, digest: Digest, service: str) -> None:
    told(client, posts_of_all(digest, service))


def process() -> None:
    processing.process(now=database_now())


@pytest.mark.parametrize(("service", "is_early"), list(product(TELLS, [True, False])))
def test_an_event_settles_a_doubt_before_and_after_it(
    service: str, is_early: bool, digest: Digest, client: Client
) -> None:
    if is_early:
        lost(service, lambda: tell_of_all(client, digest, service))
        assert ledger.counts(digest.pk) == {Outcome.UNCERTAIN: READERS}
        process()
    else:
        lost(service)
        tell_of_all(client, digest, service)
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: READERS}
    words = set(Reason.objects.filter(outcome=Outcome.ACCEPTED).values_list("text", flat=True))
    assert len(words) == 1
    assert f"An event of {service} tells" in words.pop()
    assert set(Event.objects.values_list("state", flat=True)) == {EventState.APPLIED}
    assert auditing.audit(digest.pk).is_clean


def test_an_event_that_came_early_counts_once(digest: Digest, client: Client) -> None:
    made = posts_of_all(digest, "mailgun")
    lost("mailgun", lambda: told(client, made))
    process()
    told(client, made)  # it posts them once more
    assert Event.objects.count() == READERS
    assert Reason.objects.filter(outcome=Outcome.ACCEPTED).count() == READERS
    assert Question.objects.count() == 1


def test_an_open_that_may_not_be_kept_is_not_asked_for_its_reader(
    digest: Digest, client: Client
) -> None:
    Newsletter.objects.update(tracking=Tracking.TOTALS)
    reader = Subscriber.objects.order_by("pk")[0]
    mail = Mail(reader.address, delivery_ids.for_digest(digest.public_id, reader.public_id))

    def tell() -> None:
        posts.mailgun(mail, "opened").send(client)
        process()

    lost("mailgun", tell)
    process()
    assert ledger.counts(digest.pk) == {Outcome.UNCERTAIN: READERS}
    assert Event.objects.get().state == EventState.APPLIED
