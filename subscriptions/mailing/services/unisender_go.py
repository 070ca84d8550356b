"""Unisender Go: five hundred readers a call, each refusal named, and a key for repeats."""

from collections.abc import Sequence
from typing import Any

from subscriptions.choices import BounceKind
from subscriptions.mailing import replies
from subscriptions.mailing.reply_parts import text
from subscriptions.mailing.service import (
    ACCEPTED,
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
    Webhooks,
)


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    if not isinstance(reply.data, dict):
        return None
    taken, failed = reply.data.get("emails"), reply.data.get("failed_emails")
    if not isinstance(failed, dict):
        failed = {}
    if not isinstance(taken, list):
        if not failed:
            return None
        taken = []
    accepted = {str(address).lower() for address in taken}
    refused = {str(address).lower(): str(why) for address, why in failed.items()}
    return [_one(address.lower(), accepted, refused) for address in addresses]


def _one(address: str, accepted: set[str], refused: dict[str, str]) -> ReaderAnswer:
    if address in accepted:
        return ACCEPTED  # “duplicate” stands in both
    if address in refused:
        why = refused[address]
        return replies.told(SERVICE, why, f"Unisender Go says: {why.replace('_', ' ')}.")
    return ReaderAnswer(Verdict.UNKNOWN, words="Unisender Go says nothing of them.")


def _fault(reply: Reply) -> tuple[str, str] | None:
    if text(reply.data, "status") != "error" or isinstance(reply.data.get("failed_emails"), dict):
        return None
    return text(reply.data, "code"), text(reply.data, "message")


def _put_key(data: Any, key: str) -> None:
    data["message"]["idempotence_key"] = key


def _adapted(data: Any) -> Any:
    """Remove anymail's id, which would be one for all readers."""
    for one in data["message"]["recipients"]:
        one.get("metadata", {}).pop("anymail_id", None)
    return data


SERVICE = Service(
    name="unisender-go",
    title="Unisender Go",
    module="unisender_go",
    user="api_key",
    needs=("api_url",),
    example="unisender-go://KEY@?api_url=https://go2.unisender.ru/ru/transactional/api/v1",
    limits=Limits(readers=500, megabytes=10),
    call=Call(
        Body.FIELDS,
        "{{{{{}}}}}",
        readers=("message", "recipients"),
        adapted=_adapted,
    ),
    headers=Headers(
        note="A reader's own List-Unsubscribe is for accounts that its support has approved."
    ),
    key=Key(KeyPlace.IN_CALL, 60, _put_key),
    syntax=("{{",),
    names_each=True,
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(Verdict.REFUSED, "the address is none", code="invalid"),
            Meaning(Verdict.SUPPRESSED, "the mailbox has bounced", code="permanent_unavailable"),
            Meaning(
                Verdict.SUPPRESSED,
                "the reader has complained",
                code="complained",
                kind=BounceKind.COMPLAINT,
            ),
            Meaning(Verdict.REFUSED, "the reader has left by its own link", code="unsubscribed"),
            Meaning(Verdict.REFUSED, "its support has blocked the address", code="blocked"),
            Meaning(
                Verdict.LATER, "the mailbox was full or away lately", code="temporary_unavailable"
            ),
            Meaning(
                Verdict.OURS,
                "the sender or the account is at fault",
                words=r"from_email|sender|domain|user|api.?key|balance|limit|blocked|tariff",
            ),
        ),
    ),
    webhooks=Webhooks(
        "anymail.webhooks.unisender_go.UnisenderGoTrackingWebhookView",
        "UNISENDER_GO_WEBHOOK_KEY",
        "api_key",
        "the API key of the project",
    ),
)
