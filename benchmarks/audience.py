"""Readers by the hundred thousand, written by the database itself."""

from django.db import connection

from subscriptions.choices import NewsletterState
from subscriptions.models import Newsletter, Publisher

# Most readers live near the publisher, and half of those have told no zone.
ZONES = (
    [""] * 15 + ["Europe/London"] * 10 + ["Europe/Paris", "America/New_York", "America/Los_Angeles"]
)
ZONES += ["Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "Pacific/Honolulu"]
# Three large mailbox providers have a quarter of the readers each, 20,000 small ones share the rest.
DOMAINS = 20_000
# Numbers become ids that look like random ones (12 bytes in URL-safe base64), but are the same each time.
SUBSCRIBERS = """
INSERT INTO subscriptions_subscriber (public_id, address, zone, language, created_at)
SELECT translate(encode(substring(sha256(n::text::bytea) FROM 1 FOR 12), 'base64'), '+/', '-_'),
       'reader' || n || '@' || (ARRAY['harbour', 'quay', 'tannery', 'x' || n / 4 %% {domains}])[1 + n %% 4]
       || '.example.org',
       (ARRAY[{zones}])[1 + n %% {number}], '', clock_timestamp()
  FROM generate_series((SELECT count(*) FROM subscriptions_subscriber) + 1, %s) AS n
""".format(zones=", ".join(f"'{zone}'" for zone in ZONES), number=len(ZONES), domains=DOMAINS)
SUBSCRIPTIONS = """
INSERT INTO subscriptions_subscription (subscriber_id, newsletter_id, state, created_at, confirmed_at)
SELECT id, %s, 'active', clock_timestamp(), clock_timestamp()
  FROM subscriptions_subscriber ORDER BY id LIMIT %s
"""


def newsletter_with(readers: int) -> Newsletter:
    """A live newsletter with exactly so many active readers; made once a size."""
    publisher = Publisher.objects.current()
    publisher.name = "The Harbour Courier"
    publisher.postal_address = "The Harbour Courier, 4 Tannery Quay, Port Aldwyn"
    publisher.privacy_url = "https://courier.example.org/privacy"
    publisher.sender_address = "newsletters@courier.example.org"
    publisher.save()
    newsletter, is_new = Newsletter.objects.get_or_create(
        slug=f"bench-{readers}",
        defaults={
            "name": "Morning Briefing",
            "state": NewsletterState.LIVE,
            "sender_name": "Morning Briefing",
            "sender_address": "briefing@courier.example.org",
            "reply_to": "desk@courier.example.org",
        },
    )
    if is_new:
        with connection.cursor() as cursor:
            cursor.execute(SUBSCRIBERS, [readers])
            cursor.execute(SUBSCRIPTIONS, [newsletter.pk, readers])
            cursor.execute("VACUUM (ANALYZE) subscriptions_subscriber, subscriptions_subscription")
    return newsletter
