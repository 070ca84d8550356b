"""SendGrid: a thousand personalizations a call, an empty answer."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from subscriptions.mailing.reply_parts import accepted_all, dicts, text
from subscriptions.mailing.service import (
    Answers,
    Body,
    Call,
    Limits,
    Meaning,
    ReaderAnswer,
    Reply,
    Service,
    Verdict,
    Webhooks,
)

FIELD = "%newsroom_{}%"


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    return (
        accepted_all(addresses) if reply.status in (200, 202) and not reply.body.strip() else None
    )


def _fault(reply: Reply) -> tuple[str, str] | None:
    errors = dicts(reply.data, "errors")
    if not errors:
        return None
    parts = [
        f"{text(error, 'field')}: {text(error, 'message')}".lstrip(": ") for error in errors[:3]
    ]
    return "", " ".join(parts)


def _adapted(data: Any) -> Any:
    """The same mail for a letter, without an id of anymail's that would be one for all readers."""
    for one in data["personalizations"]:
        one.get("custom_args", {}).pop("anymail_id", None)
    return data


SERVICE = Service(
    name="sendgrid",
    title="SendGrid",
    module="sendgrid",
    user="api_key",
    example="sendgrid://KEY@",
    limits=Limits(readers=1000, megabytes=30, calls_a_second=0, note="10,000 calls a second."),
    # “Personalization fields override message-level ones”: so what all have stands in each.
    call=Call(
        Body.FIELDS, FIELD, readers=("personalizations",), repeats_headers=True, adapted=_adapted
    ),
    extra={"merge_field_format": FIELD},
    syntax=("%newsroom_", "[%", "<%"),
    names_each=True,
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(
                Verdict.REFUSED,
                "an address of the call is none; the place in the call is named",
                words=r"personalizations\.(?P<at>\d+)\.(?:to|cc|bcc)",
            ),
            Meaning(
                Verdict.OURS,
                "the sender is not verified, or the credits are spent",
                words=r"sender identity|from address|from\.email|credits exceeded|authorization|permission",
            ),
        ),
    ),
    webhooks=Webhooks(
        "anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
        "SENDGRID_WEBHOOK_KEY",
        "webhook_key",
        "the verification key of the signed event webhook",
        fresh_for=timedelta(hours=26),  # it tries for 24
    ),
    cannot=(
        "django-anymail does not support or test it any more (since 13.0.1), and warns at each start.",
        "Whom it has suppressed it drops without a word, and tells by webhook only.",
    ),
)
