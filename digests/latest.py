"""The latest digest of each newsletter that shows it on the web, for cards and welcome mails of the app below."""

from collections.abc import Collection

from digests.archive.reading import index_url, page_url
from digests.models import Digest
from subscriptions.choices import Archive
from subscriptions.latest import LatestDigest


def latest_digests(newsletter_ids: Collection[int]) -> dict[int, LatestDigest]:
    """Return the latest digest of each newsletter that has sent any and has an archive, listed or not; one query."""
    found = Digest.objects.latest_sent(newsletter_ids)
    return {
        digest.newsletter_id: LatestDigest(
            digest.sending_version.subject,
            digest.local_date,
            page_url(digest),
            index_url(digest.newsletter) if digest.newsletter.archive == Archive.PUBLIC else "",
        )
        for digest in found
        if digest.sending_version
    }
