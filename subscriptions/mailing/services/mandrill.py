"""Mandrill (Mailchimp Transactional): one reader a call, since its merge tags do not work in List-Unsubscribe."""

import json
from collections.abc import Sequence
from typing import Any

from subscriptions.choices import BounceKind
from subscriptions.mailing import replies
from subscriptions.mailing.delivery_ids import METADATA_KEY
from subscriptions.mailing.reply_parts import dicts, listed, text
from subscriptions.mailing.service import (
    ACCEPTED,
    Answers,
    Asking,
    Limits,
    LogQuery,
    Meaning,
    ReaderAnswer,
    Reply,
    Service,
    Verdict,
    Webhooks,
)

TAKEN = frozenset({"sent", "queued", "scheduled"})


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    results = dicts(reply.data)
    if not reply.is_good or results is None:
        return None
    found = {text(result, "email").lower(): result for result in results}
    return [_one(found.get(address.lower())) for address in addresses]


def _one(result: object) -> ReaderAnswer:
    status = text(result, "status")
    if status in TAKEN:
        return ACCEPTED
    if status not in ("rejected", "invalid"):
        return ReaderAnswer(Verdict.UNKNOWN, words="Mandrill gave no readable answer for them.")
    why = text(result, "reject_reason") or status
    return replies.told(SERVICE, why, f"Mandrill says: {status}, {why}.")


def _fault(reply: Reply) -> tuple[str, str] | None:
    if text(reply.data, "status") != "error":
        return None
    return text(reply.data, "name"), text(reply.data, "message")


def _page(backend: Any, asked: LogQuery, _following: Any) -> dict[str, Any]:
    query = {
        "key": backend.api_key,
        "query": f"full_email:{asked.address}",
        "date_from": f"{asked.since:%Y-%m-%d}",
        "limit": 100,
    }
    return {
        "method": "POST",
        "url": f"{backend.api_url}messages/search.json",
        "headers": {"Content-Type": "application/json"},
        "data": json.dumps(query),
    }


def _read_page(data: Any) -> tuple[set[str], Any]:
    """Other mails to the same reader are among them; the name tells."""
    return {text(one, "metadata", METADATA_KEY) for one in listed(data)}, None


SERVICE = Service(
    name="mandrill",
    title="Mandrill",
    module="mandrill",
    user="api_key",
    example="mandrill://KEY@",
    limits=Limits(
        note="Its merge tags do not work in List-Unsubscribe. Its hourly quota grows with the account."
    ),
    syntax=("*|", "{{"),
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(Verdict.SUPPRESSED, "the mailbox has bounced", code="hard-bounce"),
            Meaning(
                Verdict.SUPPRESSED,
                "the reader has complained",
                code="spam",
                kind=BounceKind.COMPLAINT,
            ),
            Meaning(Verdict.REFUSED, "the reader has left by its own link", code="unsub"),
            Meaning(Verdict.REFUSED, "the address is on the account's own list", code="custom"),
            Meaning(Verdict.REFUSED, "the address is none", code="invalid"),
            Meaning(Verdict.LATER, "the mailbox was full or away lately", code="soft-bounce"),
            Meaning(Verdict.OURS, "the sending domain is not set up", code="unsigned"),
            Meaning(Verdict.OURS, "the sender is none", code="invalid-sender"),
            Meaning(Verdict.OURS, "the account is in test mode", code="test-mode-limit"),
            Meaning(Verdict.OURS, "a rule of the account refuses it", code="rule"),
            Meaning(Verdict.OURS, "the key is not known", code="Invalid_Key"),
            Meaning(Verdict.OURS, "the account must be paid", code="PaymentRequired"),
            Meaning(Verdict.OURS, "the subaccount is not known", code="Unknown_Subaccount"),
            Meaning(Verdict.UNCLEAR, "the call is not as it should be", code="ValidationError"),
            Meaning(Verdict.UNKNOWN, "an error of its own", code="GeneralError"),
        ),
    ),
    asking=Asking(15 * 60, "a key that may use messages/search", _page, _read_page, is_each=True),
    webhooks=Webhooks(
        "anymail.webhooks.mandrill.MandrillCombinedWebhookView",
        "MANDRILL_WEBHOOK_KEY",
        "webhook_key",
        "the key of the webhook",
        signs_url=True,
    ),
    cannot=(
        "One reader a call. django-anymail tests it rarely (its maintainers have no account).",
    ),
)
