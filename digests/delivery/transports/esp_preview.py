"""A mail as it would be handed to an ESP, for the preview: nothing is sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digests.delivery.messages import Message, Recipient
from digests.delivery.transports.esp_mail import EspMail
from digests.delivery.transports.esp_session import EspSession
from digests.delivery.transports.esps import ESPS, Body
from subscriptions.mailing.mail import MailRoute

# A call for one reader has no fields, so a preview of one that has needs a second.
ANOTHER = Recipient(0, "B" * 16, "another.reader@example.org")


@dataclass(frozen=True, slots=True)
class Handed:
    """`body` is what the call holds, JSON where the ESP takes JSON or a form, the whole mail where it takes that."""

    service: str  # as people call it: Mailgun
    is_batch: bool  # with merge fields and each reader's values, or with whole bodies
    body: str


def handed_to(route: MailRoute, message: Message, recipient: Recipient) -> Handed:
    """Made by the very code that sends, to this reader and another. Keys and passwords are not in it.

    `route.service` is one of ESPS. Raises Away where a package or a setting is missing, and ValueError.
    """
    esp = ESPS[route.service]
    letters = EspMail(esp, message)
    backend = EspSession(route, esp).connect()
    is_batch = esp.body is not Body.ALONE and letters.goes_with_others(recipient)
    mail = letters.shared([recipient, ANOTHER]) if is_batch else letters.alone(recipient)
    payload = backend.build_message_payload(mail, backend.send_defaults)
    return Handed(backend.esp_name, is_batch, _body(payload))


def _body(payload: Any) -> str:
    if hasattr(payload, "generate_raw_message"):
        return str(payload.generate_raw_message().decode())
    data = payload.serialize_data()
    if isinstance(data, Mapping):  # a form
        return json.dumps({name: _read(value) for name, value in data.items()}, indent=2)
    return json.dumps(json.loads(data), indent=2, ensure_ascii=False)


def _read(value: Any) -> Any:
    """A form's field may hold JSON."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
