"""What a refusal says of the reader; what is about us never does."""

import re
import time

import pytest

from subscriptions.choices import BounceKind
from subscriptions.mailing.reply_codes import LONGEST, classify, enhanced_code, read
from subscriptions.mailing.reply_words import about, plain
from tests.subscriptions.mailing import replies
from tests.subscriptions.mailing.replies import DEAD, FULL, MESSAGE, OURS, PASSING, READER, lines

HARD, SOFT, POLICY = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY
KINDS = [
    *((reply, HARD) for reply in lines(DEAD)),
    *((reply, SOFT) for reply in lines(FULL)),
    *((reply, SOFT) for reply in lines(PASSING)),
    *((reply, POLICY) for reply in lines(OURS)),
    *((reply, POLICY) for reply in lines(MESSAGE)),
]


@pytest.mark.parametrize(("reply", "kind"), KINDS)
def test_a_reply_is_about_the_reader_this_time_or_us(reply: str, kind: BounceKind) -> None:
    assert classify(reply, address=READER) is kind


def test_the_table_is_as_varied_as_servers_are() -> None:
    assert len({reply for reply, _kind in KINDS}) == len(KINDS) >= 400
    assert len(lines(DEAD)) >= 170
    assert len(lines(OURS)) >= 180


@pytest.mark.parametrize(("address", "reply"), replies.IN_ADDRESSES)
def test_what_the_readers_own_address_says_is_no_word_of_the_server(
    address: str, reply: str
) -> None:
    assert classify(reply, address=address) is HARD


@pytest.mark.parametrize("reply", lines(OURS))
def test_what_is_about_us_is_never_hard_with_whatever_around_it(reply: str) -> None:
    for said in [None, SOFT, POLICY, HARD]:
        assert classify(f"Status 5.1.1 smtp; {reply}", said=said, address=READER) is not HARD
        assert classify(reply, said=said) is not HARD  # the address is not always known


@pytest.mark.parametrize("reply", lines(DEAD))
def test_nothing_is_hard_that_a_server_calls_temporary(reply: str) -> None:
    later = re.sub(r"(?<![\w.])5(?=[0-5]\d(?!\w)|\.\d\.\d)", "4", reply)
    if later != reply:
        assert classify(later, address=READER) is SOFT


@pytest.mark.parametrize(
    ("words", "said", "kind"),
    [
        ("550 5.1.1 gone", SOFT, SOFT),
        ("550 5.2.2 full", HARD, SOFT),
        ("552 5.2.2", HARD, SOFT),
        ("450 4.1.1 not now", HARD, SOFT),
        ("550 5.7.1 policy", HARD, POLICY),
        ("550 5.7.1", HARD, POLICY),
        ("550 5.1.1 gone", POLICY, POLICY),
        ("550 5.0.0 no", HARD, HARD),
        ("", HARD, HARD),
        ("550 5.1.1 gone", HARD, HARD),
        ("550 5.5.0 Requested action not taken: mailbox unavailable", HARD, HARD),
        ("555 5.7.1 User unknown", HARD, HARD),
        ("554 5.4.6 mail loop", HARD, HARD),
        ("550 Spam rejected", HARD, POLICY),
        ("550 Spam rejected", SOFT, POLICY),
        ("552 5.3.4 too big", HARD, POLICY),
        (replies.ADVICE, HARD, HARD),
    ],
)
def test_what_the_service_says_holds_unless_the_words_blame_us(
    words: str, said: BounceKind, kind: BounceKind
) -> None:
    assert classify(words, said=said) is kind


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("host 192.0.2.25 said: 550 5.1.1 no", "5.1.1"),
        ("2.1.5 ok then 4.4.1 no", "4.4.1"),
        ("5.1.1 smtp; 550 5.7.1 no", "5.7.1"),
        ("5.0.0 smtp; 550-5.1.1 no", "5.1.1"),
        ("5.0.0 smtp; 554 (#5.2.2) no", "5.2.2"),
        ("5.1.1 smtp; 550 no", "5.1.1"),
        ("500 What is that?", ""),
        ("from 5.1.1.7 with nothing", ""),
        ("version 15.1.1", ""),
        ("", ""),
    ],
)
def test_the_servers_own_code_goes_before_a_status_and_a_hosts_address_is_none(
    words: str, code: str
) -> None:
    assert enhanced_code(words) == code


@pytest.mark.parametrize("reply", lines(MESSAGE))
def test_a_refusal_of_the_message_is_known_as_one(reply: str) -> None:
    assert read(reply).is_of_message


@pytest.mark.parametrize("reply", [*lines(DEAD), *lines(FULL), *lines(PASSING)])
def test_no_other_refusal_is_taken_for_one_of_the_message(reply: str) -> None:
    assert not read(reply, address=READER).is_of_message


@pytest.mark.parametrize(
    "unit",
    [
        "user not ",
        "not ",
        "-",
        "<",
        "x",
        "a-",
        "a@",
        "a.",
        "(in reply to ",
        "no user ",
        "550 ",
        "5.1.",
        "用户",
        "ы ",
        "\0",
    ],
)
def test_a_hostile_reply_is_read_in_time(unit: str) -> None:
    about.cache_clear()
    start = time.process_time()
    classify(unit * (100_000 // len(unit)), address=READER)
    assert time.process_time() - start < 1


def test_words_are_read_without_case_accents_and_joints() -> None:
    assert (
        plain("NoSuchUser: BOÎTE_pleine, użytkownik’s")
        == "no such user: boite pleine, uzytkownik's"
    )


def test_only_the_beginning_of_a_text_is_read() -> None:
    assert classify("x " * LONGEST + "550 5.1.1 User unknown") is SOFT
