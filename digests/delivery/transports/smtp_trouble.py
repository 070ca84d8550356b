"""What stops a transport. Each says why in one line, for the log and for staff."""

REST_SECONDS = 10  # each time again twice as long (subscriptions/mailing/transports.py)
POLICY_REST_SECONDS = 600  # Gmail asks for ten minutes of silence after a policy deferral
MESSAGE_REST_SECONDS = 60  # until a person has made it smaller, or asked for more


class Trouble(Exception):
    """The way out must rest: another connection would fare no better.

    `is_about_message`: this digest must rest; another one may fare better.
    """

    def __init__(
        self, text: str, rest_seconds: float = REST_SECONDS, *, is_about_message: bool = False
    ) -> None:
        super().__init__(text)
        self.rest_seconds = rest_seconds
        self.is_about_message = is_about_message


class Lost(Trouble):
    """The connection is of no more use; a new one may be."""


class Silence(Lost):
    """Nothing came within the time that this phase is given."""


class Closing(Lost):
    """A 421: the server takes nothing that it has not answered before (RFC 5321 sections 3.8 and 4.2.2)."""


class Lie(Lost):
    """The server does not do what it announced; it is not asked for it again."""

    def __init__(self, extension: str, text: str) -> None:
        super().__init__(text)
        self.extension = extension
