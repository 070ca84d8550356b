"""Seeing a digest through, as tick and supervisor do, and the account that must hold at its end."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from digests.choices import DigestState, Outcome
from digests.delivery import finishing
from digests.delivery.auditing import Figure, audit
from digests.models import Batch, Digest, Reason
from digests.models.ledger import SLICE_SIZE
from subscriptions.clock import database_now
from subscriptions.models import Subscriber, TransportState
from tests.faults import counting
from tests.faults.crew import Crew

RING_SECONDS = 0.5
MOST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Account:
    """The account of a digest that is through, by address."""

    copies: dict[str, int]  # as the sink's own log has them
    uncertain: set[str]  # named in the ledger, now or once
    breaches: list[Figure]

    @property
    def sent_twice(self) -> set[str]:
        return {address for address, number in self.copies.items() if number > 1}


def see_through(
    crew: Crew,
    digest: Digest,
    *,
    meanwhile: Callable[[], None] = lambda: None,
    seconds: float = MOST_SECONDS,
    workers: int = 1,
) -> Account:
    """Keeps workers running and bells ringing until the digest is sent or cancelled for good."""
    end, bell = time.monotonic() + seconds, 0.0
    while not is_through(digest):
        assert time.monotonic() < end, f"{digest.state}: {digest.state_reason}"
        crew.start(max(0, workers - len(crew.alive)))
        meanwhile()
        if time.monotonic() > bell:
            bell = time.monotonic() + RING_SECONDS
            crew.ring()
        time.sleep(0.02)
    crew.stop()
    return account(crew, digest)


def is_through(digest: Digest) -> bool:
    finishing.mark_sent()
    digest.refresh_from_db()
    if digest.state == DigestState.CANCELLED:
        return not digest.batches.filter(finished_at=None).exists()
    return digest.state == DigestState.SENT


def hurry() -> None:
    """Spare the test the patience that a deferral or a trouble asks for."""
    now = database_now()
    Batch.objects.filter(finished_at=None).update(due_at=now)
    TransportState.objects.update(rests_until=now)


def account(crew: Crew, digest: Digest) -> Account:
    found = audit(digest.pk, log=crew.sink.log)
    doubted = Reason.objects.filter(digest=digest, outcome=Outcome.UNCERTAIN)
    return Account(
        copies=dict(counting.copies(crew.sink.log)),
        uncertain=set(
            Subscriber.objects.filter(pk__in=doubted.values("subscriber_id")).values_list(
                "address", flat=True
            )
        ),
        breaches=[figure for figure in found.figures if figure.is_breach],
    )


def assert_sound(account: Account, readers: list[Subscriber], *, most_doubts: int) -> None:
    """Nobody missed, nobody else mailed, copies only for readers named; `most_doubts` in slices."""
    assert account.breaches == []
    assert set(account.copies) == {reader.address for reader in readers}
    assert account.sent_twice <= account.uncertain
    assert len(account.uncertain) <= most_doubts * SLICE_SIZE
