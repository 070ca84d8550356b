"""A version as an ESP takes it: one call for many readers, what is each reader's own in fields or in whole bodies.

Whatever an ESP would take for its own syntax stays literal: in HTML by an entity, in plain text by a word joiner, which
nobody sees. Values go into fields only if no ESP can find anything to escape in them; other readers get a call of
their own, so that it does not matter whether an ESP escapes what it fills in.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape

from anymail.message import AnymailMessage

from digests.delivery.mail_headers import check_address, header
from digests.delivery.messages import Message, Recipient, message_id
from digests.delivery.transports.esps import Body, Esp, Key
from digests.rendering.tokens import Token, fill, marker, pieces
from subscriptions.addresses import normalise
from subscriptions.mailing import delivery_ids, unwatched

WORD_JOINER = "\u2060"
_STYLES = re.compile(r"(<style\b.*?</style>)", re.DOTALL | re.IGNORECASE)
_NOTHING_TO_ESCAPE = re.compile(r"[A-Za-z0-9@.:/_+~?#-]*")


class EspMail:
    """Prepared once a version, asked once a call. Raises Unwritable for headers that no mail could have."""

    def __init__(self, esp: Esp, message: Message) -> None:
        self.esp = esp
        self.message = message
        headers = dict(message.headers)
        for name, value in {**headers, "Subject": message.subject}.items():
            header(name, value)  # JSON would carry a line break to whoever makes headers of it
        self._sender = _spaced(esp, headers.pop("From"))
        self._headers = {name: _spaced(esp, value) for name, value in headers.items()}
        self._headers |= {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        self._headers |= dict(esp.headers or {})
        self._subject = literal_text(esp, message.subject)
        self._fields = _with_fields(esp, message) if esp.body is Body.FIELDS else ("", "")

    def calls(self, recipients: Sequence[Recipient]) -> list[list[Recipient]]:
        """Who goes together: a call is measured as a whole or not at all.

        An address that comes twice, or in other capitals, would be one to the ESP.
        """
        together: dict[bool, list[Recipient]] = {False: [], True: []}
        alone: list[Recipient] = []
        seen: set[str] = set()
        for recipient in recipients:
            folded = wire_address(recipient.address).casefold()
            is_shared = self.esp.body is not Body.ALONE and folded not in seen
            if is_shared and self.goes_with_others(recipient):
                together[self._is_watched(recipient)].append(recipient)
            else:
                alone.append(recipient)
            seen.add(folded)
        size = self.esp.batch_size
        groups = [
            readers[start : start + size]
            for readers in together.values()
            for start in range(0, len(readers), size)
        ]
        return [*groups, *([reader] for reader in alone)]

    def shared(self, readers: Sequence[Recipient], *, key: str = "") -> AnymailMessage:
        """One call for all of these; each gets a mail of their own, and sees no other address."""
        addresses = {wire_address(reader.address): reader for reader in readers}
        html, text = self._fields
        mail = self._mail(list(addresses), html, text, key)
        self._say_who_watches(mail, readers[0])
        mail.merge_metadata = {
            address: self._metadata(reader) for address, reader in addresses.items()
        }
        mail.merge_headers = {
            address: self._own_headers(reader) for address, reader in addresses.items()
        }
        if self.esp.body is Body.FIELDS:
            mail.merge_data = {
                address: {token.value: value for token, value in self._values(reader).items()}
                for address, reader in addresses.items()
            }
        else:
            mail.own_bodies = {
                address: self._whole(reader) for address, reader in addresses.items()
            }
        mail.expected = [part for reader in readers for part in self._signs_of(reader)]
        return mail

    def alone(self, reader: Recipient, *, key: str = "") -> AnymailMessage:
        html, text = self._whole(reader)
        mail = self._mail([wire_address(reader.address)], html, text, key)
        self._say_who_watches(mail, reader)
        mail.extra_headers |= self._own_headers(reader, repeat=False)
        if self.esp.takes_metadata:
            mail.metadata = self._metadata(reader)
        mail.expected = self._signs_of(reader) if self.esp.takes_metadata else []
        return mail

    def _mail(self, to: list[str], html: str, text: str, key: str) -> AnymailMessage:
        headers = dict(self._headers)
        if key and self.esp.key is Key.MAIL_HEADER:
            headers["idempotencyKey"] = key
        mail = AnymailMessage(
            subject=self._subject, body=text, from_email=self._sender, to=to, headers=headers
        )
        mail.attach_alternative(html, "text/html")
        if self.esp.extra is not None:
            mail.esp_extra = dict(self.esp.extra)
        mail.idempotency_key = key
        return mail

    def _is_watched(self, reader: Recipient) -> bool:
        return reader.is_measured and self.esp.unwatched is not None

    def _say_who_watches(self, mail: AnymailMessage, reader: Recipient) -> None:
        """Nearly everywhere only ever switched off: whether the ESP watches at all is set there."""
        if self.esp.unwatched is not None and not reader.is_measured:
            unwatched.say(mail, self.esp.unwatched)
        elif self.esp.is_asked_to_watch:
            mail.track_opens = mail.track_clicks = True

    def goes_with_others(self, reader: Recipient) -> bool:
        if self.esp.body is Body.WHOLE:
            return True
        return all(map(_NOTHING_TO_ESCAPE.fullmatch, self._values(reader).values()))

    def _values(self, reader: Recipient) -> Mapping[Token, str]:
        """What differs from reader to reader."""
        values = self.message.values_for(reader)
        return {token: value for token, value in values.items() if token is not Token.WEB_URL}

    def _whole(self, reader: Recipient) -> tuple[str, str]:
        values = self.message.values_for(reader)
        html = literal_html(self.esp, fill(self.message.html, values, escape))
        return html, literal_text(self.esp, fill(self.message.text, values, str))

    def _own_headers(self, reader: Recipient, *, repeat: bool = True) -> dict[str, str]:
        headers = {"List-Unsubscribe": self.message.leave_header(reader)}
        if self.esp.keeps_message_id:
            headers["Message-ID"] = message_id(self.message.digest, reader.public_id)
        if repeat and self.esp.repeats_headers:
            constant = {name: self._headers[name] for name in self._headers if name != "Reply-To"}
            return constant | headers
        return headers

    def _metadata(self, reader: Recipient) -> dict[str, str]:
        name = delivery_ids.for_digest(self.message.digest, reader.public_id)
        return {delivery_ids.METADATA_KEY: name}

    def _signs_of(self, reader: Recipient) -> list[str]:
        """What the call must hold, or this reader's part of it was lost on the way."""
        return [self._leave_url(reader), *self._metadata(reader).values()]

    def _leave_url(self, reader: Recipient) -> str:
        return self.message.values_for(reader)[Token.LEAVE_URL]


def call_key(slice_key: str, message: Message, readers: Sequence[Recipient]) -> str:
    """The same for the same call, and no other: random public ids part installations and restored databases.

    A UUID, because Brevo wants one. Empty without a slice.
    """
    if not slice_key:
        return ""
    name = " ".join([slice_key, message.digest, *(reader.public_id for reader in readers)])
    return str(uuid.UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=5))


@lru_cache(maxsize=1024)
def wire_address(address: str) -> str:
    """With its domain as small A-labels: anymail compares keys after that. Raises BadAddress and Unwritable."""
    if not address.isascii():
        return normalise(address)
    check_address(address)  # a comma would make two readers of one
    local, _at, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def literal_html(esp: Esp, html: str) -> str:
    """The same page to a reader's eyes, without a word that the ESP would act on."""
    syntax = _syntax(esp)
    if syntax is None:
        return html
    return "".join(
        # A style sheet knows no entities; there a blank does.
        syntax.sub(r"\1 ", part) if place % 2 else syntax.sub(_entity, part)
        for place, part in enumerate(_STYLES.split(html))
    )


def literal_text(esp: Esp, text: str) -> str:
    syntax = _syntax(esp)
    return text if syntax is None else syntax.sub(rf"\1{WORD_JOINER}", text)


def _spaced(esp: Esp, value: str) -> str:
    """For headers, some of which must stay ASCII."""
    syntax = _syntax(esp)
    return value if syntax is None else syntax.sub(r"\1 ", value)


@lru_cache
def _syntax_of(words: tuple[str, ...]) -> re.Pattern[str]:
    # Looking ahead finds all three of {{{, where taking them in pairs would leave a new pair.
    return re.compile(f"(?={'|'.join(map(re.escape, words))})(.)", re.IGNORECASE)


def _syntax(esp: Esp) -> re.Pattern[str] | None:
    return _syntax_of(esp.syntax) if esp.syntax else None


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[1])};"


def _with_fields(esp: Esp, message: Message) -> tuple[str, str]:
    """HTML and text with a field of the ESP's at every marker."""
    shared = {Token.WEB_URL: message.web_url}
    html = _fill_some(message.html, {t: escape(url) for t, url in shared.items()})
    text = _fill_some(message.text, shared)
    return _fielded(esp, literal_html(esp, html), html=True), _fielded(
        esp, literal_text(esp, text), html=False
    )


def _fill_some(text: str, values: Mapping[Token, str]) -> str:
    for token, value in values.items():
        text = text.replace(marker(token), value)
    return text


def _fielded(esp: Esp, text: str, *, html: bool) -> str:
    parts = pieces(text)
    written = []
    for place, part in enumerate(parts):
        if isinstance(part, Token):
            written.append(esp.field.format(part.value))
            continue
        # A brace of the article beside a field would become part of it.
        first, last = esp.field[-1], esp.field[0]
        if place < len(parts) - 1 and part.endswith(last):
            part = part[:-1] + (f"&#{ord(last)};" if html else last + WORD_JOINER)
        if place and part.startswith(first):
            part = (f"&#{ord(first)};" if html else WORD_JOINER + first) + part[1:]
        written.append(part)
    return "".join(written)
