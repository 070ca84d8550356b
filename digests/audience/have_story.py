"""Who has a story already: a news alert leaves out whoever got it with a digest of the last days, of any newsletter.

All by the database's clock.

Whoever may have it counts as having it: a server has their mail in its hands, or nobody knows what became of it. So
does whoever it is on its way to, because a digest with it is being sent and their turn has come, or has come and was
put off. Whoever would get that digest only later - at their own local time, after the seeds have looked at it, when its
subject test is decided, when a warm-up allows it, once somebody resumes it - gets the alert now.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Now

from digests.audience import already_received
from digests.choices import GOING_OUT_SQL, Outcome
from digests.models import Article, Digest, Version
from subscriptions.models.subscriber import mailable_sql

# A story that was in a digest before that is news again.
REMEMBERED = timedelta(days=3)
# The date of a digest may be a day before or after that of its freeze, by its zone or its readers'.
DATE_MARGIN = timedelta(days=2)
# The tick comes by every ten seconds: a digest that nobody could freeze for so long keeps no alert waiting.
STUCK_AFTER = timedelta(minutes=1)

ON_THE_WAY = f"""
SELECT u.id
  FROM digests_batch wb
  JOIN digests_digest wd ON wd.id = wb.digest_id
 CROSS JOIN LATERAL unnest(wb.recipient_ids) WITH ORDINALITY AS u(id, place)
 WHERE wb.digest_id = ANY(%(held_digests)s::bigint[]) AND wd.sending_version_id = ANY(%(held_versions)s::bigint[])
   AND wd.state IN {GOING_OUT_SQL} AND wb.finished_at IS NULL AND wb.waits_for = ''
   AND wb.variant IS NOT NULL
   AND wb.opens_at <= statement_timestamp() AND wb.expires_at > statement_timestamp()
   AND get_byte(wb.outcomes, u.place::int - 1) IN (%(pending)s, %(deferred)s)
"""  # noqa: S608 - its parts are constants of ours
HAVE_IT = f"{already_received.RECEIVED} UNION ALL {ON_THE_WAY}"
# Asked of the subscriptions, not of the ledger: so nobody is counted twice.
COUNT = f"""
SELECT s.newsletter_id, count(*)
  FROM subscriptions_subscription s JOIN subscriptions_subscriber r ON r.id = s.subscriber_id
 WHERE s.newsletter_id = ANY(%s) AND {mailable_sql("statement_timestamp()")} AND {already_received.HAS_RECEIVED}
 GROUP BY 1
"""  # noqa: S608 - its parts are constants of ours


def gather(cursor: CursorWrapper, story_id: int) -> bool:
    """What already_received.HAS_RECEIVED asks; until the transaction ends.

    False: no digest has brought the story, so nobody was looked for.
    """
    carrying = list(
        Version.objects.filter(
            article_ids__contains=[story_id],
            digest__frozen_at__gt=Now() - REMEMBERED,
            digest__local_date__gte=Now() - REMEMBERED - DATE_MARGIN,
        )
        .order_by("pk")
        .values_list("digest_id", "pk")
    )
    if not carrying:
        return False
    digests = dict.fromkeys(digest_id for digest_id, _version in carrying)
    found = already_received.values_of(digests, [version for _digest, version in carrying])
    already_received.gather(cursor, HAVE_IT, found | {"deferred": Outcome.DEFERRED})
    return True


def counts(story_id: int, newsletter_ids: Iterable[int]) -> dict[int, int]:
    """How many readers of each newsletter have it; as many queries for one as for all."""
    asked = list(newsletter_ids)
    counted: dict[int, int] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        if gather(cursor, story_id):
            cursor.execute(COUNT, [asked])
            counted = dict(cursor.fetchall())
    return dict.fromkeys(asked, 0) | counted


def wait_for_others(alert: Digest, *, now: datetime) -> bool:
    """Wait for other digests that are choosing readers for the alert's story now, so that they choose first.

    Call it inside the transaction that freezes the alert. The story's row lock waits for another alert of the story.
    Any other digest with the story is waited for by its own row lock, which its freeze holds to the end. What they have
    committed is then seen as on its way, and nobody gets both.

    False: a digest with the story is due as well, and nobody has begun with it. Its turn is before the alert's.
    """
    story_id = alert.urgent_story_id
    assert story_id is not None  # noqa: S101 - the caller has looked
    Article.objects.select_for_update(no_key=True).get(pk=story_id)
    due = (
        Digest.objects.to_freeze(now)
        .filter(urgent_story=None, approved_version__article_ids__contains=[story_id])
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    # At local time most readers get it later than this, and so they get the alert.
    waited_for = due.values_list("due_at", "approved_at", "local_time")
    return not any(
        local_time is None and max(due_at, approved_at or due_at) > now - STUCK_AFTER
        for due_at, approved_at, local_time in waited_for
    )
