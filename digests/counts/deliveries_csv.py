"""What became of every reader of a digest, as a table to take away: a line a reader, made batch by batch."""

import csv
import io
from collections.abc import Iterator

from django.db import connection

from digests.choices import Outcome
from digests.counts.account import WORDS
from digests.models import Batch, Digest

BATCHES_AT_ONCE = 10  # 5,000 readers: little memory, few round trips
HEAD = ("reader", "address", "outcome", "code", "reason", "version", "way", "sent at (UTC)")
# A spreadsheet takes what begins like this for a formula (OWASP ASVS 5.0, 1.2.10).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")

ROWS = """
SELECT coalesce(r.public_id, ''), coalesce(r.address, ''), d.outcome, coalesce(why.code, ''),
       coalesce(why.text, ''), v.number, d.transport, d.sent_at
  FROM digests_delivery d
  LEFT JOIN subscriptions_subscriber r ON r.id = d.subscriber_id
  LEFT JOIN digests_version v ON v.id = d.version_id
  LEFT JOIN LATERAL (SELECT code, text FROM digests_reason
                      WHERE digest_id = d.digest_id AND subscriber_id = d.subscriber_id
                      ORDER BY id DESC LIMIT 1) why ON d.outcome <> %(accepted)s
 WHERE d.batch_id = ANY(%(batches)s)
 ORDER BY d.batch_id, d.subscriber_id
"""


def deliveries_csv(digest: Digest, *, with_addresses: bool) -> Iterator[str]:
    """Lines of CSV, the head first; readers who were erased have neither name nor address.

    Without addresses there are no reasons either, only their codes: mail servers like to quote the address.
    """
    yield _line(HEAD)
    batches = list(Batch.objects.filter(digest=digest).order_by("ordinal").values_list("pk"))
    ids = [pk for (pk,) in batches]
    for start in range(0, len(ids), BATCHES_AT_ONCE):
        some = ids[start : start + BATCHES_AT_ONCE]
        with connection.cursor() as cursor:
            cursor.execute(ROWS, {"batches": some, "accepted": int(Outcome.ACCEPTED)})
            rows = cursor.fetchall()
        for reader, address, outcome, code, text, version, way, at in rows:
            word = str(WORDS[Outcome(outcome)].name)
            moment = at.strftime("%Y-%m-%d %H:%M:%S") if at else ""
            shown, said = (address, text) if with_addresses else ("", "")
            yield _line((reader, shown, word, code, said, version or "", way, moment))


def _line(values: tuple[object, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_harmless(str(value)) for value in values])
    return line.getvalue()


def _harmless(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
