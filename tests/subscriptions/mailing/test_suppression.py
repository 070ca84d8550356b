"""Never mailed again, whatever the case of the letters."""

import pytest
from pytest_django import Settings

from subscriptions.choices import SuppressionReason
from subscriptions.mailing.suppression import (
    SuppressionKeyChanged,
    is_suppressed,
    prove_key_unchanged,
    suppress,
)
from subscriptions.models import Subscriber, Suppression
from tests.builders import NOON, Press


def test_a_suppressed_address_is_known_in_any_case(db: None) -> None:
    suppress("Reader@example.org", SuppressionReason.COMPLAINT, now=NOON)
    assert is_suppressed("rEADER@example.org")
    assert not is_suppressed("other@example.org")


def test_the_reader_is_marked_and_the_first_reason_stays(press: Press) -> None:
    reader = press.reader(address="Reader@example.org")
    suppress("reader@example.org", SuppressionReason.BOUNCE, now=NOON)
    suppress("reader@example.org", SuppressionReason.STAFF, now=NOON)
    assert Subscriber.objects.get(pk=reader.pk).suppressed_at == NOON
    assert Suppression.objects.get().reason == SuppressionReason.BOUNCE


def test_an_erased_address_stays_suppressed(db: None) -> None:
    suppress("reader@example.org", SuppressionReason.ERASURE, now=NOON)
    Suppression.objects.update(address="")
    assert is_suppressed("reader@example.org")


def test_a_changed_key_is_noticed(db: None, settings: Settings) -> None:
    prove_key_unchanged()
    prove_key_unchanged()
    settings.SUPPRESSION_KEY = "another key of another installation"
    with pytest.raises(SuppressionKeyChanged, match="put the old key back"):
        prove_key_unchanged()
