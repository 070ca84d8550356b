"""The name of a mail goes out with it and comes back whole, or not at all."""

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend as Memory

from subscriptions.mailing import delivery_ids
from subscriptions.mailing.delivery_ids import METADATA_KEY, DigestDelivery, LetterDelivery
from subscriptions.mailing.mail import parse_mail_url
from subscriptions.mailing.single_mails import connection_of
from subscriptions.public_ids import new_public_id


def test_names_come_back_as_they_went() -> None:
    digest, reader = new_public_id(), new_public_id()
    assert delivery_ids.read(delivery_ids.for_digest(digest, reader)) == DigestDelivery(
        digest, reader
    )
    assert delivery_ids.read(delivery_ids.for_letter(reader)) == LetterDelivery(reader)
    assert len(delivery_ids.for_digest(digest, reader)) <= 60


@pytest.mark.parametrize("text", ["", "digest.x.y", "digest." + "a" * 16, "campaign-7", "letter.é"])
def test_what_others_call_their_mails_is_none_of_ours(text: str) -> None:
    assert delivery_ids.read(text) is None


def test_only_services_that_hand_it_back_are_given_it() -> None:
    message = EmailMessage()
    delivery_ids.label(message, "letter.x", connection_of(parse_mail_url("mailersend://KEY@")))
    delivery_ids.label(message, "letter.x", Memory())
    assert not hasattr(message, "metadata")
    mailgun = connection_of(parse_mail_url("mailgun://KEY@mg.example.org"))
    delivery_ids.label(message, "letter.x", mailgun)
    assert message.metadata == {METADATA_KEY: "letter.x"}  # type: ignore[attr-defined]
