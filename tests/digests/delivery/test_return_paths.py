"""A bounce names its reader, and nobody else can make one."""

import pytest
from django.test import override_settings

from digests.delivery.return_paths import (
    BadReturnPath,
    Returned,
    check_bounce_address,
    read_return_path,
    return_path,
)
from digests.rendering.mail_headers import Unwritable
from subscriptions.public_ids import new_public_id

DIGEST, READER = new_public_id(), new_public_id()


@pytest.fixture(autouse=True)
def _bounces() -> object:
    with override_settings(BOUNCE_ADDRESS="bounces@mail.example.org"):
        yield


def test_a_return_path_names_digest_and_reader() -> None:
    address = return_path(DIGEST, READER)
    assert read_return_path(address) == Returned(DIGEST, READER)
    assert read_return_path(address.upper()) == Returned(DIGEST, READER)
    assert len(address.split("@")[0]) <= 64


def test_a_return_path_outlives_the_change_of_keys() -> None:
    with override_settings(LINK_KEYS=["a" * 50]):
        address = return_path(DIGEST, READER)
    with override_settings(LINK_KEYS=["b" * 50, "a" * 50]):
        assert read_return_path(address) == Returned(DIGEST, READER)
    with override_settings(LINK_KEYS=["b" * 50]), pytest.raises(BadReturnPath):
        read_return_path(address)


@pytest.mark.parametrize("place", [8, 20, 40, 55])
def test_a_changed_return_path_is_none(place: int) -> None:
    address = return_path(DIGEST, READER)
    other = "b" if address[place] == "a" else "a"
    with pytest.raises(BadReturnPath):
        read_return_path(address[:place] + other + address[place + 1 :])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bounces@mail.example.org",
        "bounces+@mail.example.org",
        "bounces+aaaa@x",
        "a+é@x",
        "+" * 999,
    ],
)
def test_what_is_no_return_path_is_refused(address: str) -> None:
    with pytest.raises(BadReturnPath):
        read_return_path(address)


@pytest.mark.parametrize(
    "address", ["twelve-chars@example.org", "none", "a b@example.org", "ü@x.org"]
)
def test_a_bounce_address_that_cannot_serve_is_refused(address: str) -> None:
    with pytest.raises(Unwritable):
        check_bounce_address(address)
