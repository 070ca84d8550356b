"""Versions and readers as plain values, for tests that need no database."""

from digests.messages.message import Message, Recipient
from digests.rendering.tokens import Token, marker
from subscriptions.public_ids import new_public_id

LEAVE, WEB, ADDRESS = (marker(t) for t in (Token.LEAVE_URL, Token.WEB_URL, Token.ADDRESS))
HTML = f"""<!doctype html><html lang="en"><body>
<p><a href="{WEB}">Read on the web</a> · <a href="{LEAVE}">Leave</a></p>
<h1>The ferry sails again – après trois semaines</h1>
.a line that begins with a dot
From here it looks quiet.
<p>For {ADDRESS} {LEAVE}{WEB}</p></body></html>
"""
TEXT = f"The ferry sails again\n.\n..\nFrom here it looks quiet. \n\nLeave: {LEAVE}\n{ADDRESS}"
HEADERS = {
    "From": '"The Harbour Courier" <news@courier.example.org>',
    "List-Id": '"Morning Briefing" <morning.news.example.org>',
    "Precedence": "bulk",
    "Feedback-ID": "20261123:morning:digest:newsroom",
    "Reply-To": "desk@courier.example.org",
}


def a_message(
    *, subject: str = "What happened", html: str = HTML, text: str = TEXT, **headers: str
) -> Message:
    return Message(
        digest=new_public_id(),
        newsletter=new_public_id(),
        web_url="https://news.example.org/archive/morning/2026-11-23/?a=1&b=2",
        subject=subject,
        html=html,
        text=text,
        headers=HEADERS | {name.replace("_", "-"): value for name, value in headers.items()},
    )


def a_reader(address: str = "", number: int = 1) -> Recipient:
    return Recipient(number, new_public_id(), address or f"reader{number}@example.org")


def readers(count: int) -> list[Recipient]:
    return [a_reader(number=number) for number in range(1, count + 1)]
