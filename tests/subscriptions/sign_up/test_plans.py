"""A newspaper's first morning: sign-ups come in by the thousand while PostgreSQL still takes the tables for empty."""

from datetime import timedelta

from django.db import connection

from subscriptions.models import Letter, Newsletter, SignUp, Subscriber, Subscription
from subscriptions.sign_up import opt_in
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE

GROWING = (
    Subscriber,
    Subscription,
    SignUp,
    SignUp.newsletters.through,
    Letter,
)
MANY = 5_000
# Five sign-ups find a few rows each; a table that is read from end to end makes it thousands.
MOST_ROWS = 100

FILL = """
INSERT INTO subscriptions_subscriber (public_id, address, zone, language, created_at)
SELECT 'r' || n, 'many' || n || '@example.org', '', '', %(at)s FROM generate_series(1, %(many)s) n;
INSERT INTO subscriptions_signup (public_id, subscriber_id, requested_at, expires_at, source_url)
SELECT 's' || id, id, %(at)s, %(at)s, '' FROM subscriptions_subscriber WHERE address LIKE 'many%%';
INSERT INTO subscriptions_subscription (subscriber_id, newsletter_id, state, created_at)
SELECT subscriber_id, %(newsletter)s, 'pending', %(at)s FROM subscriptions_signup WHERE public_id LIKE 's%%'
    ON CONFLICT DO NOTHING;
INSERT INTO subscriptions_signup_newsletters (signup_id, newsletter_id)
SELECT id, %(newsletter)s FROM subscriptions_signup ON CONFLICT DO NOTHING;
INSERT INTO subscriptions_letter (public_id, kind, address, mailbox, subscriber_id, context, state, created_at, due_at,
                                  expires_at, attempts, last_error)
SELECT 'l' || id, 'confirmation', address, address, id, '{}', 'pending', %(at)s, %(at)s, %(at)s, 0, ''
  FROM subscriptions_subscriber WHERE address LIKE 'many%%'
"""


def sign_up(address: str, newsletter: Newsletter, *, hours: int = 0) -> None:
    opt_in.request(address, [newsletter.slug], EVIDENCE, now=NOON + timedelta(hours=hours))


def rows_read() -> int:
    """By this transaction, so far, in the tables that sign-ups fill."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int FROM pg_stat_xact_user_tables"
            " WHERE relname = ANY (%s)",
            [[model._meta.db_table for model in GROWING]],
        )
        (found,) = cursor.fetchone()
    return int(found)


def test_no_sign_up_reads_a_table_from_end_to_end(press: Press) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE subscriptions_subscriber CASCADE")
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in GROWING)}")
    newsletter, other = press.newsletter("Morning Briefing"), press.newsletter("Good News")
    for number in range(8):  # as often as PostgreSQL tries before it keeps a plan
        sign_up(f"first{number}@example.org", newsletter)
        sign_up(f"first{number}@example.org", other)
        sign_up(f"first{number}@example.org", newsletter, hours=100)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"at": NOON, "many": MANY, "newsletter": newsletter.pk})
    before = rows_read()
    sign_up("new@example.org", newsletter)
    sign_up("first0@example.org", newsletter, hours=101)
    sign_up("many1@example.org", other)
    sign_up("many2@example.org", newsletter)
    sign_up("many3@example.org", other, hours=100)
    assert rows_read() - before < MOST_ROWS
