"""Tokens that cannot be made up, and that outlive a change of keys."""

import base64
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from pytest_django import Settings

from subscriptions.links import BadLink, LeaveToken, Scope, leave_url, read, read_leave, sign
from subscriptions.public_ids import new_public_id

OLD_KEY, NEW_KEY = "o" * 40, "n" * 40


def test_a_token_names_what_it_was_made_for() -> None:
    reader, newsletter = new_public_id(), new_public_id()
    assert read(Scope.CONFIRM, sign(Scope.CONFIRM, reader)) == (reader,)
    assert read_leave(sign(Scope.LEAVE, reader, newsletter)) == LeaveToken(reader, newsletter)


def test_no_letter_of_a_token_can_be_changed() -> None:
    token = sign(Scope.LEAVE, new_public_id(), new_public_id())
    for place, letter in enumerate(token):
        for other in {"A", "B", "_", "9"} - {letter}:
            with pytest.raises(BadLink):
                read_leave(token[:place] + other + token[place + 1 :])


def test_no_bit_of_a_token_can_be_changed() -> None:
    token = sign(Scope.CONFIRM, new_public_id())
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadLink):
            read(Scope.CONFIRM, base64.urlsafe_b64encode(changed).rstrip(b"=").decode())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: "x",
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        lambda token: token + "\n",
        lambda token: "\x00" + token[1:],
        lambda token: "é" + token[1:],
        lambda token: token * 1000,
    ],
)
def test_a_token_that_a_mail_program_spoilt_is_a_bad_link(spoil: Callable[[str], str]) -> None:
    with pytest.raises(BadLink):
        read(Scope.CONFIRM, spoil(sign(Scope.CONFIRM, new_public_id())))


def test_a_token_works_on_its_own_page_only() -> None:
    with pytest.raises(BadLink):
        read(Scope.LEAVE, sign(Scope.CONFIRM, new_public_id()))
    with pytest.raises(BadLink):
        read(Scope.CONFIRM, sign(Scope.LEAVE, new_public_id(), new_public_id()))


def test_a_link_of_two_years_ago_works_after_the_keys_were_rotated(
    settings: Settings,
) -> None:
    settings.LINK_KEYS = [OLD_KEY]
    reader = new_public_id()
    token = sign(Scope.CONFIRM, reader)
    settings.LINK_KEYS = [NEW_KEY, OLD_KEY]
    assert read(Scope.CONFIRM, token) == (reader,)
    assert sign(Scope.CONFIRM, reader) != token
    settings.LINK_KEYS = [NEW_KEY]
    with pytest.raises(BadLink):
        read(Scope.CONFIRM, token)


def test_a_leave_url_leads_to_the_page_of_leaving(settings: Settings) -> None:
    url = leave_url(new_public_id(), new_public_id())
    assert url.startswith(settings.SITE_URL + "/")
    assert resolve(urlsplit(url).path).url_name == "unsubscribe"
