"""Where the words stand by which a service tells its events apart: each has them elsewhere in its payload."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Payload = Any  # JSON that somebody else wrote: nothing about its shape is certain
Path = tuple[str, ...]

# For each word of a name the places where it may stand; “*” is whatever comes first there.
_PLACES: Mapping[str, tuple[tuple[Path, ...], ...]] = {
    "brevo": ((("event",),),),
    "mailersend": ((("data", "type"),),),
    "mailgun": (
        (("event-data", "event"), ("event",)),
        (("event-data", "severity"),),
        (("event-data", "reason"),),
    ),
    "mailtrap": ((("event",),),),
    "mandrill": (
        (("event",), ("type",)),
        (("msg", "reject", "reason"), ("msg", "reject"), ("reject", "reason")),
    ),
    "postmark": ((("RecordType",),), (("SuppressSending",),), (("Type",), ("SuppressionReason",))),
    "resend": ((("type",),), (("data", "bounce", "type"),), (("data", "bounce", "subType"),)),
    "sendgrid": ((("event",),), (("type",), ("reason",)), (("bounce_classification",),)),
    "ses": (
        (("eventType",), ("notificationType",)),
        (
            ("bounce", "bounceType"),
            ("complaint", "complaintSubType"),
            ("complaint", "complaintFeedbackType"),
            ("subscription", "newTopicPreferences", "unsubscribeAll"),
        ),
        (("bounce", "bounceSubType"),),
    ),
    "sparkpost": ((("msys", "*", "type"),), (("msys", "*", "bounce_class"),)),
    "unisender-go": ((("status",),), (("delivery_info", "delivery_status"),)),
}
# The words for a person of services that anymail hands on without.
_EXPLANATIONS: Mapping[str, tuple[Path, ...]] = {
    "mailjet": (("error",), ("comment",)),
    "resend": (("data", "bounce", "message"),),
}


def names_of(service: str, payload: Payload) -> list[str]:
    """What the event may be called, the most exact name first, in lower case."""
    special = _SPECIAL.get(service)
    if special is not None:
        return special(payload)
    found = (_first(payload, paths) for paths in _PLACES.get(service, ()))
    return _shorter_and_shorter([word for word in found if word])


def explained(service: str, payload: Payload) -> str:
    """Empty where anymail hands the words on, or where there are none."""
    found = [_at(payload, path) for path in _EXPLANATIONS.get(service, ())]
    return ": ".join(text for text in found if isinstance(text, str) and text)


def _mailjet(payload: Payload) -> list[str]:
    """An error is known by its own words, by whom it relates to, or by whether it lasts."""
    event, is_hard = _word(_at(payload, ("event",))), _at(payload, ("hard_bounce",))
    lasting = "" if is_hard is None else "hard" if is_hard else "soft"
    reasons = [_word(_at(payload, (name,))) for name in ("error", "error_related_to")]
    return [*(f"{event} {reason}" for reason in (*reasons, lasting) if reason), event]


def _postal(payload: Payload) -> list[str]:
    """Return the event's names. Postal's payloads are known by what they hold."""
    status = _word(_at(payload, ("payload", "status")))
    if status:
        return [status]
    if _at(payload, ("payload", "bounce")) is not None:
        return ["bounced"]
    if _at(payload, ("payload", "url")) is not None:
        return ["clicked"]
    return ["opened"] if _word(_at(payload, ("event",))) == "messageloaded" else []


_SPECIAL: Mapping[str, Callable[[Payload], list[str]]] = {"mailjet": _mailjet, "postal": _postal}


def _shorter_and_shorter(words: Sequence[str]) -> list[str]:
    return [" ".join(words[:number]) for number in range(len(words), 0, -1)]


def _first(payload: Payload, paths: Sequence[Path]) -> str:
    return next(filter(None, (_word(_at(payload, path)) for path in paths)), "")


def _word(value: Payload) -> str:
    return str(value).strip().lower() if isinstance(value, str | bool | int) else ""


def _at(payload: Payload, path: Path) -> Payload:
    for name in path:
        if not isinstance(payload, dict):
            return None
        payload = next(iter(payload.values()), None) if name == "*" else payload.get(name)
    return payload
