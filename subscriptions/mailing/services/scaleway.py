"""Scaleway: one reader a call; whom it has blocked it takes and refuses later."""

from collections.abc import Sequence

from subscriptions.mailing import replies
from subscriptions.mailing.reply_parts import dicts, text
from subscriptions.mailing.service import (
    ACCEPTED,
    Answers,
    Limits,
    Meaning,
    ReaderAnswer,
    Reply,
    Service,
    Verdict,
)

TAKEN = frozenset({"new", "sending", "sent"})


def _each(reply: Reply, addresses: Sequence[str]) -> list[ReaderAnswer] | None:
    results = dicts(reply.data, "emails")
    if not reply.is_good or results is None:
        return None
    found = {text(result, "mail_rcpt").lower(): result for result in results}
    return [_one(found.get(address.lower())) for address in addresses]


def _one(result: object) -> ReaderAnswer:
    status = text(result, "status")
    if status in TAKEN:
        return ACCEPTED
    if status in ("failed", "canceled"):
        details = text(result, "status_details")
        return replies.told(SERVICE, status, f"Scaleway says: {details or status}.")
    return ReaderAnswer(Verdict.UNKNOWN, words="Scaleway says nothing of them.")


def _fault(reply: Reply) -> tuple[str, str] | None:
    if reply.is_good or not text(reply.data, "type"):
        return None
    words = [text(reply.data, "message")]
    words += [
        f"{text(one, 'argument_name')}: {text(one, 'help_message') or text(one, 'reason')}"
        for one in (dicts(reply.data, "details") or [])[:3]
    ]
    return text(reply.data, "type"), " ".join(filter(None, words))


SERVICE = Service(
    name="scaleway",
    title="Scaleway",
    module="scaleway",
    user="secret_key",
    host="project_id",
    example="scaleway://SECRET_KEY@PROJECT_ID",
    limits=Limits(note="By project and plan; it says so with 429."),
    unwatched=None,
    answers=Answers(
        _each,
        _fault,
        (
            Meaning(
                Verdict.SUPPRESSED,
                "the address is on its list of blocked ones",
                words=r"block|suppress",
            ),
            Meaning(Verdict.REFUSED, "the mail could not be sent to this address", code="failed"),
            Meaning(Verdict.REFUSED, "the mail was cancelled there", code="canceled"),
            Meaning(Verdict.OURS, "the sending domain is not checked", code="precondition_failed"),
            Meaning(Verdict.OURS, "the key is not known", code="denied_authentication"),
            Meaning(Verdict.OURS, "the key may not send", code="permissions_denied"),
            Meaning(Verdict.OURS, "the project's quota is spent", code="quotas_exceeded"),
            Meaning(
                Verdict.OURS,
                "the sender is at fault",
                code="invalid_arguments",
                words=r"\bfrom\b|domain|project",
            ),
            Meaning(
                Verdict.REFUSED, "the address is none", code="invalid_arguments", words=r"\bto\b"
            ),
        ),
    ),
    cannot=(
        "One reader a call, and no watching to be switched off.",
        "It posts no events: bounces are not learned of.",
    ),
)
