"""Whether a service calls its own bounce hard, soft, or a matter of policy: each says it elsewhere in its payload."""

from collections.abc import Callable, Mapping
from typing import Any

from subscriptions.choices import BounceKind

HARD, SOFT, POLICY = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY

Payload = Any  # JSON that somebody else wrote: nothing about its shape is certain

_BY_WORD: Mapping[str, Mapping[str, BounceKind]] = {
    "brevo": {
        "hard_bounce": HARD,
        "invalid_email": HARD,
        "soft_bounce": SOFT,
        "blocked": POLICY,
        "error": POLICY,
    },
    "mailersend": {"hard_bounced": HARD, "soft_bounced": SOFT},
    "mailtrap": {"bounce": HARD, "reject": POLICY},
    "mandrill": {"hard_bounce": HARD, "soft_bounce": SOFT},
    "postmark": {
        "HardBounce": HARD,
        "BadEmailAddress": HARD,
        "SoftBounce": SOFT,
        "Transient": SOFT,
        "DnsError": SOFT,
        "Blocked": POLICY,
        "SpamNotification": POLICY,
        "DMARCPolicy": POLICY,
        "VirusNotification": POLICY,
        "ManuallyDeactivated": POLICY,
    },
    "resend": {"Permanent": HARD, "Transient": SOFT, "Undetermined": SOFT},
    "sendgrid": {"bounce": HARD, "blocked": POLICY, "expired": SOFT},
    "ses": {"Permanent": HARD, "Transient": SOFT, "Undetermined": SOFT},
    "sparkpost": {
        **dict.fromkeys(("10", "30", "90"), HARD),
        **dict.fromkeys(("1", "20", "21", "22", "23", "24", "40", "60", "70", "100"), SOFT),
        **dict.fromkeys(("25", "50", "51", "52", "53", "54"), POLICY),
    },
    "unisender-go": {
        **dict.fromkeys(("err_user_unknown", "err_user_inactive", "err_domain_inactive"), HARD),
        **dict.fromkeys(("err_spam_rejected", "err_blacklisted", "err_spam_skipped"), POLICY),
        **dict.fromkeys(
            (
                "err_mailbox_full", "err_mailbox_discarded", "err_too_large", "err_unreachable",
                "err_destination_misconfigured", "err_delivery_failed", "err_lost", "err_will_retry",
            ),
            SOFT,
        ),
    },
}  # fmt: skip
_PLACES: Mapping[str, tuple[str, ...]] = {
    "brevo": ("event",),
    "mailersend": ("data", "type"),
    "mailtrap": ("event",),
    "mandrill": ("event",),
    "postmark": ("Type",),
    "resend": ("data", "bounce", "type"),
    "sendgrid": ("type",),
    "ses": ("bounce", "bounceType"),
    "sparkpost": ("msys", "*", "bounce_class"),
    "unisender-go": ("delivery_info", "delivery_status"),
}
# What Mailjet relates to the reader; all else it reports is its own or our business.
_MAILJET_POLICY = frozenset({"spam", "mailjet", "system", "content"})


def said(esp: str, payload: Payload) -> BounceKind | None:
    """None: the service does not say, or not here."""
    special = _SPECIAL.get(esp)
    if special is not None:
        return special(payload)
    word = _at(payload, _PLACES.get(esp, ()))
    return _BY_WORD[esp].get(word) if esp in _BY_WORD and isinstance(word, str) else None


def explained(esp: str, payload: Payload) -> str:
    """The words for a person of services that anymail hands on without; empty for all others."""
    places = _EXPLANATIONS.get(esp, ())
    found = [_at(payload, place) for place in places]
    return ": ".join(text for text in found if isinstance(text, str) and text)


_EXPLANATIONS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "mailjet": (("error",), ("comment",)),
    "resend": (("data", "bounce", "message"),),
}


def _at(payload: Payload, path: tuple[str, ...]) -> Payload:
    for name in path:
        if not isinstance(payload, dict):
            return None
        payload = next(iter(payload.values()), None) if name == "*" else payload.get(name)
    return payload


def _mailgun(payload: Payload) -> BounceKind | None:
    severity = _at(payload, ("event-data", "severity"))
    reason = _at(payload, ("event-data", "reason"))
    if severity == "temporary" or reason == "old":  # given up after days of trying
        return SOFT
    if reason in {"suppress-unsubscribe", "suppress-complaint"}:
        return POLICY
    return HARD if severity == "permanent" else None


def _mailjet(payload: Payload) -> BounceKind | None:
    if _at(payload, ("error_related_to",)) in _MAILJET_POLICY:
        return POLICY
    is_hard = _at(payload, ("hard_bounce",))
    return None if is_hard is None else HARD if is_hard else SOFT


_SPECIAL: Mapping[str, Callable[[Payload], BounceKind | None]] = {
    "mailgun": _mailgun,
    "mailjet": _mailjet,
}
