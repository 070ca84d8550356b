"""More of an archive than one morning makes: an edition before it, its correction, and a paper read from the right."""

from dataclasses import replace
from datetime import datetime, timedelta

from digests.choices import MAIN_SLOT, ApprovalRule, DigestState
from digests.models import Digest, Version
from digests.rendering.content import Content
from digests.rendering.own_look import OwnLook
from digests.rendering.stored_content import restored, stored
from subscriptions.choices import NewsletterState
from subscriptions.models import Newsletter
from tools.demo.newsdesk import ZONE, Desk
from tools.pictures.arabic import NAME, in_arabic
from tools.pictures.samples import OWN_MJML

ARABIC = "harbour-arabic"


def furnish_archive(desk: Desk, sent: Digest, *, now: datetime) -> dict[str, str]:
    """The paths to photograph, by name."""
    sent.refresh_from_db()
    assert sent.sending_version is not None  # noqa: S101 - it has been sent
    briefing = restored(sent.sending_version.content)
    after = max(now, sent.due_at + timedelta(minutes=1))
    earlier = replace(
        briefing, subject="The library opens on Sundays again", blocks=(), sponsors=()
    )
    own = OwnLook(band="#7a0019", faces="sans", mjml=OWN_MJML)
    _gone_out(desk.briefing, MAIN_SLOT, replace(earlier, own_look=own), now - timedelta(days=1))
    correction = "The ferry carried 212 people, not 312"
    _gone_out(
        desk.briefing, "correction-1", replace(earlier, subject=correction), after, corrects=sent
    )
    paper = Newsletter.objects.create(
        name=NAME,
        slug=ARABIC,
        language="ar",
        colour="#7a3b1d",
        description="أخبار المدينة كل صباح، في خمس دقائق.",
        frequency="كل صباح",
        state=NewsletterState.LIVE,
        position=9,
    )
    digest = _gone_out(paper, MAIN_SLOT, in_arabic(briefing), now - timedelta(hours=1))
    home, day = f"/archive/{sent.newsletter.slug}/", f"{sent.local_date:%Y-%m-%d}/"
    return {
        "archive": home,
        "archived": home + day,
        "archived-correction": f"{home}{day}correction-1/",
        "archived-own-look": f"{home}{now - timedelta(days=1):%Y-%m-%d}/",
        "archive-arabic": f"/archive/{ARABIC}/",
        "archived-arabic": f"/archive/{ARABIC}/{digest.local_date:%Y-%m-%d}/",
    }


def _gone_out(
    newsletter: Newsletter,
    slot: str,
    content: Content,
    when: datetime,
    *,
    corrects: Digest | None = None,
) -> Digest:
    moments = dict.fromkeys(("assemble_at", "deadline_at", "due_at", "miss_at", "expires_at"), when)
    digest = Digest.objects.create(
        newsletter=newsletter,
        local_date=when.date(),
        slot=slot,
        zone=ZONE,
        approval_rule=ApprovalRule.SEND_APPROVED,
        corrects=corrects,
        **moments,
    )
    version = Version.objects.create(
        digest=digest,
        number=1,
        subject=content.subject,
        preheader=content.preheader,
        html="-",
        text="-",
        content=stored(content),
        fingerprint=f"{digest.pk:064}",
        created_at=when,
    )
    Digest.objects.filter(pk=digest.pk).update(
        state=DigestState.SENT,
        sending_version=version,
        frozen_at=when,
        sent_at=when,
        audience_size=0,
    )
    digest.refresh_from_db()
    return digest
