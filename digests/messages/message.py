"""A version made out to one reader: the headers of RFC 8058 and its kin, and the reader's own links."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from digests.archive import reading
from digests.models import Digest, Version
from digests.rendering.tokens import Token, fill
from digests.versions import Draft
from subscriptions import links
from subscriptions.installation import mail_host


@dataclass(frozen=True, slots=True)
class Recipient:
    subscriber_id: int
    public_id: str
    address: str
    is_measured: bool = False  # may a service watch what they open and click?


# Whom a preview is made out to.
SAMPLE = Recipient(0, "A" * 16, "reader@example.org")


@dataclass(frozen=True, slots=True)
class Message:
    """What a slice sends: loaded once a version, made out once a reader."""

    digest: str  # public ids, as links carry them
    newsletter: str
    web_url: str
    subject: str
    html: str
    text: str
    headers: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, digest: Digest, content: Version | Draft, variant: int = 0) -> "Message":
        """`digest` comes with its newsletter; the content is kept already, or only drafted.

        A variant that the content does not have is the first.
        """
        further = content.variants[variant - 1 : variant] if variant else ()
        words = further[0] if further else _words_of(content)
        return cls(
            digest=digest.public_id,
            newsletter=digest.newsletter.public_id,
            web_url=reading.page_url(digest),
            subject=words["subject"],
            html=words["html"],
            text=words["text"],
            headers=content.headers,
        )

    def values_for(self, recipient: Recipient) -> dict[Token, str]:
        """What stands at the markers for this reader, not yet escaped."""
        urls = links.bulk_links(self.newsletter)
        return {
            Token.LEAVE_URL: urls.leave_url(recipient.public_id),
            Token.PREFERENCES_URL: urls.preferences_url(recipient.public_id),
            Token.WEB_URL: self.web_url,
            Token.ADDRESS: recipient.address,
        }

    def leave_header(self, recipient: Recipient) -> str:
        return links.bulk_links(self.newsletter).leave_header(recipient.public_id)

    def personalised(self, recipient: Recipient) -> EmailMultiAlternatives:
        """Return the email to one reader, with one To. Its Message-ID is the same however often it is sent to them."""
        values = self.values_for(recipient)
        headers = dict(self.headers)
        message = EmailMultiAlternatives(
            subject=self.subject,
            body=fill(self.text, values, str),
            from_email=headers.pop("From"),
            to=[recipient.address],
            headers=headers
            | {
                "Message-ID": message_id(self.digest, recipient.public_id),
                "List-Unsubscribe": self.leave_header(recipient),
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
        message.attach_alternative(fill(self.html, values, escape), "text/html")
        return message


def _words_of(content: Version | Draft) -> dict[str, str]:
    return {"subject": content.subject, "html": content.html, "text": content.text}


@lru_cache(maxsize=8)
def load(version_id: int, variant: int = 0) -> Message:
    """Versions never change, so a worker reads each of them once.

    Raises whatever keeps it from being made out, before any reader of it is in doubt.
    """
    version = Version.objects.select_related("digest__newsletter").get(pk=version_id)
    message = Message.of(version.digest, version, variant)
    message.personalised(SAMPLE).message()
    return message


def message_id(digest: str, subscriber: str) -> str:
    """Unique for each reader of each digest, the same on a resend (RFC 5322 section 3.6.4)."""
    return f"<{message_name(digest, subscriber)}@{host_of_messages()}>"


def message_name(digest: str, subscriber: str) -> str:
    """What stands before the @."""
    return hashlib.sha256(f"{digest} {subscriber}".encode()).hexdigest()[:32]


def host_of_messages() -> str:
    return mail_host(settings.SITE_URL)
