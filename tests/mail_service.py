"""A service behind django-anymail that speaks to nobody, and answers as it is told."""

from typing import Any

from anymail.backends.test import EmailBackend as AnymailTestBackend
from anymail.message import AnymailRecipientStatus
from typing_extensions import override


class Backend(AnymailTestBackend):  # type: ignore[misc] # anymail ships no types
    """`status` is what it says of every recipient, or the error it raises."""

    def __init__(self, *args: Any, status: str | Exception, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.answered = status

    @override
    def post_to_esp(self, payload: Any, message: Any) -> Any:
        if isinstance(self.answered, Exception):
            raise self.answered
        return super().post_to_esp(payload, message)

    @override
    def parse_recipient_status(self, response: Any, payload: Any, message: Any) -> Any:
        return {
            address: AnymailRecipientStatus(message_id="1", status=self.answered)
            for address in message.to
        }
