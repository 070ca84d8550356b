"""Letters for the tests of the mailbox."""

from email.message import EmailMessage
from pathlib import Path

from tools.demo.maildir import keys, open_maildir, store

LEAVE = "http://127.0.0.1:8000/unsubscribe/abc/"
CONFIRM = "http://127.0.0.1:8000/confirm/abc/?a=1&b=2"


def compose(subject: str = "Morning Briefing", *, to: str = "ada@example.org") -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = "The Harbour Courier <briefing@courier.example>"
    letter["To"] = to
    letter["Subject"] = subject
    letter["Date"] = "Mon, 02 Mar 2026 06:00:00 +0100"
    letter["Message-ID"] = "<one@courier.example>"
    letter["List-Unsubscribe"] = f"<{LEAVE}>, <mailto:leave@courier.example>"
    letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter.set_content(f"Good morning, Zoë.\n\n{CONFIRM}\n")
    letter.add_alternative(
        "<html><head><title>t</title></head><body><h1>Good morning, Zoë</h1>"
        f'<a href="{CONFIRM.replace("&", "&amp;")}">Confirm</a> '
        '<a href="mailto:x@example.org">write</a><script>alert(1)</script></body></html>',
        subtype="html",
    )
    return letter


def deliver(folder: Path, letter: EmailMessage | bytes, *recipients: str) -> str:
    """The key of the newest copy."""
    open_maildir(folder)
    content = letter if isinstance(letter, bytes) else letter.as_bytes()
    store(
        folder,
        content,
        sender="bounce@courier.example",
        recipients=recipients or ("ada@example.org",),
    )
    return keys(folder)[0]
