"""Postal: a server of one's own; one reader a call, and errors come with HTTP 200."""

from collections.abc import Sequence

from subscriptions.mailing.reply_parts import text
from subscriptions.mailing.service import (
    ACCEPTED,
    Answers,
    Headers,
    Limits,
    Meaning,
    ReaderAnswer,
    Reply,
    Service,
    Verdict,
    Webhooks,
)
from subscriptions.mailing.unwatched import Words


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    if not reply.is_good or text(reply.data, "status") != "success":
        return None
    data = reply.data.get("data")
    messages = data.get("messages") if isinstance(data, dict) else None
    if not isinstance(messages, dict):
        return None
    taken = {str(address).lower() for address in messages}
    unknown = ReaderAnswer(Verdict.UNKNOWN, words="Postal says nothing of them.")
    return [ACCEPTED if address.lower() in taken else unknown for address in addresses]


def _fault(reply: Reply) -> tuple[str, str] | None:
    status = text(reply.data, "status")
    if not status or status == "success":
        return None
    code = text(reply.data, "data", "code")
    return code or status, text(reply.data, "data", "message") or code or status


SERVICE = Service(
    name="postal",
    title="Postal",
    module="postal",
    user="api_key",
    needs=("api_url",),
    example="postal://KEY@?api_url=https://postal.example.org",
    limits=Limits(note="Its own server's."),
    headers=Headers(takes_metadata=False),
    unwatched=Words(headers={"X-AMP": "skip"}),
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(Verdict.OURS, "the key is not known", code="InvalidServerAPIKey"),
            Meaning(Verdict.OURS, "the key is missing", code="AccessDenied"),
            Meaning(Verdict.OURS, "the server is suspended", code="ServerSuspended"),
            Meaning(
                Verdict.OURS,
                "the sender is not one of the server's domains",
                code="UnauthenticatedFromAddress",
            ),
            Meaning(Verdict.OURS, "the sender is missing", code="FromAddressMissing"),
            Meaning(Verdict.REFUSED, "the address is none", code="NoRecipients"),
            Meaning(Verdict.UNCLEAR, "the call is not as it should be", code="ValidationError"),
        ),
    ),
    webhooks=Webhooks(
        "anymail.webhooks.postal.PostalTrackingWebhookView",
        "POSTAL_WEBHOOK_KEY",
        "webhook_key",
        "the server's public key: one line of base64, from the p= of its DKIM record",
        returns_metadata=False,
    ),
    cannot=("One reader a call.", "Whom it has suppressed it takes, and tells by webhook only."),
)
