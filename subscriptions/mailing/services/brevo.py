"""Brevo: a thousand versions of a message a call, ids in their order, and an idempotency key."""

from collections.abc import Sequence
from typing import Any

from subscriptions.mailing.reply_parts import accepted_all, coded_fault, text
from subscriptions.mailing.service import (
    Answers,
    Body,
    Call,
    Headers,
    Key,
    KeyPlace,
    Limits,
    Meaning,
    ReaderAnswer,
    Reply,
    Service,
    Verdict,
    basic_webhooks,
)


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    if not reply.is_good or not isinstance(reply.data, dict):
        return None
    if len(addresses) == 1 and text(reply.data, "messageId"):
        return accepted_all(addresses)
    ids = reply.data.get("messageIds")
    if not isinstance(ids, list) or len(ids) != len(addresses):
        return None
    unnamed = ReaderAnswer(Verdict.UNKNOWN, words="Brevo gave others an id, and them none.")
    return [
        told if name else unnamed for told, name in zip(accepted_all(addresses), ids, strict=True)
    ]


def _put_key(data: Any, key: str) -> None:
    data.setdefault("headers", {})["idempotencyKey"] = key


SERVICE = Service(
    name="brevo",
    title="Brevo",
    module="brevo",
    user="api_key",
    example="brevo://KEY@",
    limits=Limits(
        readers=1000,
        calls_a_second=100 / 60,
        is_of_calls_for_many=True,
        note="100 calls for many a minute, 1,000 calls a second for single mails.",
    ),
    call=Call(Body.FIELDS, "{{{{params.{}}}}}", readers=("messageVersions",), repeats_headers=True),
    headers=Headers(
        is_ascii_only=True,
        note="List-Id goes without its name where that is not ASCII: Brevo would decode it and send raw bytes.",
    ),
    # Its guide says 30 minutes, its changelog 15.
    key=Key(KeyPlace.IN_CALL, 15 * 60, _put_key),
    syntax=("{{", "{%", "{#"),
    unwatched=None,
    answers=Answers(
        _each,
        coded_fault("code", "message"),
        (
            Meaning(Verdict.OURS, "the key is not known", code="unauthorized"),
            Meaning(Verdict.OURS, "the key may not do this", code="permission_denied"),
            Meaning(
                Verdict.OURS, "the account is not approved yet", code="account_under_validation"
            ),
            Meaning(Verdict.OURS, "the credits are spent", code="not_enough_credits"),
            Meaning(Verdict.OURS, "the sender is not confirmed", words=r"\bsender\b"),
            Meaning(
                Verdict.KNOWN, "the key of the call is known already", code="duplicate_parameter"
            ),
            Meaning(
                Verdict.REFUSED,
                "one address of the call is none",
                words=r"valid in to\b|messageVersions\[?(?P<at>\d+)?.*\bemail\b",
            ),
        ),
    ),
    webhooks=basic_webhooks("brevo", "Brevo"),
    cannot=(
        "Watching of opens and clicks can be switched off in its own settings only.",
        "To a repeated key it answers only that it knows it: after an error of its own, that proves nothing.",
    ),
)
