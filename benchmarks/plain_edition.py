"""The measured digest as a plain Django project would keep it: its compiled HTML with template variables in it.

Each story's headline, blurb and kicker, and each reader's own values, are looked up and escaped for every reader, as a
template does. What comes out is byte for byte what our own message says, or the comparison is refused.
"""

from dataclasses import dataclass
from typing import Any

from django.template import Context, Template
from django.utils.html import escape

from digests.archive import reading
from digests.messages.message import Message, Recipient
from digests.models import Digest, Item
from digests.rendering.tokens import Token, pieces
from subscriptions import links
from subscriptions.models import Subscriber

STORY_FIELDS = ("headline", "blurb", "kicker")


class NotTheSame(RuntimeError):
    """The template does not give the digest, so a comparison would not be fair."""


@dataclass(frozen=True, slots=True)
class PlainEdition:
    subject: str
    sender: str
    headers: dict[str, str]
    html: Template
    text: Template
    fixed: dict[str, Any]  # what every reader's context holds
    newsletter: str

    @classmethod
    def of(cls, digest: Digest) -> "PlainEdition":
        """Raises NotTheSame."""
        message = Message.of(digest, _version(digest))
        stories = [
            {"headline": item.shown_headline, "blurb": item.shown_blurb, "kicker": item.kicker}
            for item in Item.objects.filter(section__digest=digest).select_related("article")
        ]
        headers = dict(message.headers)
        edition = cls(
            subject=message.subject,
            sender=headers.pop("From"),
            headers=headers,
            html=Template(_with_variables(message.html, stories, in_html=True)),
            text=Template(_with_variables(message.text, stories, in_html=False)),
            fixed={"stories": stories, Token.WEB_URL.value: reading.page_url(digest)},
            newsletter=digest.newsletter.public_id,
        )
        edition.check(message)
        return edition

    def context(self, reader: Subscriber) -> Context:
        own = {
            Token.LEAVE_URL.value: links.leave_url(reader.public_id, self.newsletter),
            Token.PREFERENCES_URL.value: links.preferences_url(reader.public_id, self.newsletter),
            Token.ADDRESS.value: reader.address,
        }
        return Context(self.fixed | own)

    def check(self, message: Message) -> None:
        reader = Subscriber(address="o'reader@example.org")
        ours = message.personalised(Recipient(0, reader.public_id, reader.address))
        context = self.context(reader)
        html, text = self.html.render(context), self.text.render(context)
        if html != ours.alternatives[0][0] or text != ours.body:
            raise NotTheSame("The plain template does not give the same digest any more.")


def _version(digest: Digest) -> Any:
    if digest.approved_version is None:
        raise NotTheSame("The digest is not approved.")
    return digest.approved_version


def _with_variables(body: str, stories: list[dict[str, str]], *, in_html: bool) -> str:
    template = "".join(
        _variable(piece.value, in_html=in_html) if isinstance(piece, Token) else piece
        for piece in pieces(body)
    )
    for number, story in enumerate(stories):
        for name in STORY_FIELDS:
            written = escape(story[name]) if in_html else story[name]
            variable = _variable(f"stories.{number}.{name}", in_html=in_html)
            if len(written) > 3:  # a shorter word may stand in the middle of something else
                template = template.replace(f">{written}<", f">{variable}<")
    return template


def _variable(name: str, *, in_html: bool) -> str:
    return f"{{{{ {name} }}}}" if in_html else f"{{{{ {name}|safe }}}}"
