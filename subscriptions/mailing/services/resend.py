"""Resend: a hundred whole mails a call, all taken or none, and an idempotency key."""

from collections.abc import Sequence
from datetime import timedelta

from subscriptions.mailing.reply_parts import accepted_all, coded_fault, dicts, text
from subscriptions.mailing.service import (
    Answers,
    Body,
    Call,
    Key,
    KeyPlace,
    Limits,
    Meaning,
    ReaderAnswer,
    Reply,
    Service,
    Verdict,
    Webhooks,
)


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    if not reply.is_good:
        return None
    if len(addresses) == 1 and text(reply.data, "id"):
        return accepted_all(addresses)
    results = dicts(reply.data, "data")
    if results is None or len(results) != len(addresses):
        return None
    unnamed = ReaderAnswer(Verdict.UNKNOWN, words="Resend gave others an id, and them none.")
    taken = accepted_all(addresses)
    return [told if text(one, "id") else unnamed for told, one in zip(taken, results, strict=True)]


SERVICE = Service(
    name="resend",
    title="Resend",
    module="resend",
    user="api_key",
    example="resend://KEY@",
    limits=Limits(
        readers=100,
        calls_a_second=2,
        whose="account",
        note="2 calls a second unless its support has raised that.",
    ),
    call=Call(Body.WHOLE),
    key=Key(KeyPlace.HTTP_HEADER, 24 * 3600),
    syntax=("{{{",),
    unwatched=None,
    answers=Answers(
        _each,
        coded_fault("name", "message"),
        (
            Meaning(
                Verdict.BUSY,
                "the account's mails of the day are spent",
                code="daily_quota_exceeded",
            ),
            Meaning(
                Verdict.OURS,
                "the account's mails of the month are spent",
                code="monthly_quota_exceeded",
            ),
            Meaning(Verdict.BUSY, "too many calls", code="rate_limit_exceeded"),
            Meaning(Verdict.OURS, "the key is missing", code="missing_api_key"),
            Meaning(Verdict.OURS, "the key is not known", code="invalid_api_key"),
            Meaning(Verdict.OURS, "the key may not send", code="restricted_api_key"),
            Meaning(Verdict.OURS, "the sender is none", code="invalid_from_address"),
            Meaning(
                Verdict.OURS,
                "the domain is not verified, or the account only tests",
                words=r"not verified|testing emails|`?from`? field|own email address",
            ),
            Meaning(Verdict.REFUSED, "one address of the call is none", words=r"`to`"),
            Meaning(
                Verdict.UNKNOWN,
                "the same key came with another call",
                code="invalid_idempotent_request",
            ),
            Meaning(
                Verdict.UNKNOWN,
                "a call with this key is under way",
                code="concurrent_idempotent_requests",
            ),
        ),
    ),
    webhooks=Webhooks(
        "anymail.webhooks.resend.ResendTrackingWebhookView",
        "RESEND_WEBHOOK_KEY",
        "webhook_key",
        "the signing secret: whsec_…",
        fresh_for=timedelta(minutes=5),  # each attempt is signed anew
    ),
    cannot=(
        "Watching of opens and clicks can be switched off in its own settings only.",
        "200 readers a second unless its support has raised that.",
    ),
)
