"""Mailjet: fifty messages a call, each answered for itself, with 200 or 400 for all of them."""

import json
from collections.abc import Sequence
from typing import Any

from typing_extensions import override

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
    Verdict,
    basic_webhooks,
)

FORBIDDEN = (
    "date message-id list-id sender return-path delivered-to dkim-signature domainkey-status received-spf "
    "authentication-results received x-feedback-id user-agent x-mailer x-csa-complaints"
)


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    results = dicts(reply.data, "Messages")
    if results is None or len(results) != len(addresses):
        return None
    return [_one(result, address) for result, address in zip(results, addresses, strict=True)]


def _one(result: dict[str, Any], address: str) -> ReaderAnswer:
    if result.get("Status") == "success":
        to = dicts(result, "To") or []
        is_theirs = any(text(one, "Email").lower() == address.lower() for one in to)
        return (
            ACCEPTED
            if is_theirs
            else ReaderAnswer(Verdict.UNKNOWN, words="Mailjet names another reader.")
        )
    errors = dicts(result, "Errors")
    if not errors:
        return ReaderAnswer(Verdict.UNKNOWN, words="Mailjet gave no readable answer for them.")
    first = errors[0]
    words = text(first, "ErrorMessage")
    related = first.get("ErrorRelatedTo")
    if isinstance(related, list) and related:
        words = f"{words} ({', '.join(map(str, related))})"
    return replies.told(SERVICE, text(first, "ErrorCode"), words)


def _fault(reply: Reply) -> tuple[str, str] | None:
    words = text(reply.data, "ErrorMessage")
    return (text(reply.data, "ErrorCode"), words) if words else None


def request(backend: Any, mail: Any) -> dict[str, Any]:
    """Anymail's, but for a call for many with one reader: that would lose what it had been told of them before."""
    from anymail.backends.mailjet import MailjetPayload

    class Payload(MailjetPayload):  # type: ignore[misc] # anymail ships no types
        is_burst = False

        @override
        def _burst_for_batch_send(self) -> None:
            if not self.is_burst:
                super()._burst_for_batch_send()
                self.is_burst = True

    payload = Payload(mail, backend.send_defaults, backend)
    return dict(payload.get_request_params(backend.api_url))


def _adapted(data: Any) -> Any:
    """Add our name for an email as its CustomID, too: by that its list of emails can be asked."""
    data["Globals"]["TemplateLanguage"] = True
    for one in (data["Globals"], *data["Messages"]):
        if "EventPayload" in one:
            one["CustomID"] = json.loads(one["EventPayload"])[METADATA_KEY]
    return data


def _page(backend: Any, asked: LogQuery, _following: Any) -> dict[str, Any]:
    return {
        "method": "GET",
        "url": f"{backend.api_url.replace('/v3.1/', '/v3/')}REST/message",
        "params": {"CustomID": asked.name, "ShowCustomID": "true", "Limit": "10"},
        "auth": (backend.api_key, backend.secret_key),
    }


def _read_page(data: Any) -> tuple[set[str], Any]:
    return {text(one, "CustomID") for one in listed(data, "Data")}, None


SERVICE = Service(
    name="mailjet",
    title="Mailjet",
    module="mailjet",
    user="api_key",
    password="secret_key",  # noqa: S106 - an option's name
    example="mailjet://KEY:SECRET@",
    limits=Limits(readers=50, megabytes=15),
    call=Call(
        Body.FIELDS,
        "{{{{var:{}}}}}",
        readers=("Messages",),
        repeats_headers=True,
        adapted=_adapted,
    ),
    headers=Headers(
        forbidden=frozenset(FORBIDDEN.split()),
        note="It forbids List-Id, so its mails go without.",
    ),
    syntax=("{{", "{%", "[["),
    request=request,
    names_each=True,
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(Verdict.REFUSED, "the address is none", code="mj-0013", words=r"\(To|^[^(]*$"),
            Meaning(Verdict.OURS, "the sender is not authorised", code="send-0008"),
            Meaning(Verdict.OURS, "a header is forbidden", code="send-0011"),
            Meaning(Verdict.OURS, "the key is not known", code="mj-0002"),
            Meaning(
                Verdict.OURS,
                "the sender or the content is at fault",
                words=r"\((?:From|Sender|Headers|TemplateLanguage|HTMLPart|TextPart|Subject|ReplyTo)",
            ),
            Meaning(Verdict.REFUSED, "the reader is at fault", words=r"\(To"),
        ),
    ),
    asking=Asking(15 * 60, "a key that may read messages", _page, _read_page, is_each=True),
    webhooks=basic_webhooks("mailjet", "Mailjet"),
)
