"""Never mailed again, whatever the case of the letters."""

import pytest
from django.core.management import call_command
from pytest_django import Settings

from subscriptions.choices import SuppressionReason
from subscriptions.mailing import suppression
from subscriptions.mailing.suppression import (
    SuppressionKeyChanged,
    address_hash,
    is_suppressed,
    prove_key_unchanged,
    suppress,
)
from subscriptions.models import Subscriber, Suppression, SuppressionCanary
from tests.builders import NOON, Press

ANOTHER_KEY = "another key of another installation"


@pytest.fixture(autouse=True)
def _nothing_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just begun."""
    monkeypatch.setattr(suppression, "_proved", set())


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
    settings.SUPPRESSION_KEY = ANOTHER_KEY
    with pytest.raises(SuppressionKeyChanged, match="put the old key back"):
        prove_key_unchanged()


def test_a_list_without_a_canary_tells_another_key_itself(db: None, settings: Settings) -> None:
    suppress("reader@example.org", SuppressionReason.BOUNCE, now=NOON)
    suppress("erased@example.org", SuppressionReason.ERASURE, now=NOON)
    Suppression.objects.filter(address="erased@example.org").update(address="")
    SuppressionCanary.objects.all().delete()
    ours = settings.SUPPRESSION_KEY
    settings.SUPPRESSION_KEY = ANOTHER_KEY
    with pytest.raises(SuppressionKeyChanged, match="1 of 1 suppressed addresses were written"):
        prove_key_unchanged()
    assert not SuppressionCanary.objects.exists()
    settings.SUPPRESSION_KEY = ours
    prove_key_unchanged()
    assert SuppressionCanary.objects.exists()


def test_with_another_key_nobody_is_looked_up_or_added(db: None, settings: Settings) -> None:
    """Whatever process it is: also commands, which read bounces and send."""
    prove_key_unchanged()
    settings.SUPPRESSION_KEY = ANOTHER_KEY
    with pytest.raises(SuppressionKeyChanged):
        is_suppressed("reader@example.org")
    with pytest.raises(SuppressionKeyChanged):
        suppress("reader@example.org", SuppressionReason.BOUNCE, now=NOON)
    assert not Suppression.objects.exists()


class TestALostKey:
    """What was written with it is written anew with the key of now, where the address is still known."""

    @pytest.fixture(autouse=True)
    def _list_of_two_keys(self, press: Press, settings: Settings) -> None:
        ours = settings.SUPPRESSION_KEY
        settings.SUPPRESSION_KEY = ANOTHER_KEY
        for name in ("early", "twice", "erased"):
            suppress(f"{name}@example.org", SuppressionReason.COMPLAINT, now=NOON)
        Suppression.objects.filter(address="erased@example.org").update(address="")
        settings.SUPPRESSION_KEY = ours
        SuppressionCanary.objects.all().delete()
        Suppression.objects.create(
            address="twice@example.org",
            address_hash=address_hash("twice@example.org"),
            reason=SuppressionReason.BOUNCE,
            created_at=NOON,
        )
        press.reader(address="Early@example.org")  # came back meanwhile

    def test_telling_changes_nothing(self) -> None:
        before = list(Suppression.objects.order_by("pk").values())
        call_command("rehash_suppressions")
        assert list(Suppression.objects.order_by("pk").values()) == before
        with pytest.raises(SuppressionKeyChanged, match="2 of 3"):
            prove_key_unchanged()

    def test_writing_saves_who_is_known(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("rehash_suppressions", "--write")
        told = capsys.readouterr().out
        assert "right as they are: 1\n" in told
        assert "can be saved: 2\n" in told
        assert "by a hash alone: 1 (" in told
        prove_key_unchanged()
        assert is_suppressed("early@example.org")
        assert is_suppressed("twice@example.org")
        assert Suppression.objects.filter(address="twice@example.org").count() == 1
        assert Subscriber.objects.get(address="Early@example.org").suppressed_at is not None
