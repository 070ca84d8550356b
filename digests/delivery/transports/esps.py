"""What each ESP can do, as far as one call with many readers goes. Plain data; the names are those of MAIL_URL.

Found in the ESPs' own references and in django-anymail 15.2. An ESP takes a timeout, a reset or a 5xx as it likes: only
where an idempotency key makes the same call harmless may it be made again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from digests.models.ledger import SLICE_SIZE
from subscriptions.mailing.mail import service_of
from subscriptions.mailing.unwatched import FLAGS, POSTAL, SES, Words

MINUTES, HOURS = 60, 3600


class Body(Enum):
    """How a reader's own links get into the body of a call for many."""

    FIELDS = "the ESP fills its own merge fields"
    WHOLE = "each reader's body stands in the call"
    ALONE = "one reader a call"


class Key(Enum):
    """Where the ESP reads an idempotency key from."""

    NONE = "nowhere"
    HTTP_HEADER = "the header Idempotency-Key of the call"
    MAIL_HEADER = "idempotencyKey among the headers of the mail"


@dataclass(frozen=True, slots=True)
class Esp:
    body: Body = Body.ALONE
    most_per_call: int = 1
    # A merge field, its name to be formatted in; without FIELDS, none.
    field: str = ""
    # What the ESP would take for syntax of its own in any text, and so must not meet in an article.
    syntax: tuple[str, ...] = ()
    key: Key = Key.NONE
    key_seconds: int = 0  # how long a key is remembered
    # Constant headers stand in each reader's headers once more: whether the ESP merges the two is its secret.
    repeats_headers: bool = False
    keeps_message_id: bool = False
    takes_metadata: bool = True
    # How a call says that opens and clicks are not to be watched; None: only the ESP's own settings can.
    unwatched: Words | None = FLAGS
    # Opens can only be asked for, never declined: its own setting must be off, and a call asks where a reader agreed.
    is_asked_to_watch: bool = False
    # A backend of ours, where anymail's alone cannot write each reader's body or pass on the key.
    backend: str = ""
    # For anymail's esp_extra.
    extra: Mapping[str, object] | None = None
    # What its mails need among their headers.
    headers: Mapping[str, str] | None = None

    @property
    def batch_size(self) -> int:
        return min(self.most_per_call, SLICE_SIZE)

    @property
    def is_keyed(self) -> bool:
        return self.key is not Key.NONE


def _ours(name: str) -> str:
    return f"digests.delivery.transports.esp_backends.{name}Backend"


SENDGRID_FIELD = "%newsroom_{}%"

ESPS: Final[Mapping[str, Esp]] = {
    "brevo": Esp(
        Body.FIELDS,
        1000,
        "{{{{params.{}}}}}",
        syntax=("{{", "{%", "{#"),
        key=Key.MAIL_HEADER,
        key_seconds=15 * MINUTES,  # its guide says 30, its changelog 15
        repeats_headers=True,
        unwatched=None,
    ),
    # Batches are answered later and carry no metadata; headers of one's own need its largest plan.
    "mailersend": Esp(syntax=("{{", "{%", "{$"), takes_metadata=False),
    "mailgun": Esp(
        Body.FIELDS,
        1000,
        "%recipient.{}%",
        syntax=("%recipient", "%unsubscribe", "%tag_unsubscribe", "%mailing_list", "%tag"),
        keeps_message_id=True,
    ),
    "mailjet": Esp(
        Body.FIELDS,
        50,
        "{{{{var:{}}}}}",
        syntax=("{{", "{%", "[["),
        repeats_headers=True,
        extra={"Globals": {"TemplateLanguage": True}},
    ),
    "mailtrap": Esp(Body.WHOLE, 500, syntax=("{{",), unwatched=None, backend=_ours("Mailtrap")),
    "mandrill": Esp(syntax=("*|", "{{")),  # no headers of a reader's own in a batch
    "postal": Esp(takes_metadata=False, unwatched=POSTAL),
    "postmark": Esp(
        Body.WHOLE,
        500,
        keeps_message_id=True,
        headers={"X-PM-KeepID": "true"},
        is_asked_to_watch=True,
        backend=_ours("Postmark"),
    ),
    "resend": Esp(
        Body.WHOLE,
        100,
        syntax=("{{{",),
        key=Key.HTTP_HEADER,
        key_seconds=24 * HOURS,
        unwatched=None,
        backend=_ours("Resend"),
    ),
    "scaleway": Esp(unwatched=None),
    "sendgrid": Esp(
        Body.FIELDS,
        1000,
        SENDGRID_FIELD,
        syntax=("%newsroom_", "[%", "<%"),
        extra={"merge_field_format": SENDGRID_FIELD},
    ),
    # Its batches need a template stored there.
    "ses": Esp(keeps_message_id=True, unwatched=SES),
    "sparkpost": Esp(Body.FIELDS, 2000, "{{{{{{{}}}}}}}", syntax=("{{",)),
    "unisender-go": Esp(Body.FIELDS, 500, "{{{{{}}}}}", syntax=("{{",)),
}


def resends_by_itself(transport: str) -> bool:
    """Are readers in doubt sent again where the newsletter leaves it to the way their mail went?

    To a mail server, yes: that is what SMTP itself does (RFC 1047). To an ESP, no: its key covered the call, which was
    repeated already as far as that goes; another batch is another call.
    """
    return service_of(transport) not in ESPS
