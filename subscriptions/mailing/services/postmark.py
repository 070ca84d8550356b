"""Postmark: five hundred whole mails a call, each answered for itself; newsletters have a stream of their own."""

from collections.abc import Mapping, Sequence
from typing import Any

from subscriptions.mailing import replies
from subscriptions.mailing.delivery_ids import METADATA_KEY
from subscriptions.mailing.reply_parts import dicts, listed, text
from subscriptions.mailing.service import (
    ACCEPTED,
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
    Streams,
    Verdict,
    basic_webhooks,
)

TRANSACTIONAL = "outbound"


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    if reply.is_good:
        data = reply.data
        if isinstance(data, dict) and "ErrorCode" in data:
            data = [data]
        results = dicts(data)
    elif reply.status == 422 and len(addresses) == 1 and text(reply.data, "ErrorCode"):
        results = [reply.data]
    else:
        return None
    if results is None or len(results) != len(addresses):
        return None
    return [_one(result, address) for result, address in zip(results, addresses, strict=True)]


def _one(result: Mapping[str, Any], address: str) -> ReaderAnswer:
    code, words = result.get("ErrorCode", 0), text(result, "Message")
    if not isinstance(code, int) or isinstance(code, bool):
        return ReaderAnswer(Verdict.UNKNOWN, words="Postmark gave no readable answer for them.")
    if code:
        return replies.told(SERVICE, str(code), words)
    to = text(result, "To")
    if not result.get("MessageID") or (to and address.lower() not in to.lower()):
        return ReaderAnswer(Verdict.UNKNOWN, words="Postmark names another reader, or gives no id.")
    return ACCEPTED


def _fault(reply: Reply) -> tuple[str, str] | None:
    if reply.is_good or not text(reply.data, "Message"):
        return None
    if reply.status == 422:
        return None if text(reply.data, "ErrorCode") in ("300", "406") else _coded(reply)
    return _coded(reply)


def _coded(reply: Reply) -> tuple[str, str]:
    return text(reply.data, "ErrorCode"), text(reply.data, "Message")


def _page(backend: Any, asked: LogQuery, _following: Any) -> dict[str, Any]:
    params = {"count": "1", "offset": "0", f"metadata_{METADATA_KEY}": asked.name}
    if backend.message_stream:
        params["messagestream"] = backend.message_stream
    headers = {"X-Postmark-Server-Token": backend.server_token, "Accept": "application/json"}
    return {
        "method": "GET",
        "url": f"{backend.api_url}messages/outbound",
        "params": params,
        "headers": headers,
    }


def _read_page(data: Any) -> tuple[set[str], Any]:
    messages = listed(data, "Messages")
    return {text(message, "Metadata", METADATA_KEY) for message in messages}, None


def _is_bulk(options: Mapping[str, Any]) -> bool:
    return str(options.get("message_stream", TRANSACTIONAL)) != TRANSACTIONAL


def _is_for_single(options: Mapping[str, Any]) -> bool:
    return not _is_bulk(options)


SERVICE = Service(
    name="postmark",
    title="Postmark",
    module="postmark",
    user="server_token",
    example="postmark://TOKEN@?message_stream=broadcast",
    limits=Limits(readers=500, megabytes=50),
    call=Call(Body.WHOLE),
    headers=Headers(keeps_message_id=True, added={"X-PM-KeepID": "true"}),
    syntax=("{{",),
    is_asked_to_watch=True,
    streams=Streams(
        "message_stream",
        "broadcast",
        _is_bulk,
        _is_for_single,
        "Without it newsletters leave by the stream for single mails, and Postmark pauses accounts for that. In a "
        "broadcast stream it adds a link to leave of its own, unless its support has allowed yours instead.",
    ),
    names_each=True,
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(
                Verdict.SUPPRESSED,
                "the address is inactive: it has bounced, complained or been put there by hand",
                code="406",
            ),
            Meaning(
                Verdict.OURS,
                "the sender is none",
                code="300",
                words=r"'(?:From|Reply-?To|Sender)'|metadata|header",
            ),
            Meaning(Verdict.REFUSED, "the address is none", code="300"),
            Meaning(Verdict.OURS, "the key is not known", code="10"),
            Meaning(Verdict.BUSY, "maintenance", code="100"),
            Meaning(Verdict.OURS, "the sender is not known", code="400"),
            Meaning(Verdict.OURS, "the sender is not confirmed", code="401"),
            Meaning(Verdict.OURS, "the account may not send: its credits are spent", code="405"),
            Meaning(Verdict.OURS, "the account is not approved yet", code="412"),
            Meaning(Verdict.OURS, "the account may not send", code="413"),
            Meaning(Verdict.BUSY, "too many calls", code="429"),
            Meaning(
                Verdict.OURS, "the stream is not known, or not for newsletters", words=r"stream"
            ),
        ),
    ),
    asking=Asking(15 * 60, "the server's own token", _page, _read_page, is_each=True),
    webhooks=basic_webhooks("postmark", "Postmark"),
    cannot=(
        "Its bulk interface (/email/bulk) is not used: it answers for the whole call, and says nothing of a reader.",
    ),
)
