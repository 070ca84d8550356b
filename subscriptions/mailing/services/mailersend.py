"""MailerSend: one reader a call; an empty answer is a good one, and whom it has suppressed it names."""

from collections.abc import Sequence
from typing import Any

from subscriptions.choices import BounceKind
from subscriptions.mailing import replies
from subscriptions.mailing.reply_parts import dicts, text
from subscriptions.mailing.service import (
    ACCEPTED,
    Answers,
    Call,
    Headers,
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
    suppressed = {
        text(one, "email").lower(): _why(one)
        for warning in dicts(reply.data, "warnings") or []
        for one in dicts(warning, "recipients") or []
    }
    is_taken = bool(reply.headers.get("x-message-id"))
    if not is_taken and not suppressed:
        return None
    return [
        replies.told(SERVICE, "suppressed", suppressed[address.lower()])
        if address.lower() in suppressed
        else ACCEPTED
        for address in addresses
    ]


def _why(recipient: dict[str, Any]) -> str:
    reasons = recipient.get("reasons") or recipient.get("reason") or []
    said = ", ".join(map(str, reasons)) if isinstance(reasons, list) else str(reasons)
    return f"MailerSend has suppressed them: {said.replace('_', ' ') or 'no reason given'}."


def _fault(reply: Reply) -> tuple[str, str] | None:
    if reply.is_good or not text(reply.data, "message"):
        return None
    errors = reply.data.get("errors")
    if not isinstance(errors, dict):
        return "", text(reply.data, "message")
    first = [
        f"{name}: {said[0] if isinstance(said, list) and said else said}"
        for name, said in errors.items()
    ]
    return "", " ".join(first[:3]) or text(reply.data, "message")


def _adapted(data: Any) -> Any:
    """Headers of one's own need its largest plan; the link to leave has a parameter on most."""
    headers = {one["name"].lower(): one["value"] for one in data.pop("headers", [])}
    link = headers.get("list-unsubscribe", "")
    if link:
        data["list_unsubscribe"] = link.split(">")[0].lstrip("<")
    return data


SERVICE = Service(
    name="mailersend",
    title="MailerSend",
    module="mailersend",
    user="api_token",
    example="mailersend://TOKEN@",
    limits=Limits(
        calls_a_second=2,
        note="120 calls a minute. Its calls for many say nothing of anybody, so they are not used.",
    ),
    call=Call(adapted=_adapted),
    headers=Headers(
        only=frozenset({"list-unsubscribe", "precedence", "in-reply-to"}),
        takes_metadata=False,
        note="Headers of one's own need its largest plan; the link to leave goes in its parameter.",
    ),
    syntax=("{{", "{%", "{$"),
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(
                Verdict.SUPPRESSED,
                "the reader has complained",
                code="suppressed",
                words="complaint",
                kind=BounceKind.COMPLAINT,
            ),
            Meaning(
                Verdict.SUPPRESSED, "the mailbox has bounced", code="suppressed", words="bounced"
            ),
            Meaning(
                Verdict.REFUSED,
                "the reader is on a list of its own: unsubscribed, blocklisted",
                code="suppressed",
            ),
            Meaning(
                Verdict.OURS,
                "the sending domain is not verified",
                words=r"from\.email|verified|domain",
            ),
            Meaning(
                Verdict.OURS,
                "the plan or the trial allows no more",
                words=r"trial|quota|plan|limit|unauthenticated|suspended",
            ),
            Meaning(Verdict.REFUSED, "the address is none", words=r"\bto\.\d+"),
        ),
    ),
    webhooks=Webhooks(
        "anymail.webhooks.mailersend.MailerSendTrackingWebhookView",
        "MAILERSEND_WEBHOOK_KEY",
        "signing_secret",
        "the signing secret of the webhook",
        returns_metadata=False,
    ),
    cannot=(
        "Two readers a second at most.",
        "It sends no List-Id and no Feedback-ID, and its events carry no name of ours.",
    ),
)
