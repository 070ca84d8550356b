"""How far a digest is with the readers of each mailbox provider.

To look at a million addresses takes seconds, so it is done once, in parts: a byte a reader is kept that says whose
mailbox it is. From then on a look counts pairs of bytes.
"""

from collections import Counter
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.db import connection, transaction

from digests.choices import Outcome
from digests.models import Batch, MailboxNames

SHOWN = 12
# So many have a code each, the largest of a sample of so many batches: of a small digest, of all. Every reader is
# counted; who is shown and who is among the others is what the sample decides.
NAMED = 48
SAMPLE = 40
ERASED, OTHERS = 0, 255
# Sorted while a page waits; beyond it a worker goes on.
AT_ONCE = 40

# Where nobody has looked up yet who takes a domain's mail, the domain stands for itself.
LARGEST = """
SELECT coalesce(nullif(d.provider, ''), split_part(r.address, '@', 2)) AS name
  FROM (SELECT recipient_ids FROM digests_batch WHERE digest_id = %s ORDER BY md5(id::text) LIMIT %s) b
 CROSS JOIN LATERAL unnest(b.recipient_ids) AS u(id)
  JOIN subscriptions_subscriber r ON r.id = u.id
  LEFT JOIN digests_maildomain d ON d.domain = split_part(r.address, '@', 2)
 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s
"""
SORT = """
INSERT INTO digests_mailboxcodes (batch_id, codes)
SELECT b.id, string_agg(set_byte('\\x00'::bytea, 0, CASE WHEN r.id IS NULL THEN %(erased)s
                                                         ELSE coalesce(n.code::int, %(others)s) END),
                        ''::bytea ORDER BY u.place)
  FROM (SELECT id, recipient_ids FROM digests_batch new
         WHERE digest_id = %(digest)s AND NOT EXISTS (SELECT FROM digests_mailboxcodes WHERE batch_id = new.id)
         ORDER BY id LIMIT %(most)s) b
 CROSS JOIN LATERAL unnest(b.recipient_ids) WITH ORDINALITY AS u(id, place)
  LEFT JOIN subscriptions_subscriber r ON r.id = u.id
  LEFT JOIN digests_maildomain d ON d.domain = split_part(r.address, '@', 2)
  LEFT JOIN unnest(%(names)s::text[]) WITH ORDINALITY AS n(name, code)
         ON n.name = coalesce(nullif(d.provider, ''), split_part(r.address, '@', 2))
 GROUP BY b.id
"""
READ = """
SELECT b.outcomes, c.codes
  FROM digests_batch b LEFT JOIN digests_mailboxcodes c ON c.batch_id = b.id WHERE b.digest_id = %s
"""
WAITING = frozenset({Outcome.PENDING, Outcome.DEFERRED})


@dataclass(slots=True)
class Provider:
    name: str  # empty: of addresses that have been erased
    readers: int = 0
    accepted: int = 0
    waiting: int = 0
    failed: int = 0

    def add(self, outcome: int, readers: int) -> None:
        self.readers += readers
        self.accepted += readers if outcome == Outcome.ACCEPTED else 0
        self.waiting += readers if outcome in WAITING else 0
        self.failed += readers if outcome == Outcome.FAILED else 0


@dataclass(slots=True)
class Providers:
    shown: list[Provider] = field(default_factory=list)
    rest: Provider | None = None
    unsorted: int = 0  # readers of whom nobody has looked yet whose mailbox they have


def providers_of(digest_id: int) -> Providers:
    """The largest, and all the others as one, if there are any; for as many readers as are sorted."""
    kept = MailboxNames.objects.filter(digest=digest_id).first()
    pairs: Counter[tuple[int, int]] = Counter()
    unsorted = 0
    with connection.cursor() as cursor:
        cursor.execute(READ, [digest_id])
        for outcomes, codes in cursor:
            if codes is None:
                unsorted += len(outcomes) - bytes(outcomes).count(Outcome.MOVED)
            else:
                pairs.update(zip(bytes(codes), bytes(outcomes), strict=True))
    return _table(kept.names if kept else [], pairs, unsorted)


def _table(names: list[str], pairs: Counter[tuple[int, int]], unsorted: int) -> Providers:
    found = {ERASED: Provider("")} | {code: Provider(name) for code, name in enumerate(names, 1)}
    rest = Provider("")
    for (code, outcome), readers in pairs.items():
        if outcome != Outcome.MOVED:
            found.get(code, rest).add(outcome, readers)
    ranked = sorted(found.values(), key=attrgetter("readers"), reverse=True)
    ranked = [one for one in ranked if one.readers]
    for one in ranked[SHOWN:]:
        rest.readers += one.readers
        rest.accepted += one.accepted
        rest.waiting += one.waiting
        rest.failed += one.failed
    return Providers(ranked[:SHOWN], rest if rest.readers else None, unsorted)


def sort(digest_id: int, *, most: int = AT_ONCE) -> int:
    """Look whose mailboxes the readers of so many batches have; returns of how many. 0 while another call is at it.

    Who is erased later stays where they were counted: the byte names nobody.
    """
    if not Batch.objects.filter(digest=digest_id, mailboxcodes=None).exists():
        return 0
    _keep_names(digest_id)
    with transaction.atomic(), connection.cursor() as cursor:
        kept = MailboxNames.objects.select_for_update(skip_locked=True).filter(digest=digest_id)
        names = kept.values_list("names", flat=True).first()
        if names is None:
            return 0
        values: dict[str, Any] = {"digest": digest_id, "names": names, "most": most}
        cursor.execute(SORT, values | {"erased": ERASED, "others": OTHERS})
        return int(cursor.rowcount)


def _keep_names(digest_id: int) -> None:
    """Keep the names of the largest providers at the first look: the codes of all batches must mean the same."""
    if MailboxNames.objects.filter(digest=digest_id).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(LARGEST, [digest_id, SAMPLE, NAMED])
        names = [name for (name,) in cursor.fetchall()]
    new = MailboxNames(digest_id=digest_id, names=names)
    MailboxNames.objects.bulk_create([new], ignore_conflicts=True)
