"""Everything that stands above the form of a digest."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from digests import versions
from digests.account import Line, account_of
from digests.choices import OPEN_STATES
from digests.models import Alert, Digest, Item, Section
from digests.outlook import outlook
from subscriptions import audience
from subscriptions.local_times import in_zone


@dataclass(frozen=True, slots=True)
class Block:
    section: Section
    shown: list[Item]
    beyond: list[Item]  # more than the section has room for: kept, but not sent


@dataclass(frozen=True, slots=True)
class Overview:
    sentences: list[str]
    alerts: list[Alert]
    approved: str  # empty: never
    changed: bool
    broken: str  # why it cannot be rendered; empty when it can
    blocks: list[Block]
    account: list[Line]
    audience_size: int | None


def overview_of(digest: Digest, *, now: datetime) -> Overview:
    changed, broken = _changed(digest)
    return Overview(
        sentences=outlook(digest, _readers(digest), now=now),
        alerts=list(digest.alerts.filter(cleared_at=None)),
        approved=_approved(digest),
        changed=changed,
        broken=broken,
        blocks=blocks_of(digest),
        account=account_of(digest.pk) if digest.frozen_at else [],
        audience_size=digest.audience_size,
    )


def blocks_of(digest: Digest) -> list[Block]:
    """In reading order; two queries and one for the articles."""
    blocks = []
    for section in digest.sections.prefetch_related("items__article__source", "items__image"):
        items = list(section.items.all())
        blocks.append(Block(section, items[: section.slots], items[section.slots :]))
    return blocks


def _readers(digest: Digest) -> int:
    return audience.size(digest.newsletter_id) if digest.state in OPEN_STATES else 0


def _changed(digest: Digest) -> tuple[bool, str]:
    try:
        return versions.has_changed(digest), ""
    except versions.CannotRender as error:
        return True, str(error)


def _approved(digest: Digest) -> str:
    version = digest.approved_version
    if version is None or digest.approved_at is None:
        return ""
    values = {
        "number": version.number,
        "time": in_zone(digest.approved_at, digest.zone),
        "who": digest.approved_by,
    }
    if digest.approved_by is None:
        return _("Version %(number)s, approved by its schedule’s rule at %(time)s") % values
    return _("Version %(number)s, approved by %(who)s at %(time)s") % values
