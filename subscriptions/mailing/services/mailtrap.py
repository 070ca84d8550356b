"""Mailtrap: five hundred whole mails a call, each answered for itself; newsletters have a host of their own."""

from collections.abc import Mapping, Sequence
from typing import Any

from subscriptions.mailing import replies
from subscriptions.mailing.reply_parts import accepted_all, dicts
from subscriptions.mailing.service import (
    ACCEPTED,
    Answers,
    Body,
    Call,
    Headers,
    Limits,
    Meaning,
    ReaderAnswer,
    Reply,
    Service,
    Streams,
    Verdict,
    Webhooks,
)

BULK_HOST = "https://bulk.api.mailtrap.io/api/"


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    if not reply.is_good or not isinstance(reply.data, dict) or not reply.data.get("success"):
        return None
    results = dicts(reply.data, "responses")
    if results is None:
        has_id = len(addresses) == 1 and bool(reply.data.get("message_ids"))
        return accepted_all(addresses) if has_id else None
    return [_one(result) for result in results]


def _one(result: Mapping[str, Any]) -> ReaderAnswer:
    if result.get("success"):
        return (
            ACCEPTED
            if result.get("message_ids")
            else ReaderAnswer(Verdict.UNKNOWN, words="Mailtrap gave no id for them.")
        )
    return replies.told(SERVICE, "", _words(result.get("errors")))


def _fault(reply: Reply) -> tuple[str, str] | None:
    if not isinstance(reply.data, dict) or (reply.is_good and reply.data.get("success")):
        return None
    words = _words(reply.data.get("errors") or reply.data.get("error"))
    return ("", words) if words else None


def _words(errors: Any) -> str:
    if isinstance(errors, list):
        return " ".join(map(str, errors[:3]))
    return str(errors or "")


def _adapted(data: Any) -> Any:
    """Each request with its own body; alone it is one already."""
    base = data.get("base")
    if base is not None:
        own = {name: base.pop(name) for name in ("html", "text") if name in base}
        for request in data["requests"]:
            request.update(own)
    return data


def _is_bulk(options: Mapping[str, Any]) -> bool:
    return "bulk.api.mailtrap.io" in str(options.get("api_url", ""))


def _is_for_single(options: Mapping[str, Any]) -> bool:
    url = str(options.get("api_url", ""))
    return not url or "send.api.mailtrap.io" in url


SERVICE = Service(
    name="mailtrap",
    title="Mailtrap",
    module="mailtrap",
    user="api_token",
    example=f"mailtrap://TOKEN@?api_url={BULK_HOST}",
    limits=Limits(readers=500, megabytes=50, calls_a_second=15, note="150 calls in 10 seconds."),
    call=Call(Body.WHOLE, readers=("requests",), adapted=_adapted),
    headers=Headers(),
    syntax=("{{",),
    unwatched=None,
    streams=Streams(
        "api_url",
        BULK_HOST,
        _is_bulk,
        _is_for_single,
        "Without it newsletters leave by the stream for single mails.",
    ),
    names_each=True,
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(
                Verdict.SUPPRESSED, "the address is on its suppression list", words=r"suppress"
            ),
            Meaning(
                Verdict.REFUSED,
                "the address is none",
                words=r"'to'|\bto\b.{0,20}(?:invalid|address)|recipient",
            ),
            Meaning(
                Verdict.OURS,
                "the sender, the key or the plan is at fault",
                words=r"unauthori[sz]ed|forbidden|permission|domain|sender|'from'|limit|quota|plan|billing|suspend"
                r"|not allowed",
            ),
        ),
    ),
    webhooks=Webhooks(
        "anymail.webhooks.mailtrap.MailtrapTrackingWebhookView",
        "MAILTRAP_WEBHOOK_KEY",
        "tracking_secret",
        "the signature token of the webhook",
    ),
    cannot=("Watching of opens and clicks can be switched off in its own settings only.",),
)
