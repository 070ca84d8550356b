"""The latest digest of each newsletter, for cards and welcome mails of the app below."""

from collections.abc import Collection

from digests.archive import page_url
from digests.models import Digest
from subscriptions.latest import LatestDigest


def latest_digests(newsletter_ids: Collection[int]) -> dict[int, LatestDigest]:
    """Of those that have sent any; one query."""
    found = Digest.objects.latest_sent(newsletter_ids)
    return {
        digest.newsletter_id: LatestDigest(
            digest.sending_version.subject, digest.local_date, page_url(digest)
        )
        for digest in found
        if digest.sending_version
    }
