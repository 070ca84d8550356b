"""The words of each kind of letter that this app sends."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from digests import versions
from digests.choices import AlertKind
from digests.composing.testing import TEST_LETTER, tester
from digests.decisions import second_person, seeding
from digests.delivery.seeds import SEED_LETTER, is_open
from digests.messages.message import Message
from digests.models import Digest, SeedHold
from digests.notices.alerts import ALERT_LETTER, SERVICE_LETTER, TRANSPORT_LETTER
from digests.words import seed_words
from subscriptions.installation import mail_host
from subscriptions.letter_kinds import letterhead
from subscriptions.mailing.letters import Obsolete, maker, writer
from subscriptions.mailing.suppression import is_suppressed
from subscriptions.models import Letter, Publisher
from subscriptions.rendering.letters import render_letter
from subscriptions.rendering.rendered import Rendered


@writer(ALERT_LETTER)
def digest_alert(letter: Letter, now: datetime) -> Rendered:
    digest = Digest.objects.select_related("newsletter").filter(pk=letter.context["digest"]).first()
    if digest is None:
        raise Obsolete("The digest is gone.")
    page, link_text = reverse("admin:digests_digest_change", args=[digest.pk]), "Open the digest"
    if letter.context.get("kind") == AlertKind.SECOND:
        if not digest.approvals.waiting().exists():
            raise Obsolete("It is confirmed, or taken back.")
        page, link_text = second_person.page_of(digest), "Look and confirm"
    return render_letter(
        "alert",
        {
            "letterhead": letterhead(Publisher.objects.current()),
            "title": f"{digest}: {digest.get_state_display().lower()}",
            "lines": (letter.context["text"],),
            "url": settings.SITE_URL + page,
            "link_text": link_text,
        },
    )


@writer(SEED_LETTER)
def digest_seed(letter: Letter, now: datetime) -> Rendered:
    hold = (
        SeedHold.objects.select_related("digest__newsletter")
        .filter(digest=letter.context["digest"])
        .first()
    )
    if hold is None or not is_open(hold.digest, hold, now=now):
        raise Obsolete("It is stopped, or on its way to everybody.")
    return render_letter(
        "alert",
        {
            "letterhead": letterhead(Publisher.objects.current()),
            "title": f"{hold.digest}: look at it now",
            "lines": (
                "You are one of its seeds: it comes to you first.",
                *seed_words.of_hold(hold.digest, hold, now=now),
                "If all is well, do nothing.",
            ),
            "url": seeding.stop_url(letter, hold.digest),
            "link_text": "Stop it",
        },
    )


@writer(TRANSPORT_LETTER)
def transport_alert(letter: Letter, now: datetime) -> Rendered:
    takes_over = settings.MAIL_ROUTES.get("fallback")
    if takes_over is not None and takes_over.name != letter.context["name"]:
        follows = f"Digests go out by {takes_over.name} until it is back."
    else:
        follows = "Digests wait until it is back."
    return render_letter(
        "alert",
        {
            "letterhead": letterhead(Publisher.objects.current()),
            "title": f"{letter.context['name']} is down",
            "lines": (
                letter.context["why"],
                f"It failed several times in a row. {follows} It is tried again every few minutes.",
            ),
            "url": settings.SITE_URL + reverse("admin:index"),
            "link_text": "Open the desk",
        },
    )


@writer(SERVICE_LETTER)
def service_alert(letter: Letter, now: datetime) -> Rendered:
    page = letter.context.get("url", "")
    return render_letter(
        "alert",
        {
            "letterhead": letterhead(Publisher.objects.current()),
            "title": letter.context["title"],
            "lines": (
                (letter.context["text"],)
                if page
                else (letter.context["text"], "The desk shows how it stands; the log says more.")
            ),
            "url": page or settings.SITE_URL + reverse("admin:index"),
            "link_text": "Open its page" if page else "Open the desk",
        },
    )


@maker(TEST_LETTER, route="digests")
def digest_test(letter: Letter, now: datetime) -> EmailMultiAlternatives:
    """The digest as readers would get it now, by the way that they get it; only the subject is marked."""
    if is_suppressed(letter.address):
        raise Obsolete("No mail goes to this address any more.")
    digest = Digest.objects.select_related("newsletter").filter(pk=letter.context["digest"]).first()
    if digest is None:
        raise Obsolete("The digest is gone.")
    try:
        draft = versions.draft_of(digest)
    except versions.CannotRender as error:
        raise Obsolete(f"It cannot be rendered. {error}") from error
    mail = Message.of(digest, draft).personalised(tester(letter.address))
    mail.subject = f"[Test] {draft.subject}"
    # Each test is a message of its own: mailboxes fold those with one Message-ID.
    host = mail_host(settings.SITE_URL)
    mail.extra_headers["Message-ID"] = f"<test.{letter.public_id}@{host}>"
    return mail
