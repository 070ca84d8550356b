"""One address is one reader in every database. In a Turkish one (CI runs the suite in such) lower('I') has no dot."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, EmailField

from digests import ledger
from digests.choices import Outcome
from digests.delivery.draining import drain
from digests.models import Digest
from subscriptions.choices import SuppressionReason
from subscriptions.mailing.suppression import is_suppressed, suppress
from subscriptions.models import Subscriber
from subscriptions.models.folding import FOLDING
from tests.builders import NOON, Press
from tests.fakes import FakeTransport

TYPED, SAME = "ISIK.Iz@example.org", "isik.iz@example.org"


def test_an_address_is_there_once(press: Press) -> None:
    reader = press.reader(address=TYPED)
    with pytest.raises(IntegrityError), transaction.atomic():
        press.reader(address=SAME)
    assert list(Subscriber.objects.with_address(SAME)) == [reader]
    assert list(Subscriber.objects.with_addresses([SAME])) == [reader]
    assert list(Subscriber.objects.address_begins("isik.i")) == [reader]


@pytest.mark.parametrize(("kept", "refused"), [(TYPED, SAME), (SAME, TYPED)])
def test_who_is_suppressed_is_marked_and_never_mailed(
    press: Press, kept: str, refused: str
) -> None:
    newsletter = press.newsletter()
    reader = press.reader(newsletter, address=kept)
    suppress(refused, SuppressionReason.COMPLAINT, now=NOON)
    reader.refresh_from_db()
    assert (is_suppressed(kept), reader.suppressed_at) == (True, NOON)


def test_the_list_holds_for_a_reader_whose_mark_was_lost(press: Press) -> None:
    newsletter = press.newsletter()
    before, after, other = (
        press.reader(newsletter, address=address)
        for address in (TYPED, "Ira.Ince@example.org", "ali@example.org")
    )
    suppress(SAME, SuppressionReason.BOUNCE, now=NOON)
    Subscriber.objects.update(suppressed_at=None)
    digest = press.frozen(newsletter)
    assert Digest.objects.get().audience_size == 2

    suppress("ira.ince@example.org", SuppressionReason.BOUNCE, now=NOON)
    Subscriber.objects.update(suppressed_at=None)
    transport = FakeTransport()
    drain(transport, seconds=30)

    outcome = {
        reader: found.outcome if (found := ledger.delivery_of(digest.pk, reader.pk)) else None
        for reader in (before, after, other)
    }
    assert outcome == {before: None, after: Outcome.SUPPRESSED, other: Outcome.ACCEPTED}


def test_every_address_is_kept_so_that_it_is_folded_alike() -> None:
    ours = {
        f"{model._meta.model_name}.{field.name}": field.db_parameters(connection)["collation"]
        for app in ("subscriptions", "digests")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, CharField)
        and field.name in {"address", "new_address", "recipient"}
        and not isinstance(field, EmailField)
    }
    assert set(ours.values()) == {FOLDING}
    assert {"subscriber.address", "suppression.address", "addresschange.new_address"} <= set(ours)
