"""SparkPost: recipients with their own substitution data; of a call it counts who was refused, and rarely says whom."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from subscriptions.mailing import replies
from subscriptions.mailing.delivery_ids import METADATA_KEY
from subscriptions.mailing.reply_parts import accepted_all, dicts, listed, text
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


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    results = reply.data.get("results") if isinstance(reply.data, dict) else None
    if not reply.is_good or not isinstance(results, dict):
        return None
    taken, refused = (
        results.get("total_accepted_recipients"),
        results.get("total_rejected_recipients"),
    )
    if (
        not isinstance(taken, int)
        or not isinstance(refused, int)
        or taken + refused != len(addresses)
    ):
        return None
    if not refused:
        return accepted_all(addresses)
    errors = dicts(results, "rcpt_to_errors") or []
    said = [f"{text(error, 'message')} {text(error, 'description')}".strip() for error in errors]
    if not taken:
        words = said[0] if said else "SparkPost refused every reader of the call."
        return [replies.told(SERVICE, "", words)] * len(addresses)
    return _mixed(addresses, said, refused)


def _mixed(addresses: Sequence[str], said: Sequence[str], refused: int) -> list[ReaderAnswer]:
    low = [words.lower() for words in said]
    named = {
        place: next(said[at] for at, words in enumerate(low) if address.lower() in words)
        for place, address in enumerate(addresses)
        if any(address.lower() in words for words in low)
    }
    if len(named) != refused:
        words = f"SparkPost took {len(addresses) - refused} of {len(addresses)} readers and does not say whom."
        return [ReaderAnswer(Verdict.UNKNOWN, words=words)] * len(addresses)
    return [
        replies.told(SERVICE, "", named[place]) if place in named else ACCEPTED
        for place in range(len(addresses))
    ]


def _fault(reply: Reply) -> tuple[str, str] | None:
    errors = dicts(reply.data, "errors")
    if not errors:
        return None
    words = f"{text(errors[0], 'message')} {text(errors[0], 'description')}"
    return text(errors[0], "code"), words.strip()


def _page(backend: Any, asked: LogQuery, following: Any) -> dict[str, Any]:
    params = {
        "events": "injection,delivery,delay,bounce,out_of_band",
        "from": f"{asked.since:%Y-%m-%dT%H:%M:%SZ}",
        "to": f"{asked.until:%Y-%m-%dT%H:%M:%SZ}",
        "per_page": "10000",
        "cursor": following or "initial",
    }
    headers = {"Authorization": backend.api_key, "Accept": "application/json"}
    return {
        "method": "GET",
        "url": f"{backend.api_url}events/message",
        "params": params,
        "headers": headers,
    }


def _read_page(data: Any) -> tuple[set[str], Any]:
    results = listed(data, "results")
    names = {text(result, "rcpt_meta", METADATA_KEY) for result in results}
    query = parse_qs(urlsplit(text(data, "links", "next")).query)
    return names, next(iter(query.get("cursor", [])), None) if results else None


SERVICE = Service(
    name="sparkpost",
    title="SparkPost",
    module="sparkpost",
    user="api_key",
    example="sparkpost://KEY@ (in the EU: ?api_url=https://api.eu.sparkpost.com/api/v1)",
    limits=Limits(
        readers=2000, note="Its limits are not published; it asks for 2,000 readers a call."
    ),
    call=Call(Body.FIELDS, "{{{{{{{}}}}}}}", readers=("recipients",)),
    headers=Headers(
        note="`options.transactional` keeps the reader's own List-Unsubscribe; it would be replaced."
    ),
    extra={"options": {"transactional": True}},
    syntax=("{{",),
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(Verdict.BUSY, "more than the account may send just now", status=420),
            Meaning(Verdict.OURS, "the sending domain is not set up", code="7001"),
            Meaning(
                Verdict.OURS,
                "the sending domain or the account is at fault",
                words=r"sending domain|suspended|unauthori[sz]ed|forbidden|\bfrom\b",
            ),
            Meaning(Verdict.REFUSED, "no reader of the call can be mailed", code="5002"),
            Meaning(
                Verdict.SUPPRESSED, "the address is on its suppression list", words=r"suppress"
            ),
            Meaning(Verdict.REFUSED, "the address is none", words=r"recipient|address|\bemail\b"),
        ),
    ),
    asking=Asking(15 * 60, "“Message Events: Read-only”", _page, _read_page),
    webhooks=basic_webhooks("sparkpost", "SparkPost"),
    cannot=(
        "Of a call it counts who was refused and mostly does not say whom: then all of its readers are in doubt.",
    ),
)
