"""What a picture of the desk needs to know of the site that is photographed."""

from dataclasses import dataclass

from digests.models import Digest
from tools.demo.newsdesk import Desk


@dataclass(frozen=True, slots=True)
class Site:
    """`sent` is in its readers' inboxes, `draft` waits for its editor."""

    base: str
    desk: Desk
    sent: Digest
    draft: Digest
