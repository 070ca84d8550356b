"""A version as a service takes it: what stands in each call, and what is each reader's own.

Values go into a service's merge fields only if no service can find anything to escape in them; other readers get a call
of their own, so that it does not matter whether a service escapes what it fills in.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from anymail.message import AnymailMessage

from digests.delivery.transports.service_form import (
    KEY_SIGN,
    SAMPLE_ADDRESS,
    SIGNS,
    Form,
    Own,
    Values,
    form_for_many,
    form_for_one,
    sign,
)
from digests.messages.message import Message, Recipient, host_of_messages, message_name
from digests.rendering.mail_headers import check_address, header
from digests.rendering.tokens import Token, fill
from subscriptions.addresses import normalise
from subscriptions.links import BulkLinks, bulk_links
from subscriptions.mailing import delivery_ids, unwatched
from subscriptions.mailing.literal import (
    WORD_JOINER,
    literal_header,
    literal_html,
    literal_text,
)
from subscriptions.mailing.service import Body, Service
from subscriptions.mailing.service_session import ServiceSession

# Most addresses: small A-labels after the @, and nothing to escape anywhere.
_PLAIN = re.compile(r"(?=.{3,254}\Z)[A-Za-z0-9_+~#?/:.-]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_NOTHING_TO_ESCAPE = re.compile(r"[A-Za-z0-9@.:/_+~?#-]*")
_FIELDS: Mapping[Own, str] = {
    Own.ADDRESS_HTML: "address",
    Own.ADDRESS_TEXT: "address",
    Own.ADDRESS: "address",
    Own.TOKEN: "token",
    Own.READER: "reader",
    Own.MESSAGE: "message",
}
_IN_BODY = re.compile(f"({'|'.join(map(re.escape, SIGNS))})")


class ServiceMail:
    """The content of a service's calls for one version. Raises Unwritable for headers that no email could have."""

    def __init__(self, service: Service, message: Message) -> None:
        self.service = service
        self.message = message
        self._links: BulkLinks = bulk_links(message.newsletter)
        headers = dict(message.headers)
        for name, value in {**headers, "Subject": message.subject}.items():
            header(name, value)  # JSON would carry a line break to whoever makes headers of it
        self._sender = literal_header(service, headers.pop("From"))
        constant = {name: literal_header(service, value) for name, value in headers.items()}
        self._headers = constant | {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        self._forms: dict[tuple[bool, bool, bool], Form] = {}

    def form(
        self, session: ServiceSession, *, together: bool, is_measured: bool, is_keyed: bool
    ) -> Form:
        """Made when it is first asked for. Raises Away and ValueError."""
        which = (together, is_measured, is_keyed)
        if which not in self._forms:
            self._forms[which] = self._form(session, *which)
        return self._forms[which]

    def goes_with_others(self, reader: Recipient) -> bool:
        if self.service.call.body is Body.FIELDS:
            return _NOTHING_TO_ESCAPE.fullmatch(reader.address) is not None
        return self.service.call.body is Body.WHOLE

    def is_measured(self, reader: Recipient) -> bool:
        return reader.is_measured and self.service.unwatched is not None

    def values(self, readers: Sequence[Recipient], form: Form) -> list[Values]:
        """Return each reader's values in the order of Own; what the form does not ask for is empty."""
        own = form.own
        digest, token = self.message.digest, self._links.token
        has_token, has_message = Own.TOKEN in own, Own.MESSAGE in own
        has_address = Own.ADDRESS_HTML in own or Own.ADDRESS_TEXT in own
        found: list[Values] = []
        for reader in readers:
            address = wire_address(reader.address).encode()
            html, text = self._shown(reader.address) if has_address else (b"", b"")
            found.append(
                (
                    address,
                    html,
                    text,
                    token(reader.public_id).encode() if has_token else b"",
                    reader.public_id.encode(),
                    message_name(digest, reader.public_id).encode() if has_message else b"",
                )
            )
        return found

    def _shown(self, address: str) -> tuple[bytes, bytes]:
        """Return the address in HTML and in text, as it was typed: an address in a body is for the eye."""
        if _NOTHING_TO_ESCAPE.fullmatch(address):
            plain = address.encode()
            return plain, plain
        html = literal_html(self.service, escape(address))
        return html.encode(), literal_text(self.service, address).encode()

    def _form(
        self, session: ServiceSession, together: bool, is_measured: bool, is_keyed: bool
    ) -> Form:
        mail = self._mail(together=together)
        if self.service.unwatched is not None and not is_measured:
            unwatched.say(mail, self.service.unwatched)
        elif self.service.is_asked_to_watch:
            mail.track_opens = mail.track_clicks = True
        request = dict(session.request_for(mail))
        data = request.pop("data")
        is_form = not isinstance(data, str | bytes)
        if not is_form:
            data = json.loads(data)
            request["headers"] = {"Content-Type": "application/json", **(request["headers"] or {})}
        if self.service.call.adapted is not None:
            data = self.service.call.adapted(data)
        if is_keyed and self.service.key.put is not None:
            self.service.key.put(data, KEY_SIGN)
        needs = {Own.ADDRESS, Own.TOKEN}
        if self.service.headers.takes_metadata:
            needs.add(Own.READER)
        if together:
            path = self.service.call.readers
            return form_for_many(request, data, path, frozenset(needs), is_form=is_form)
        return form_for_one(request, data, frozenset(needs), is_form=is_form)

    def _mail(self, *, together: bool) -> Any:
        """Make the email for the reader who does not exist."""
        html, text = self._bodies()
        fields = together and self.service.call.body is Body.FIELDS
        if fields:
            html, text = self._fielded(html, is_html=True), self._fielded(text, is_html=False)
        mail = AnymailMessage(
            subject=literal_text(self.service, self.message.subject),
            body=text,
            from_email=self._sender,
            to=[SAMPLE_ADDRESS],
            headers=self.service.headers.fitted(self._headers),
        )
        mail.attach_alternative(html, "text/html")
        if self.service.extra:
            mail.esp_extra = dict(self.service.extra)
        if together:
            self._say_each(mail, fields=fields)
        else:
            mail.extra_headers |= self._own_headers(sign)
            if self.service.headers.takes_metadata:
                mail.metadata = self._metadata(sign)
        return mail

    def _say_each(self, mail: Any, *, fields: bool) -> None:
        if fields and self.service.call.fields_anywhere:
            # A variable holds what differs; the rest stands in what all share.
            mail.extra_headers |= self._own_headers(self._field)
            mail.metadata = self._metadata(self._field)
            names = {Own.ADDRESS: SAMPLE_ADDRESS} | {
                own: sign(own) for own in (Own.TOKEN, Own.READER, Own.MESSAGE)
            }
        else:
            headers = self._own_headers(sign)
            if self.service.call.repeats_headers:
                constant = {n: v for n, v in mail.extra_headers.items() if n != "Reply-To"}
                headers = constant | headers
            mail.merge_headers = {SAMPLE_ADDRESS: headers}
            mail.merge_metadata = {SAMPLE_ADDRESS: self._metadata(sign)}
            names = {Own.ADDRESS: SAMPLE_ADDRESS, Own.TOKEN: sign(Own.TOKEN)}
        if fields:
            mail.merge_data = {
                SAMPLE_ADDRESS: {_FIELDS[own]: value for own, value in names.items()}
            }

    def _bodies(self) -> tuple[str, str]:
        def values(address: Own) -> dict[Token, str]:
            token = sign(Own.TOKEN)
            return {
                Token.LEAVE_URL: token.join(self._links.leave),
                Token.PREFERENCES_URL: token.join(self._links.preferences),
                Token.WEB_URL: self.message.web_url,
                Token.ADDRESS: sign(address),
            }

        html = fill(self.message.html, values(Own.ADDRESS_HTML), escape)
        text = fill(self.message.text, values(Own.ADDRESS_TEXT), str)
        return literal_html(self.service, html), literal_text(self.service, text)

    def _fielded(self, text: str, *, is_html: bool) -> str:
        """Put a field of the service's wherever a reader's value stands."""
        field = self.service.call.merge_field.format("x")
        first, last = field[-1], field[0]
        parts = _IN_BODY.split(text)
        for place in range(0, len(parts), 2):
            part = parts[place]
            # A brace of the article beside a field would become part of it.
            if place < len(parts) - 1 and part.endswith(last):
                part = part[:-1] + (f"&#{ord(last)};" if is_html else last + WORD_JOINER)
            if place and part.startswith(first):
                part = (f"&#{ord(first)};" if is_html else WORD_JOINER + first) + part[1:]
            parts[place] = part
        for place in range(1, len(parts), 2):
            parts[place] = self._field(SIGNS[parts[place]])
        return "".join(parts)

    def _field(self, own: Own) -> str:
        return self.service.call.merge_field.format(_FIELDS[own])

    def _own_headers(self, written: Any) -> dict[str, str]:
        """`written`: how a value stands there."""
        headers = {"List-Unsubscribe": self._links.leave_header_of(written(Own.TOKEN))}
        if self.service.headers.keeps_message_id:
            headers["Message-ID"] = f"<{written(Own.MESSAGE)}@{host_of_messages()}>"
        return self.service.headers.kept(headers)

    def _metadata(self, written: Any) -> dict[str, str]:
        name = delivery_ids.for_digest(self.message.digest, written(Own.READER))
        return {delivery_ids.METADATA_KEY: name}


@lru_cache(maxsize=1024)
def _normalised(address: str) -> str:
    if not address.isascii():
        return normalise(address)
    check_address(address)  # a comma would make two readers of one
    local, _at, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def wire_address(address: str) -> str:
    """Return the address with its domain as small A-labels. Raises BadAddress and Unwritable."""
    return address if _PLAIN.fullmatch(address) else _normalised(address)
