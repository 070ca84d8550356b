"""Looking at a digest, and keeping what was found for the pages that show many digests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils.translation import gettext as _

from digests import versions
from digests.choices import OPEN_STATES, AlertKind, DigestState
from digests.drafts import corrections
from digests.models import Digest, Preflight, SetAside, Version
from digests.notices import alerts
from digests.preflight import (
    of_corrections,
    of_look,
    of_mail,
    of_sender,
    of_sponsors,
    of_stories,
    of_words,
    visits,
)
from digests.preflight.finding import Finding, Place, blocking, to_json
from digests.preflight.gathering import gather, house_domains
from digests.preflight.material import Material
from digests.preflight.of_corrections import AFTER_APPROVAL
from digests.versions import Draft

Check = Callable[[Material], Iterator[Finding]]

# In the order in which an editor would mend what they find.
CHECKS: tuple[Check, ...] = (
    of_mail.live,
    of_stories.any_story,
    of_stories.urgent,
    of_words.any_subject,
    of_stories.retracted,
    of_stories.gone,
    of_stories.embargoed,
    of_words.placeholders,
    of_mail.unsubscribe,
    of_mail.postal_address,
    of_mail.names_address,
    of_mail.sendable,
    of_look.readable,
    of_mail.weight,
    of_corrections.changed,
    of_corrections.words,
    of_corrections.kept,
    of_stories.carried,
    of_stories.twice,
    of_stories.empty_sections,
    of_stories.described,
    of_stories.long_words,
    of_sponsors.worded,
    of_sponsors.described,
    of_sponsors.as_booked,
    of_words.addresses,
    of_words.any_preheader,
    of_words.subject_length,
    of_words.capitals,
    of_words.spam_words,
    of_stories.unreachable,
    of_mail.dead,
    of_mail.insecure,
    of_sender.aligned,
    of_sender.published,
    of_sender.audience,
)
# By itself: this often, from this long before a digest goes out.
EVERY = timedelta(minutes=5)
AHEAD = timedelta(hours=48)
AT_ONCE = 50
# These stand in the way of sending, and not of approving: they may be mended by then.
NOT_YET = frozenset({"not_live"})


@dataclass(frozen=True, slots=True)
class Report:
    """What stands in the way, what a person should look at, and what somebody has let pass already."""

    blocking: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    set_aside: tuple[tuple[Finding, SetAside], ...]
    links: tuple[str, ...] = ()
    sender: str = ""

    @property
    def is_clear(self) -> bool:
        return not (self.blocking or self.warnings)

    @property
    def in_the_way_of_approval(self) -> list[Finding]:
        return [finding for finding in self.blocking if finding.check not in NOT_YET]

    @property
    def corrected(self) -> list[Finding]:
        return [finding for finding in self.warnings if finding.check in AFTER_APPROVAL]


def findings_of(material: Material) -> list[Finding]:
    return [finding for check in CHECKS for finding in check(material)]


def report_on(digest: Digest, *, now: datetime, as_it_stands: bool = False) -> Report:
    """On what would go out: the approved version, else the digest as it stands. `as_it_stands`: in any case the latter.

    `digest` comes with its newsletter and approved version.
    """
    approved = digest.approved_version
    try:
        if approved is not None and digest.state == DigestState.APPROVED and not as_it_stands:
            return report_of(digest, approved, now=now)
        return report_of(digest, versions.draft_of(digest), now=now)
    except versions.CannotRender as error:
        text = _("It cannot be rendered. %(why)s") % {"why": error}
        place = Place.TEMPLATE if error.is_of_template else Place.DIGEST
        return Report((blocking("render", text, place),), (), ())


def report_of(
    digest: Digest, content: Version | Draft, *, now: datetime, with_readers: bool = True
) -> Report:
    material = gather(digest, content, now=now, with_readers=with_readers)
    found = findings_of(material)
    passed = {row.key: row for row in digest.set_aside.select_related("by")}
    warnings = [finding for finding in found if not finding.is_blocking]
    return Report(
        blocking=tuple(finding for finding in found if finding.is_blocking),
        warnings=tuple(finding for finding in warnings if finding.key not in passed),
        set_aside=tuple((f, passed[f.key]) for f in warnings if f.key in passed),
        links=(*(story.url for story in material.stories if story.url), *material.links),
        sender=material.sender,
    )


def due_ids(*, now: datetime) -> list[int]:
    """Digests still to come that have changed, or were not looked at for a while, the next one first."""
    return list(
        Digest.objects.open()
        .filter(assembled_at__isnull=False, due_at__lte=now + AHEAD, miss_at__gt=now)
        .filter(
            Q(preflight=None)
            | Q(preflight__ran_at__lte=now - EVERY)
            | ~Q(preflight__revision=F("revision"))
        )
        .order_by("due_at")
        .values_list("pk", flat=True)[:AT_ONCE]
    )


def run(digest_id: int, *, now: datetime) -> Report | None:
    """Look, keep what was found, and ask for what must be fetched; None when it is no longer open.

    What stands in the way of a digest that is approved already, or has been corrected since at its source, is an alert:
    nobody is looking at it any more.
    """
    corrections.settle(digest_id)
    digest = (
        Digest.objects.filter(pk=digest_id, state__in=OPEN_STATES)
        .select_related("newsletter", "approved_version")
        .first()
    )
    if digest is None:
        return None
    report = report_on(digest, now=now)
    keep(digest, report, now=now)
    visits.want(
        report.links, report.sender, until=digest.miss_at, now=now, house_domains=house_domains()
    )
    told = [*report.in_the_way_of_approval, *report.corrected]
    if digest.state == DigestState.APPROVED and told:
        text = " ".join(finding.text for finding in told)
        alerts.raise_alert(digest, AlertKind.PREFLIGHT, text, now=now)
    else:
        alerts.clear(digest, AlertKind.PREFLIGHT, now=now)
    return report


def keep(digest: Digest, report: Report, *, now: datetime) -> None:
    Preflight.objects.update_or_create(
        digest=digest,
        defaults={
            "ran_at": now,
            "revision": digest.revision,
            "findings": [to_json(finding) for finding in (*report.blocking, *report.warnings)],
            "blocking": len(report.blocking),
            "warnings": len(report.warnings),
        },
    )
