"""From a digest's rows to a version: what the editor sees in the preview is what a version holds."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Max

from digests import contents
from digests.choices import DigestState
from digests.models import Digest, SubjectTest, Version
from digests.rendering.compose import render
from digests.rendering.content import Content, stories_in
from digests.rendering.link_parameters import with_parameters
from digests.rendering.mail_headers import list_id
from digests.rendering.stored_content import stored
from digests.rendering.well_formed import TooMuch
from subscriptions.mailing.mail import mailbox
from subscriptions.models import Publisher
from subscriptions.rendering.cleaning import RefusedLinkError
from subscriptions.rendering.colours import UnknownColourError
from subscriptions.rendering.mjml import MjmlError
from subscriptions.rendering.templates import MissingNameError

# Beside what a content says of itself; pairs, because PostgreSQL keeps no order of names.
PARAMETERS = "link_parameters"


class CannotRender(Exception):
    """A template that does not compile, a link that is none; the text says which, for the editor."""

    @property
    def is_of_template(self) -> bool:
        """Is it mended on the template's page, and not among the stories?"""
        return isinstance(self.__cause__, MjmlError | MissingNameError | UnknownColourError)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rendered digest that is not kept: what a version would hold now."""

    subject: str
    preheader: str
    html: str
    text: str
    headers: dict[str, str]
    article_ids: tuple[int, ...]
    content: dict[str, Any]  # what its page on the web is made of
    variants: tuple[dict[str, str], ...] = ()  # one for each further subject of its subject test

    @property
    def fingerprint(self) -> str:
        content: list[object] = [self.subject, self.preheader, self.html, self.text, self.headers]
        content += [self.variants] if self.variants else []
        # The same words of another booking are another proof.
        sponsors = self.content.get("sponsors", ())
        content += [[sponsor["booking"] for sponsor in sponsors]] if sponsors else []
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def draft_of(digest: Digest) -> Draft:
    """Render the digest as it stands. Raises CannotRender."""
    rows = contents.Rows.of(digest)
    with _in_words():
        return _rendered(
            contents.content_of(rows),
            parameters=contents.link_parameters(digest, rows.template),
            further_subjects=_further_subjects(digest),
            headers=_headers(digest, rows.publisher),
        )


def draft_like(version: Version, content: Content) -> Draft:
    """A content with all else as the version has it: parameters of links, headers, further subjects.

    Raises CannotRender.
    """
    with _in_words():
        return _rendered(
            content,
            parameters=dict(version.content.get(PARAMETERS, ())),
            further_subjects=[variant["subject"] for variant in version.variants],
            headers=version.headers,
        )


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn the errors of rendering into CannotRender, with their words."""
    try:
        yield
    except (MjmlError, RefusedLinkError, MissingNameError, TooMuch, UnknownColourError) as error:
        raise CannotRender(str(error)) from error


def _rendered(
    content: Content,
    *,
    parameters: Mapping[str, str],
    further_subjects: Iterable[str],
    headers: Mapping[str, str],
) -> Draft:
    plain = with_parameters(content, {})
    full = with_parameters(plain, parameters)
    mail = render(full)
    variants = tuple(_variant(replace(full, subject=subject)) for subject in further_subjects)
    return Draft(
        subject=mail.subject,
        preheader=mail.preheader,
        html=mail.html,
        text=mail.text,
        headers=dict(headers),
        article_ids=tuple(story.article for story in stories_in(content) if story.article),
        variants=variants,
        content=stored(plain) | {PARAMETERS: list(parameters.items())},
    )


def _further_subjects(digest: Digest) -> list[str]:
    test = SubjectTest.objects.filter(digest=digest.pk).first()
    return test.alternatives if test else []


def _variant(content: Content) -> dict[str, str]:
    rendered = render(content)
    return {"subject": rendered.subject, "html": rendered.html, "text": rendered.text}


def keep(digest: Digest, *, by: User | None, now: datetime) -> Version:
    """Keep the digest as it stands as its next version. Raises CannotRender."""
    return keep_draft(digest, draft_of(digest), by=by, now=now)


def keep_draft(digest: Digest, draft: Draft, *, by: User | None, now: datetime) -> Version:
    """Keep a draft as the digest's next version; unchanged content is the version it was.

    The caller holds the digest's row lock, which makes the number safe.
    """
    latest = digest.versions.order_by("-number").first()
    if latest is not None and latest.fingerprint == draft.fingerprint:
        return latest
    number = (digest.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    return Version.objects.create(
        digest=digest,
        number=number,
        subject=draft.subject,
        preheader=draft.preheader,
        html=draft.html,
        text=draft.text,
        headers=draft.headers,
        article_ids=list(draft.article_ids),
        variants=list(draft.variants),
        content=draft.content,
        fingerprint=draft.fingerprint,
        created_at=now,
        created_by=by,
    )


def has_changed(digest: Digest) -> bool:
    """Does the digest as it stands differ from what was approved, or is being sent?"""
    version = digest.sending_version if digest.is_under_way else digest.approved_version
    return (
        version is not None
        and (digest.state == DigestState.APPROVED or digest.is_under_way)
        and draft_of(digest).fingerprint != version.fingerprint
    )


def _headers(digest: Digest, publisher: Publisher) -> dict[str, str]:
    """What is the same for every reader; RFC 2919 for List-Id. The reader's own are added in messages/message.py."""
    newsletter = digest.newsletter
    host = (urlsplit(settings.SITE_URL).hostname or "").replace(":", "-")  # of an IPv6 address
    name = newsletter.sender_name or publisher.sender_name or newsletter.name
    headers = {
        "From": mailbox(name, newsletter.sender_address or publisher.sender_address),
        "List-Id": list_id(newsletter.name, f"{newsletter.slug}.{host}"),
        "Precedence": "bulk",
        "Feedback-ID": f"{digest.local_date:%Y%m%d}:{newsletter.slug}:digest:newsroom",
    }
    if newsletter.reply_to:
        headers["Reply-To"] = newsletter.reply_to
    return headers
