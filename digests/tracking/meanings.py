"""What each event of each service means: one table, from the services' own documents.

An event is known by a few words of its payload, the most exact first: “Bounce HardBounce”, else “Bounce”. What a
service calls hard is read once more with the other server's words, which may blame us; its POLICY and SOFT stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from digests.choices import EventKind
from digests.tracking.event_names import Payload, names_of
from subscriptions.choices import BounceKind


@dataclass(frozen=True, slots=True)
class Meaning:
    """`what`: in words, for the documentation."""

    what: str
    kind: EventKind
    said: BounceKind | None = None
    leaves: bool = False  # the reader has left, by their own will


_K, _HARD, _SOFT, _POLICY = EventKind, BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY

TAKEN = Meaning("the service has it", _K.QUEUED)
SENT = Meaning("on its way", _K.SENT)
DELAYED = Meaning("not yet; it tries again", _K.DEFERRED)
DELIVERED = Meaning("the reader's server has it", _K.DELIVERED)
OPENED = Meaning("opened", _K.OPENED)
CLICKED = Meaning("clicked", _K.CLICKED)
ANSWERED = Meaning("a program has answered for the reader", _K.AUTORESPONDED)
HARD = Meaning("hard bounce, unless the words blame us", _K.BOUNCED, _HARD)
SOFT = Meaning("soft bounce", _K.BOUNCED, _SOFT)
POLICY = Meaning("refused for us, not for the reader", _K.BOUNCED, _POLICY)
BY_ITS_WORDS = Meaning("a bounce of the kind that its words tell", _K.BOUNCED)
GIVEN_UP = Meaning("not sent: the mailbox has bounced before; hard bounce", _K.REJECTED, _HARD)
AVOIDED = Meaning("not sent: the mailbox has bounced lately; soft bounce", _K.REJECTED, _SOFT)
HELD_BACK = Meaning("not sent, for us or by a rule of the service", _K.REJECTED, _POLICY)
HAD_COMPLAINED = Meaning(
    "not sent: the reader has complained before; a complaint", _K.REJECTED, BounceKind.COMPLAINT
)
HAD_LEFT = Meaning(
    "not sent: the reader has left at the service; leaves", _K.REJECTED, _POLICY, leaves=True
)
FAILED = Meaning("the service could not make a mail of it", _K.FAILED)
COMPLAINT = Meaning("a complaint", _K.COMPLAINED, BounceKind.COMPLAINT)
RESCUED = Meaning("the opposite of a complaint: the reader has taken it out of junk", _K.DELIVERED)
LEAVES = Meaning("leaves", _K.UNSUBSCRIBED, leaves=True)
JOINED = Meaning("nothing: who joins us does so here", _K.SUBSCRIBED)
NOTHING = Meaning("nothing", _K.UNKNOWN)

_USUAL = {"delivered": DELIVERED, "opened": OPENED, "clicked": CLICKED}

MEANINGS: Final[Mapping[str, Mapping[str, Meaning]]] = {
    # https://developers.brevo.com/docs/transactional-webhooks
    "brevo": {
        "request": TAKEN, "sent": TAKEN, "deferred": DELAYED, "delivered": DELIVERED,
        "hard_bounce": HARD, "invalid_email": HARD, "soft_bounce": SOFT,
        "blocked": HELD_BACK, "error": FAILED,
        "spam": COMPLAINT, "complaint": COMPLAINT,
        "unsubscribe": LEAVES, "unsubscribed": LEAVES,
        "unique_opened": OPENED, "opened": OPENED, "unique_proxy_open": OPENED, "proxy_open": OPENED,
        "click": CLICKED, "list_addition": JOINED,
    },
    # https://developers.mailersend.com/api/v1/webhooks.html
    "mailersend": {
        **_USUAL, "sent": SENT, "deferred": DELAYED,
        "hard_bounced": HARD, "soft_bounced": SOFT,
        "spam_complaint": COMPLAINT, "unsubscribed": LEAVES,
        "opened_unique": OPENED, "clicked_unique": CLICKED,
    },
    # https://documentation.mailgun.com/docs/mailgun/user-manual/events
    "mailgun": {
        **_USUAL, "accepted": TAKEN, "stored": NOTHING, "rejected": HELD_BACK,
        "failed temporary": DELAYED,
        "failed permanent": HARD,
        "failed permanent old": SOFT,  # given up after days of trying
        "failed permanent espblock": POLICY,
        "failed permanent suppress-bounce": GIVEN_UP,
        "failed permanent suppress-complaint": HAD_COMPLAINED,
        "failed permanent suppress-unsubscribe": HAD_LEFT,
        "failed": BY_ITS_WORDS,
        "complained": COMPLAINT, "unsubscribed": LEAVES,
    },
    # https://dev.mailjet.com/email/guides/webhooks/
    "mailjet": {
        "sent": DELIVERED, "open": OPENED, "click": CLICKED, "spam": COMPLAINT, "unsub": LEAVES,
        "bounce hard": HARD, "bounce soft": SOFT, "bounce": BY_ITS_WORDS,
        "bounce user unknown": HARD,
        "bounce quota exceeded": SOFT,
        "bounce greylisted": DELAYED,
        "bounce relay/access denied": POLICY,
        **dict.fromkeys(("bounce spam", "bounce mailjet", "bounce system", "bounce content"), POLICY),
        "blocked": HELD_BACK,
        "blocked user unknown": GIVEN_UP,
        "blocked invalid domain": GIVEN_UP,
        "blocked typofix": GIVEN_UP,
        "blocked preblocked": AVOIDED,
        "blocked spam reporter": HAD_COMPLAINED,
        "blocked greylisted": DELAYED,
    },
    # https://api-docs.mailtrap.io/docs/mailtrap-api-docs/email-sending/webhooks
    "mailtrap": {
        "delivery": DELIVERED, "open": OPENED, "click": CLICKED,
        "bounce": HARD, "soft bounce": DELAYED, "suspension": DELAYED, "reject": HELD_BACK,
        "spam": COMPLAINT, "unsubscribe": LEAVES,
    },
    # https://mailchimp.com/developer/transactional/docs/webhooks/
    "mandrill": {
        "send": SENT, "deferral": DELAYED, "delivered": DELIVERED, "open": OPENED, "click": CLICKED,
        "hard_bounce": HARD, "soft_bounce": SOFT, "spam": COMPLAINT, "unsub": LEAVES,
        "reject": HELD_BACK,
        "reject hard-bounce": GIVEN_UP, "reject invalid": GIVEN_UP,
        "reject soft-bounce": AVOIDED,
        "reject spam": HAD_COMPLAINED, "reject unsub": HAD_LEFT,
        **dict.fromkeys(("whitelist", "blacklist", "allowlist", "denylist"), NOTHING),
    },
    # https://docs.postalserver.io/developer/webhooks
    "postal": {
        "Sent": DELIVERED, "SoftFail": DELAYED, "Held": TAKEN, "HardFail": BY_ITS_WORDS,
        "Bounced": BY_ITS_WORDS, "clicked": CLICKED, "opened": OPENED,
    },
    # https://postmarkapp.com/developer/webhooks/bounce-webhook, …/subscription-change-webhook
    "postmark": {
        "Delivery": DELIVERED, "Open": OPENED, "Click": CLICKED, "SpamComplaint": COMPLAINT,
        "Bounce": BY_ITS_WORDS,
        "Bounce HardBounce": HARD, "Bounce BadEmailAddress": HARD,
        "Bounce SoftBounce": SOFT, "Bounce Transient": DELAYED, "Bounce DnsError": DELAYED,
        "Bounce AutoResponder": ANSWERED, "Bounce AddressChange": ANSWERED,
        "Bounce ChallengeVerification": ANSWERED,
        "Bounce SpamNotification": POLICY,  # a filter's
        "Bounce Blocked": POLICY, "Bounce DMARCPolicy": POLICY, "Bounce VirusNotification": POLICY,
        "Bounce OpenRelayTest": NOTHING, "Bounce Unknown": BY_ITS_WORDS,
        "Bounce SpamComplaint": COMPLAINT,
        "Bounce Unsubscribe": LEAVES, "Bounce Subscribe": JOINED,
        "Bounce ManuallyDeactivated": HELD_BACK, "Bounce Unconfirmed": HELD_BACK,
        "Bounce SMTPApiError": FAILED, "Bounce TemplateRenderingFailed": FAILED,
        "Bounce InboundError": NOTHING,
        "SubscriptionChange true HardBounce": GIVEN_UP,
        "SubscriptionChange true SpamComplaint": COMPLAINT,
        "SubscriptionChange true": LEAVES,  # ManualSuppression: by its link, or by staff at Postmark
        "SubscriptionChange false": JOINED,
    },
    # https://resend.com/docs/webhooks/event-types
    "resend": {
        "email.sent": SENT, "email.scheduled": TAKEN, "email.delivery_delayed": DELAYED,
        "email.delivered": DELIVERED, "email.opened": OPENED, "email.clicked": CLICKED,
        "email.complained": COMPLAINT, "email.failed": FAILED, "email.suppressed": GIVEN_UP,
        "email.bounced": BY_ITS_WORDS,
        "email.bounced Permanent": HARD, "email.bounced Permanent Suppressed": GIVEN_UP,
        "email.bounced Permanent OnAccountSuppressionList": GIVEN_UP,
        "email.bounced Transient": SOFT, "email.bounced Undetermined": SOFT,
        "email.bounced Transient ContentRejected": POLICY,
        "email.bounced Transient AttachmentRejected": POLICY,
        "email.bounced Transient MessageTooLarge": POLICY,
        "email.received": NOTHING,
    },
    # https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
    "sendgrid": {
        "processed": TAKEN, "deferred": DELAYED, "delivered": DELIVERED, "open": OPENED,
        "click": CLICKED, "spamreport": COMPLAINT, "unsubscribe": LEAVES,
        "group_unsubscribe": LEAVES, "group_resubscribe": JOINED,
        "bounce": BY_ITS_WORDS, "bounce bounce": HARD, "bounce blocked": POLICY,
        "bounce expired": SOFT,
        "bounce bounce content": POLICY, "bounce bounce reputation": POLICY,
        "bounce bounce frequency or volume too high": POLICY, "bounce bounce technical": SOFT,
        "dropped": HELD_BACK, "dropped bounced address": GIVEN_UP, "dropped invalid": GIVEN_UP,
        "dropped spam reporting address": HAD_COMPLAINED,
        "dropped unsubscribed address": HAD_LEFT,
    },
    # https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    "ses": {
        "Send": SENT, "Delivery": DELIVERED, "DeliveryDelay": DELAYED, "Open": OPENED,
        "Click": CLICKED, "Reject": HELD_BACK, "Rendering Failure": FAILED,
        "Bounce": BY_ITS_WORDS,
        "Bounce Permanent": HARD, "Bounce Permanent Suppressed": GIVEN_UP,
        "Bounce Permanent OnAccountSuppressionList": GIVEN_UP,
        "Bounce Permanent UnsubscribedRecipient": HAD_LEFT,
        "Bounce Transient": SOFT, "Bounce Undetermined": SOFT,
        "Bounce Transient MessageTooLarge": POLICY, "Bounce Transient ContentRejected": POLICY,
        "Bounce Transient AttachmentRejected": POLICY,
        "Complaint": COMPLAINT,
        "Complaint OnAccountSuppressionList": HAD_COMPLAINED,
        "Complaint not-spam": RESCUED,
        "Complaint virus": NOTHING, "Complaint auth-failure": NOTHING,  # of us, not by the reader
        "Subscription": NOTHING, "Subscription true": LEAVES,
    },
    # https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
    "sparkpost": {
        "injection": TAKEN, "delivery": DELIVERED, "delay": DELAYED,
        **dict.fromkeys(("open", "initial_open", "amp_open", "amp_initial_open"), OPENED),
        **dict.fromkeys(("click", "amp_click"), CLICKED),
        "spam_complaint": COMPLAINT, "list_unsubscribe": LEAVES, "link_unsubscribe": LEAVES,
        "policy_rejection": HELD_BACK, "generation_rejection": HELD_BACK,
        "generation_failure": FAILED,
        **{f"{name} {number}": meaning for name in ("bounce", "out_of_band") for number, meaning in {
            "1": SOFT, "10": HARD, "20": SOFT, "21": SOFT, "22": SOFT, "23": POLICY, "24": SOFT,
            "25": POLICY, "26": HELD_BACK, "30": HARD, "40": SOFT,
            **dict.fromkeys(("50", "51", "52", "53", "54"), POLICY),
            "60": ANSWERED, "70": SOFT, "80": JOINED, "90": LEAVES, "100": ANSWERED,
        }.items()},
        "bounce": BY_ITS_WORDS, "out_of_band": BY_ITS_WORDS,
    },
    # https://godocs.unisender.ru/email-statuses
    "unisender-go": {
        **_USUAL, "sent": SENT, "spam": COMPLAINT, "unsubscribed": LEAVES, "subscribed": JOINED,
        "soft_bounced": DELAYED, "hard_bounced": BY_ITS_WORDS,
        **dict.fromkeys(("hard_bounced err_user_unknown", "hard_bounced err_user_inactive",
                         "hard_bounced err_domain_inactive"), HARD),
        **dict.fromkeys(("hard_bounced err_mailbox_full", "hard_bounced err_mailbox_discarded",
                         "hard_bounced err_unreachable", "hard_bounced err_delivery_failed",
                         "hard_bounced err_destination_misconfigured"), SOFT),
        **dict.fromkeys(("hard_bounced err_spam_rejected", "hard_bounced err_blacklisted",
                         "hard_bounced err_too_large", "hard_bounced err_lost"), POLICY),
        **dict.fromkeys(("hard_bounced err_spam_skipped", "hard_bounced err_skip_letter"), HELD_BACK),
        "hard_bounced err_unsubscribed": HAD_LEFT,
    },
}  # fmt: skip


# Whatever the case in which a service writes its words today.
_TABLES = {
    service: {name.lower(): meaning for name, meaning in table.items()}
    for service, table in MEANINGS.items()
}


def meaning_of(service: str, payload: Payload) -> Meaning | None:
    """Return what an event means; None if it is none of the events that the service documents."""
    table = _TABLES.get(service, {})
    return next((table[name] for name in names_of(service, payload) if name in table), None)
