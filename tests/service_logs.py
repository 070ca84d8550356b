"""What services answer when they are asked what they have accepted, as they document it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.service_vendors import Taken

Query = Mapping[str, list[str]]
PAGE = 300


def _metadata(mail: Taken) -> Any:
    return json.loads(mail.metadata or "{}")


def _mailgun(mails: Sequence[Taken], query: Query, _body: bytes) -> Any:
    """In pages; the place of the next is the end of a URL, and after the last there is an empty one."""
    start = int(query.get("page", ["0"])[0])
    items = [
        {"event": "accepted", "recipient": mail.address, "user-variables": _metadata(mail)}
        for mail in mails[start : start + PAGE]
    ]
    following = f"http://elsewhere.example.org/v3/mg.example.org/events/next?page={start + PAGE}"
    return {"items": items, "paging": {"next": following}}


def _sparkpost(mails: Sequence[Taken], _query: Query, _body: bytes) -> Any:
    results = [
        {"type": "injection", "rcpt_to": mail.address, "rcpt_meta": _metadata(mail)}
        for mail in mails
    ]
    return {"results": results, "total_count": len(results), "links": {}}


def _postmark(mails: Sequence[Taken], query: Query, _body: bytes) -> Any:
    (wanted,) = query["metadata_newsroom_delivery"]
    found = [mail for mail in mails if _metadata(mail).get("newsroom_delivery") == wanted]
    messages = [{"Recipients": [mail.address], "Metadata": _metadata(mail)} for mail in found]
    return {"TotalCount": len(messages), "Messages": messages}


def _mandrill(mails: Sequence[Taken], _query: Query, body: bytes) -> Any:
    """All mails to the reader, other ones too."""
    address = json.loads(body)["query"].removeprefix("full_email:")
    found = [mail for mail in mails if mail.address == address]
    other = {"email": address, "subject": "Another", "state": "sent", "metadata": {}}
    return [other, *({"email": it.address, "metadata": _metadata(it)} for it in found)]


def _mailjet(mails: Sequence[Taken], query: Query, _body: bytes) -> Any:
    (wanted,) = query["CustomID"]
    found = [mail for mail in mails if _metadata(mail).get("newsroom_delivery") == wanted]
    return {"Count": len(found), "Data": [{"ID": 1, "CustomID": wanted} for _mail in found]}


LOGS: Mapping[str, Callable[[Sequence[Taken], Query, bytes], Any]] = {
    "mailgun": _mailgun,
    "mailjet": _mailjet,
    "mandrill": _mandrill,
    "postmark": _postmark,
    "sparkpost": _sparkpost,
}
