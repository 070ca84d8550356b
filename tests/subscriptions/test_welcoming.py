"""The first mail after the yes."""

from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from digests.choices import DigestState
from digests.models import Digest
from subscriptions.choices import Archive, LetterState
from subscriptions.leaving import leave
from subscriptions.mailing import letters
from subscriptions.models import Newsletter, Subscription
from subscriptions.sign_up import opt_in
from tests.builders import DAY, NOON, Press
from tests.subscriptions.conftest import EVIDENCE, ask

ADDRESS = "reader@example.org"


@pytest.fixture
def good(press: Press) -> Newsletter:
    return press.newsletter(
        "Good News",
        welcomes=True,
        frequency="Every Friday",
        welcome_text="Nice to have you.\r\n\r\n<b>{{ settings.SECRET_KEY }}</b> & more.",
    )


def join(*newsletters: Newsletter) -> tuple[int, ...]:
    return opt_in.confirm(ask(ADDRESS, *newsletters, now=NOON), EVIDENCE, now=NOON).letter_ids


def send(letter_id: int) -> LetterState:
    letter = letters.claim(letter_id, now=NOON)
    assert letter is not None
    return letters.send(letter, mail.get_connection(), now=NOON)


def test_each_newsletter_that_welcomes_writes_once(press: Press, good: Newsletter) -> None:
    sign_up = ask(ADDRESS, good, press.newsletter("Morning Briefing"), now=NOON)
    done = opt_in.confirm(sign_up, EVIDENCE, now=NOON)
    assert len(done.letter_ids) == 1
    assert opt_in.confirm(sign_up, EVIDENCE, now=NOON).letter_ids == ()


def test_a_welcome_is_in_the_publishers_words_and_they_are_only_words(good: Newsletter) -> None:
    (letter_id,) = join(good)
    assert send(letter_id) == LetterState.ACCEPTED
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    assert message.subject == "Welcome to Good News"
    for text in (str(message.body), unescape(html)):
        assert "Nice to have you." in text
        assert "<b>{{ settings.SECRET_KEY }}</b> & more." in text
        assert "Every Friday" in text
        assert "/unsubscribe/" in text
        assert "here is the latest" not in text
    assert "<b>{{" not in html


def test_a_welcome_brings_the_latest_digest(press: Press, good: Newsletter) -> None:
    for days, subject in ((0, "The older one"), (2, "The heron is back")):
        day = NOON + timedelta(days=days)
        press.frozen(good, subject=subject, due_at=day, local_date=day.date())
    Digest.objects.update(state=DigestState.SENT, sent_at=NOON)
    day = NOON + timedelta(days=3)
    press.approved(good, subject="Not out yet", due_at=day, local_date=day.date())
    (letter_id,) = join(good)
    send(letter_id)
    body = str(mail.outbox[0].body)
    assert "The heron is back" in body
    assert f"/archive/good-news/{DAY + timedelta(days=2)}/" in body
    assert "The older one" not in body


@pytest.mark.parametrize(
    ("archive", "has_latest"), [(Archive.UNLISTED, True), (Archive.OFF, False)]
)
def test_a_welcome_leads_to_no_page_that_is_not_there(
    press: Press, good: Newsletter, archive: Archive, has_latest: bool
) -> None:
    press.frozen(good, subject="The heron is back")
    Digest.objects.update(state=DigestState.SENT, sent_at=NOON)
    Newsletter.objects.update(archive=archive)
    (letter_id,) = join(good)
    send(letter_id)
    body = str(mail.outbox[0].body)
    assert ("The heron is back" in body) is has_latest
    assert ("/archive/" in body) is has_latest


def test_who_has_left_again_is_not_welcomed(good: Newsletter) -> None:
    (letter_id,) = join(good)
    leave(Subscription.objects.get(), EVIDENCE, now=NOON)
    assert send(letter_id) == LetterState.CANCELLED
