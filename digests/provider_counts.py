"""How far a digest is with the readers of each mailbox provider."""

from dataclasses import dataclass

from django.db import connection

from digests.choices import Outcome

SHOWN = 12

# Where nobody has looked up yet who takes a domain's mail, the domain stands for itself. Who was erased meanwhile has
# no domain any more.
READ = """
SELECT coalesce(nullif(d.provider, ''), p.domain, '') AS provider, sum(p.readers)::bigint AS readers,
       sum(p.accepted)::bigint, sum(p.waiting)::bigint, sum(p.failed)::bigint
  FROM (SELECT lower(split_part(r.address, '@', 2)) AS domain, count(*) AS readers,
               count(*) FILTER (WHERE o.code = %(accepted)s) AS accepted,
               count(*) FILTER (WHERE o.code IN (%(pending)s, %(deferred)s)) AS waiting,
               count(*) FILTER (WHERE o.code = %(failed)s) AS failed
          FROM digests_batch b
         CROSS JOIN LATERAL unnest(b.recipient_ids) WITH ORDINALITY AS u(id, place)
         CROSS JOIN LATERAL (SELECT get_byte(b.outcomes, u.place::int - 1) AS code) o
          LEFT JOIN subscriptions_subscriber r ON r.id = u.id
         WHERE b.digest_id = %(digest)s AND o.code <> %(moved)s
         GROUP BY 1) p
  LEFT JOIN digests_maildomain d ON d.domain = p.domain
 GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class Provider:
    name: str  # empty: of addresses that have been erased
    readers: int
    accepted: int
    waiting: int
    failed: int


def providers_of(digest_id: int) -> tuple[list[Provider], Provider | None]:
    """The largest, and all the others as one, if there are any. One query, which looks at every reader's address."""
    with connection.cursor() as cursor:
        cursor.execute(
            READ,
            {
                "digest": digest_id,
                "accepted": Outcome.ACCEPTED,
                "pending": Outcome.PENDING,
                "deferred": Outcome.DEFERRED,
                "failed": Outcome.FAILED,
                "moved": Outcome.MOVED,
            },
        )
        found = [Provider(*row) for row in cursor.fetchall()]
    rest = found[SHOWN:]
    if not rest:
        return found, None
    return found[:SHOWN], Provider(
        "",
        *(sum(getattr(one, name) for one in rest) for name in Provider.__slots__[1:]),
    )
