"""Django-anymail's backends where they cannot write each reader's own body, or pass on a key.

Postmark, Resend and Mailtrap take a list of whole messages, but anymail repeats one body in all of them. A mail brings
`own_bodies`, by address: HTML and text.
"""

import json
from typing import Any

from anymail.backends import mailtrap, postmark, resend
from typing_extensions import override


class PostmarkPayload(postmark.PostmarkPayload):  # type: ignore[misc] # anymail ships no types
    @override
    def data_for_recipient(self, to: Any) -> Any:
        html, text = self.message.own_bodies[to.addr_spec]
        return super().data_for_recipient(to) | {"HtmlBody": html, "TextBody": text}


class PostmarkBackend(postmark.EmailBackend):  # type: ignore[misc] # anymail ships no types
    @override
    def build_message_payload(self, message: Any, defaults: Any) -> PostmarkPayload:
        return PostmarkPayload(message, defaults, self)


class ResendPayload(resend.ResendPayload):  # type: ignore[misc] # anymail ships no types
    @override
    def serialize_data(self) -> str:
        if self.message.idempotency_key:
            self.headers["Idempotency-Key"] = self.message.idempotency_key
        written: str = super().serialize_data()
        if not self.is_batch():
            return written
        calls = json.loads(written)
        for one, to in zip(calls, self.to_recipients, strict=True):
            one["html"], one["text"] = self.message.own_bodies[to.addr_spec]
        return json.dumps(calls)


class ResendBackend(resend.EmailBackend):  # type: ignore[misc] # anymail ships no types
    @override
    def build_message_payload(self, message: Any, defaults: Any) -> ResendPayload:
        return ResendPayload(message, defaults, self)


class MailtrapPayload(mailtrap.MailtrapPayload):  # type: ignore[misc] # anymail ships no types
    @override
    def burst_for_batch(self) -> Any:
        burst = super().burst_for_batch()
        for request in burst["requests"]:
            html, text = self.message.own_bodies[request["to"][0]["email"]]
            request.update(html=html, text=text)
        return burst


class MailtrapBackend(mailtrap.EmailBackend):  # type: ignore[misc] # anymail ships no types
    @override
    def build_message_payload(self, message: Any, defaults: Any) -> MailtrapPayload:
        return MailtrapPayload(message, defaults, self)
