"""What each event of each service does to its reader: every one of the table is posted as the service posts it.

The endings are written down here from the services' documents, not taken from the table.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
from anymail.webhooks import (
    brevo,
    mailersend,
    mailgun,
    mailjet,
    mailtrap,
    mandrill,
    postmark,
    resend,
    sendgrid,
    sparkpost,
    unisender_go,
)  # fmt: skip
from django.test import Client

from digests import ledger
from digests.choices import Outcome
from digests.delivery.draining import drain
from digests.models import Event
from digests.tracking import processing
from digests.tracking.esps import ESPS
from digests.tracking.event_names import names_of
from digests.tracking.meanings import MEANINGS, meaning_of
from subscriptions.choices import BounceKind, SubscriptionState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.mailing.suppression import address_hash
from subscriptions.models import BounceReport, Subscriber, Subscription, Suppression
from tests.builders import Press
from tests.digests.tracking import posts
from tests.digests.tracking.conftest import Sent
from tests.digests.tracking.posts import Mail, Post
from tests.fakes import FakeTransport

pytestmark = pytest.mark.usefixtures("keys")
Build = Callable[[Mail], Post]


@dataclass(frozen=True)
class Ending:
    outcome: Outcome = Outcome.ACCEPTED
    reason: str = ""  # of a suppression
    report: str = ""
    has_left: bool = False


FAILED = Ending(Outcome.FAILED)
HARD = replace(FAILED, reason=SuppressionReason.BOUNCE, report=BounceKind.HARD)
SOFT = replace(FAILED, report=BounceKind.SOFT)
OURS = replace(FAILED, report=BounceKind.POLICY)
COMPLAINT = Ending(reason=SuppressionReason.COMPLAINT, report=BounceKind.COMPLAINT, has_left=True)
HAD_COMPLAINED = replace(COMPLAINT, outcome=Outcome.FAILED)
LEFT = Ending(has_left=True)
HAD_LEFT = replace(OURS, has_left=True)
NOTHING = Ending()


def named(build: Callable[..., Post], **endings: Ending) -> list[tuple[Build, Ending]]:
    """Events that a word tells apart."""
    return [(partial(build, event=word.replace("__", ".")), end) for word, end in endings.items()]


def each(build: Callable[..., Post], name: str, **endings: Ending) -> list[tuple[Build, Ending]]:
    return [(partial(build, **{name: word}), end) for word, end in endings.items()]


def jet(event: str, error: str = "", **more: Any) -> Build:
    return lambda mail: posts.mailjet(mail, {"event": event, "error": error, **more})


def grid(event: str, **more: Any) -> Build:
    return lambda mail: posts.sendgrid(mail, {"event": event, "sg_event_id": "1", **more})


def dropped(reason: str) -> Build:
    return grid("dropped", reason=reason)


def mark(kind: str, **more: Any) -> Build:
    return partial(posts.postmark, kind=kind, **more)


def changed(suppresses: bool, reason: str) -> Build:
    return mark(
        "", RecordType="SubscriptionChange", SuppressSending=suppresses, SuppressionReason=reason
    )


def spark(kind: str, *numbers: int) -> list[Build]:
    return [partial(posts.sparkpost, kind=kind, bounce_class=str(number)) for number in numbers]


def ses_of(event: str, **about: Any) -> Build:
    return partial(posts.ses, event=event, about=about)


def complained(mail: Mail, **more: Any) -> Post:
    return posts.ses(
        mail,
        "Complaint",
        about={"complainedRecipients": [{"emailAddress": mail.recipient}], **more},
    )


def err(detail: str) -> Build:
    return partial(posts.unisender, status="hard_bounced", detail=detail)


SERVICES: Mapping[str, list[tuple[Build, Ending]]] = {
    "brevo": named(
        posts.brevo,
        request=NOTHING, sent=NOTHING, deferred=NOTHING, delivered=NOTHING, opened=NOTHING,
        unique_opened=NOTHING, proxy_open=NOTHING, unique_proxy_open=NOTHING, click=NOTHING,
        list_addition=NOTHING, hard_bounce=HARD, invalid_email=HARD, soft_bounce=SOFT, blocked=OURS,
        error=FAILED, spam=COMPLAINT, complaint=COMPLAINT, unsubscribe=LEFT, unsubscribed=LEFT,
    ),
    "mailersend": named(
        posts.mailersend,
        sent=NOTHING, deferred=NOTHING, delivered=NOTHING, opened=NOTHING, opened_unique=NOTHING,
        clicked=NOTHING, clicked_unique=NOTHING, hard_bounced=HARD, soft_bounced=SOFT,
        spam_complaint=COMPLAINT, unsubscribed=LEFT,
    ),
    "mailgun": [
        *named(
            posts.mailgun,
            accepted=NOTHING, stored=NOTHING, delivered=NOTHING, opened=NOTHING, clicked=NOTHING,
            rejected=OURS, complained=COMPLAINT, unsubscribed=LEFT,
        ),
        *each(posts.mailgun, "severity", temporary=NOTHING, permanent=HARD, other=HARD),
        *each(posts.mailgun, "reason", old=SOFT, espblock=OURS, generic=HARD),
        (partial(posts.mailgun, reason="suppress-bounce"), HARD),
        (partial(posts.mailgun, reason="suppress-complaint"), HAD_COMPLAINED),
        (partial(posts.mailgun, reason="suppress-unsubscribe"), HAD_LEFT),
        (partial(posts.mailgun, reply="5.7.1 Message refused by policy"), OURS),
    ],
    "mailjet": [
        *((jet(event), NOTHING) for event in ("sent", "open", "click")),
        (jet("spam"), COMPLAINT), (jet("unsub"), LEFT),
        (jet("bounce", comment="550 5.1.1 No such user"), HARD),
        (jet("bounce", "mailbox inactive", hard_bounce=True), HARD),
        (jet("bounce", "mailbox inactive", hard_bounce=False), SOFT),
        (jet("bounce", "user unknown", hard_bounce=True), HARD),
        (jet("bounce", "quota exceeded", hard_bounce=True), SOFT),
        (jet("bounce", "greylisted", hard_bounce=False), NOTHING),
        (jet("bounce", "relay/access denied", hard_bounce=True), OURS),
        *((jet("bounce", "policy issue", error_related_to=whose, hard_bounce=True), OURS)
          for whose in ("spam", "mailjet", "system", "content")),
        (jet("blocked", "blacklisted", error_related_to="recipient"), OURS),
        (jet("blocked", "user unknown"), HARD), (jet("blocked", "invalid domain"), HARD),
        (jet("blocked", "typofix"), HARD), (jet("blocked", "preblocked"), SOFT),
        (jet("blocked", "spam reporter"), HAD_COMPLAINED), (jet("blocked", "greylisted"), NOTHING),
    ],
    "mailtrap": [
        *named(
            posts.mailtrap,
            delivery=NOTHING, open=NOTHING, click=NOTHING, suspension=NOTHING, bounce=HARD,
            reject=OURS, spam=COMPLAINT, unsubscribe=LEFT,
        ),
        (partial(posts.mailtrap, event="soft bounce"), NOTHING),
    ],
    "mandrill": [
        *named(
            posts.mandrill,
            send=NOTHING, deferral=NOTHING, delivered=NOTHING, open=NOTHING, click=NOTHING,
            whitelist=NOTHING, blacklist=NOTHING, allowlist=NOTHING, denylist=NOTHING,
            hard_bounce=HARD, soft_bounce=SOFT, reject=OURS, spam=COMPLAINT, unsub=LEFT,
        ),
        *((partial(posts.mandrill, event="reject", reject={"reason": reason}), end)
          for reason, end in {
              "hard-bounce": HARD, "invalid": HARD, "soft-bounce": SOFT, "custom": OURS,
              "rule": OURS, "spam": HAD_COMPLAINED, "unsub": HAD_LEFT,
          }.items()),
    ],
    "postal": [
        (partial(posts.postal, event="MessageSent", status="Sent"), NOTHING),
        (partial(posts.postal, event="MessageDelayed", status="SoftFail"), NOTHING),
        (partial(posts.postal, event="MessageHeld", status="Held"), NOTHING),
        (partial(posts.postal, event="MessageDeliveryFailed", status="HardFail",
                 output="550 5.1.1 No such user"), HARD),
        (partial(posts.postal, event="MessageDeliveryFailed", status="HardFail",
                 output="550 5.7.1 Refused by policy"), OURS),
        (posts.postal, SOFT),  # it says nothing more
        (partial(posts.postal, event="MessageLinkClicked", url="https://x.example/"), NOTHING),
        (partial(posts.postal, event="MessageLoaded", ip_address="192.0.2.1"), NOTHING),
    ],
    "postmark": [
        *((mark("", RecordType=record), NOTHING) for record in ("Delivery", "Open", "Click")),
        (mark("SpamComplaint"), COMPLAINT),
        (mark("SpamComplaint", RecordType="Bounce"), COMPLAINT),
        (mark("SomethingNew"), HARD),  # its words tell
        *((mark(kind), HARD) for kind in ("HardBounce", "BadEmailAddress", "Unknown")),
        (mark("SoftBounce"), SOFT),
        *((mark(kind), NOTHING) for kind in (
            "Transient", "DnsError", "AutoResponder", "AddressChange", "ChallengeVerification",
            "OpenRelayTest", "Subscribe", "InboundError",
        )),
        *((mark(kind), OURS) for kind in (
            "SpamNotification", "Blocked", "DMARCPolicy", "VirusNotification", "ManuallyDeactivated",
            "Unconfirmed",
        )),
        *((mark(kind), FAILED) for kind in ("SMTPApiError", "TemplateRenderingFailed")),
        (mark("Unsubscribe"), LEFT),
        (changed(True, "HardBounce"), HARD), (changed(True, "SpamComplaint"), COMPLAINT),
        (changed(True, "ManualSuppression"), LEFT), (changed(False, ""), NOTHING),
    ],
    "resend": [
        *named(
            posts.resend,
            email__sent=NOTHING, email__scheduled=NOTHING, email__delivery_delayed=NOTHING,
            email__delivered=NOTHING, email__opened=NOTHING, email__clicked=NOTHING,
            email__received=NOTHING, email__complained=COMPLAINT, email__failed=FAILED,
            email__suppressed=HARD,
        ),
        *each(posts.resend, "kind", Permanent=HARD, Transient=SOFT, Undetermined=SOFT, Else=HARD),
        *each(posts.resend, "part", Suppressed=HARD, OnAccountSuppressionList=HARD),
        *((partial(posts.resend, kind="Transient", part=part), OURS)
          for part in ("ContentRejected", "AttachmentRejected", "MessageTooLarge")),
    ],
    "sendgrid": [
        *((grid(event), NOTHING) for event in (
            "processed", "deferred", "delivered", "open", "click", "group_resubscribe",
        )),
        (grid("spamreport"), COMPLAINT),
        (grid("unsubscribe"), LEFT), (grid("group_unsubscribe"), LEFT),
        (grid("bounce", reason="550 5.1.1 No such user"), HARD),
        (grid("bounce", type="bounce", reason="550 5.1.1 No such user"), HARD),
        (grid("bounce", type="bounce", bounce_classification="Invalid Address", reason="550 gone"), HARD),
        *((grid("bounce", type="bounce", bounce_classification=word, reason="550 5.1.1 x"), OURS)
          for word in ("Content", "Reputation", "Frequency or Volume Too High")),
        (grid("bounce", type="bounce", bounce_classification="Technical", reason="550 x"), SOFT),
        (grid("bounce", type="blocked", reason="550 5.1.1 x"), OURS),
        (grid("bounce", type="expired"), SOFT),
        (dropped("Spam Content"), OURS), (dropped("Bounced Address"), HARD), (dropped("Invalid"), HARD),
        (dropped("Spam Reporting Address"), HAD_COMPLAINED),
        (dropped("Unsubscribed Address"), HAD_LEFT),
    ],
    "ses": [
        *((ses_of(event, recipients=[]), NOTHING) for event in ("Send", "DeliveryDelay", "Open", "Click")),
        (lambda mail: posts.ses(mail, "Delivery", about={"recipients": [mail.recipient]}), NOTHING),
        (ses_of("Reject", reason="Bad content"), OURS),
        (ses_of("Rendering Failure", errorMessage="no such name"), FAILED),
        *each(posts.ses, "kind", Permanent=HARD, Transient=SOFT, Undetermined=SOFT, Else=HARD),
        *each(posts.ses, "part", NoEmail=HARD, Suppressed=HARD, OnAccountSuppressionList=HARD,
              UnsubscribedRecipient=HAD_LEFT),
        *((partial(posts.ses, kind="Transient", part=part), end) for part, end in {
            "MailboxFull": SOFT, "MessageTooLarge": OURS, "ContentRejected": OURS,
            "AttachmentRejected": OURS,
        }.items()),
        (complained, COMPLAINT),
        *((partial(complained, complaintFeedbackType=word), COMPLAINT)
          for word in ("abuse", "fraud", "other")),
        *((partial(complained, complaintFeedbackType=word), NOTHING)
          for word in ("not-spam", "virus", "auth-failure")),
        (partial(complained, complaintSubType="OnAccountSuppressionList",
                 complaintFeedbackType=None), HAD_COMPLAINED),
        (ses_of("Subscription", newTopicPreferences={"unsubscribeAll": True}), LEFT),
        (ses_of("Subscription", newTopicPreferences={"unsubscribeAll": False}), NOTHING),
    ],
    "sparkpost": [
        *((build, NOTHING) for kind in (
            "injection", "delivery", "delay", "open", "initial_open", "amp_open", "amp_initial_open",
            "click", "amp_click",
        ) for build in spark(kind, 0)),
        *((build, COMPLAINT) for build in spark("spam_complaint", 0)),
        *((build, LEFT) for kind in ("list_unsubscribe", "link_unsubscribe") for build in spark(kind, 0)),
        *((build, OURS) for kind in ("policy_rejection", "generation_rejection")
          for build in spark(kind, 25)),
        *((build, FAILED) for build in spark("generation_failure", 0)),
        *((build, end) for kind in ("bounce", "out_of_band") for numbers, end in {
            (10, 30, 999): HARD,
            (1, 20, 21, 22, 24, 40, 70): SOFT,
            (23, 25, 26, 50, 51, 52, 53, 54): OURS,
            (60, 80, 100): NOTHING,
            (90,): LEFT,
        }.items() for build in spark(kind, *numbers)),
    ],
    "unisender-go": [
        *((partial(posts.unisender, status=status, detail=""), end) for status, end in {
            "sent": NOTHING, "delivered": NOTHING, "opened": NOTHING, "clicked": NOTHING,
            "subscribed": NOTHING, "soft_bounced": NOTHING, "spam": COMPLAINT, "unsubscribed": LEFT,
            "hard_bounced": HARD,
        }.items()),
        *((err(f"err_{word}"), HARD) for word in ("user_unknown", "user_inactive", "domain_inactive")),
        *((err(f"err_{word}"), SOFT) for word in (
            "mailbox_full", "mailbox_discarded", "unreachable", "delivery_failed",
            "destination_misconfigured",
        )),
        *((err(f"err_{word}"), OURS) for word in (
            "spam_rejected", "blacklisted", "too_large", "lost", "spam_skipped", "skip_letter",
        )),
        (err("err_unsubscribed"), HAD_LEFT),
    ],
}  # fmt: skip


def test_every_service_with_events_is_here() -> None:
    assert set(SERVICES) == set(MEANINGS) == set(ESPS)


@pytest.fixture
def sent_by(press: Press) -> Callable[[str, int], Sent]:
    def send(service: str, number: int) -> Sent:
        newsletter = press.newsletter()
        readers = press.readers(newsletter, number)
        digest = press.frozen(newsletter)
        transport = FakeTransport()
        transport.name = service
        drain(transport, seconds=10)
        return Sent(digest, readers)

    return send


def names_met(service: str) -> set[str]:
    """Return the names in the service's table that the events so far have used."""
    table = {name.lower() for name in MEANINGS[service]}
    payloads = [json.loads(event.payload) for event in Event.objects.all()]
    return {
        next(name for name in names_of(service, payload) if name in table)
        for payload in payloads
        if meaning_of(service, payload) is not None
    }


def ending(sent: Sent, reader: Subscriber) -> Ending:
    found = ledger.delivery_of(sent.digest.pk, reader.pk)
    assert found is not None
    suppression = Suppression.objects.filter(address_hash=address_hash(reader.address)).first()
    report = BounceReport.objects.filter(subscriber=reader).first()
    state = Subscription.objects.get(subscriber=reader).state
    consents = [str(consent.action) for consent in reader.consents.all()]
    assert consents == (["left"] if state == SubscriptionState.LEFT else [])
    return Ending(
        found.outcome,
        suppression.reason if suppression else "",
        report.kind if report else "",
        state == SubscriptionState.LEFT,
    )


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_event_of_every_service_ends_as_its_documents_say(
    client: Client, sent_by: Callable[[str, int], Sent], service: str
) -> None:
    rows = SERVICES[service]
    sent = sent_by(service, len(rows))
    for number, (build, _end) in enumerate(rows):
        by_token = {"token": f"token-{number}"} if service == "mailgun" else {}
        assert partial(build, **by_token)(sent.mail(number)).send(client) == 200
    assert names_met(service) == {name.lower() for name in MEANINGS[service]}

    processing.process(now=database_now(), seconds=60)

    for number, (build, expected) in enumerate(rows):
        if not ESPS[service].returns_metadata:  # such an event reaches the reader, not the account
            expected = replace(expected, outcome=Outcome.ACCEPTED)
        event = Event.objects.filter(recipient=sent.readers[number].address).first()
        assert ending(sent, sent.readers[number]) == expected, (number, build, event)


def _words(view: Any) -> set[str]:
    return set(view.event_types)


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("brevo", _words(brevo.BrevoTrackingWebhookView)),
        ("mailersend", _words(mailersend.MailerSendTrackingWebhookView)),
        ("mailgun", _words(mailgun.MailgunTrackingWebhookView)),
        ("mailjet", _words(mailjet.MailjetTrackingWebhookView)),
        ("mailtrap", _words(mailtrap.MailtrapTrackingWebhookView)),
        ("mandrill", _words(mandrill.MandrillCombinedWebhookView) - {"inbound"}),
        (
            "postmark",
            {f"Bounce {word}" for word in postmark.PostmarkTrackingWebhookView.event_types}
            - {"Bounce ManualSuppression"},
        ),
        ("resend", _words(resend.ResendTrackingWebhookView)),
        ("sendgrid", _words(sendgrid.SendGridTrackingWebhookView)),
        ("sparkpost", _words(sparkpost.SparkPostTrackingWebhookView)),
        (
            "sparkpost",
            {f"bounce {word}" for word in sparkpost.SparkPostTrackingWebhookView.reject_reasons},
        ),
        ("unisender-go", _words(unisender_go.UnisenderGoTrackingWebhookView)),
        (
            "unisender-go",
            {f"hard_bounced {word}" for word in unisender_go.UnisenderGoTrackingWebhookView.reject_reasons}
            - {"hard_bounced err_will_retry"},
        ),
    ],
)  # fmt: skip
def test_whatever_anymail_knows_stands_in_the_table(service: str, words: set[str]) -> None:
    """So that its next version cannot teach it an event that is nothing to us."""
    table = MEANINGS[service]
    assert {
        word for word in words if not any(f"{name} ".startswith(f"{word} ") for name in table)
    } == set()
