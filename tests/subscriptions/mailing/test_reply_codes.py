"""What a refusal says of the reader; what is about us never does."""

import pytest

from subscriptions.choices import BounceKind
from subscriptions.mailing.reply_codes import classify, enhanced_code

HARD, SOFT, POLICY = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("550 5.1.1 <reader@example.org>: Recipient address rejected", HARD),
        ("smtp; 550-5.1.1 The account does not exist", HARD),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", HARD),
        ("550 5.2.1 The mailbox is disabled", HARD),
        ("552 5.2.2 Over quota", SOFT),
        ("452 4.2.2 Over quota", SOFT),
        ("450 4.1.1 unknown for now", SOFT),
        ("554 5.4.4 Host not found", SOFT),
        ("550 5.7.1 Our policy does not allow this", POLICY),
        ("550 5.7.1 User unknown, says a server that means its policy", POLICY),
        ("421 4.7.28 Rate limit", POLICY),
        ("550 5.7.515 Access denied, sending domain does not pass", POLICY),
        ("553 5.1.8 Sender's domain does not resolve", POLICY),
        ("554 5.6.0 Bad content", POLICY),
        ("550 User unknown", HARD),
        ("550 No such recipient here", HARD),
        ("450 user unknown for the moment", SOFT),
        ("554 Your IP is listed by a blocklist; user unknown", POLICY),
        ("550 Denied", POLICY),
        ("550 Something went wrong", SOFT),
        ("", SOFT),
    ],
)
def test_a_reply_is_about_the_reader_this_time_or_us(words: str, kind: BounceKind) -> None:
    assert classify(words) is kind


@pytest.mark.parametrize(
    ("words", "said", "kind"),
    [
        ("550 5.1.1 gone", SOFT, SOFT),
        ("550 5.2.2 full", HARD, SOFT),
        ("550 5.7.1 policy", HARD, POLICY),
        ("550 5.1.1 gone", POLICY, POLICY),
        ("550 5.0.0 no", HARD, HARD),
        ("", HARD, HARD),
        ("550 5.1.1 gone", HARD, HARD),
    ],
)
def test_the_milder_of_code_and_service_counts(
    words: str, said: BounceKind, kind: BounceKind
) -> None:
    assert classify(words, said=said) is kind


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("host 192.0.2.25 said: 550 5.1.1 no", "5.1.1"),
        ("2.1.5 ok then 4.4.1 no", "4.4.1"),
        ("from 5.1.1.7 with nothing", ""),
        ("version 15.1.1", ""),
        ("", ""),
    ],
)
def test_an_address_of_a_host_is_no_code(words: str, code: str) -> None:
    assert enhanced_code(words) == code
