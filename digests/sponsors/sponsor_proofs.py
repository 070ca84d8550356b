"""The proof for a sponsor: which digest carried a booking, in which version, accepted for how many readers."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from digests.choices import Outcome
from digests.models import Booking, Version

# The readers of a slice had the version that it names; MOVED positions were accepted elsewhere, if at all.
ACCEPTED = """
SELECT s.version_id, count(*)
  FROM digests_batch b
  JOIN digests_slice s ON s.batch_id = b.id
 CROSS JOIN LATERAL generate_series(s.start, s.stop - 1) AS p(position)
 WHERE b.digest_id = ANY(%(digests)s) AND s.version_id = ANY(%(versions)s)
   AND get_byte(b.outcomes, p.position) = %(accepted)s
 GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """`accepted`: readers whose mail server took a mail with this version."""

    version: Version
    accepted: int


def versions_with(booking: Booking) -> list[Version]:
    """Return the versions that show a booking, in digests under way or done, the earliest first."""
    return list(
        Version.objects.filter(
            digest__newsletter=booking.newsletter_id,
            digest__local_date__range=(booking.starts_on, booking.ends_on),
            digest__frozen_at__isnull=False,
            content__sponsors__contains=[{"booking": booking.pk}],
        )
        .select_related("digest__newsletter")
        .order_by("digest__due_at", "number")
    )


def proofs_of(booking: Booking) -> list[Proof]:
    """Versions that readers were sent, and the one that is to be sent; two queries, a byte a reader."""
    versions = versions_with(booking)
    accepted = _accepted(versions)
    return [
        Proof(version, accepted.get(version.pk, 0))
        for version in versions
        if version.pk in accepted or version.pk == version.digest.sending_version_id
    ]


def _accepted(versions: Iterable[Version]) -> dict[int, int]:
    versions = list(versions)
    with connection.cursor() as cursor:
        cursor.execute(
            ACCEPTED,
            {
                "digests": list({version.digest_id for version in versions}),
                "versions": [version.pk for version in versions],
                "accepted": Outcome.ACCEPTED,
            },
        )
        return dict(cursor.fetchall())
