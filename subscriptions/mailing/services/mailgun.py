"""Mailgun: one call for a thousand readers, one answer for all of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from subscriptions.mailing.delivery_ids import METADATA_KEY
from subscriptions.mailing.reply_parts import accepted_all, coded_fault, listed, text
from subscriptions.mailing.service import (
    Answers,
    Asking,
    Body,
    Call,
    Headers,
    Limits,
    LogQuery,
    Meaning,
    ReaderAnswer,
    Reply,
    Service,
    Verdict,
    Webhooks,
)


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    is_queued = text(reply.data, "message").startswith("Queued") and text(reply.data, "id")
    return accepted_all(addresses) if reply.is_good and is_queued else None


def _page(backend: Any, asked: LogQuery, following: Any) -> dict[str, Any]:
    url = f"{backend.api_url}{quote(backend.sender_domain, safe='')}/events"
    if following:
        return {"method": "GET", "url": f"{url}/{following}", "auth": ("api", backend.api_key)}
    params = {
        "event": "accepted",
        "begin": f"{asked.since.timestamp():.0f}",
        "end": f"{asked.until.timestamp():.0f}",
        "limit": "300",
    }
    return {"method": "GET", "url": url, "params": params, "auth": ("api", backend.api_key)}


def _read_page(data: Any) -> tuple[set[str], Any]:
    items = listed(data, "items")
    names = {text(item, "user-variables", METADATA_KEY) for item in items}
    following = text(data, "paging", "next").rpartition("/")[
        2
    ]  # its place in the log; the host stays ours
    return names, following if items else None


SERVICE = Service(
    name="mailgun",
    title="Mailgun",
    module="mailgun",
    user="api_key",
    host="sender_domain",
    example="mailgun://KEY@mg.example.org (in the EU: ?api_url=https://api.eu.mailgun.net/v3)",
    limits=Limits(
        readers=1000,
        megabytes=25,
        note="25 MB hold for a mail; what a call may weigh is not documented.",
    ),
    call=Call(
        Body.FIELDS,
        "%recipient.{}%",
        readers=("recipient-variables",),
        fields_anywhere=True,
    ),
    headers=Headers(keeps_message_id=True),
    syntax=("%recipient", "%unsubscribe", "%tag_unsubscribe", "%mailing_list", "%tag"),
    answers=Answers(
        _each,
        coded_fault("code", "message"),
        (
            Meaning(
                Verdict.OURS,
                "the account or the sending domain may not send",
                words=r"activate|not allowed to send|unverified|disabled|suspended|test purposes|free account|'from'",
            ),
            Meaning(Verdict.REFUSED, "one address of the call is none", words=r"'to' parameter"),
            Meaning(
                Verdict.OURS,
                "a wrong URL, answered with 200",
                words=r"Mailgun Magnificent API",
            ),
        ),
    ),
    asking=Asking(30 * 60, "a key that may read events", _page, _read_page),
    webhooks=Webhooks(
        "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
        "MAILGUN_WEBHOOK_KEY",
        "webhook_signing_key",
        "the HTTP webhook signing key",
        fresh_for=timedelta(hours=12),  # it tries for 8
        signs_body=False,
    ),
    cannot=("It names no reader it refuses: a bad address is found by halving the call.",),
)
