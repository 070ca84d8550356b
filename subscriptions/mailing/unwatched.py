"""How a service is told, with the mail itself, that nobody is to watch what its reader opens and clicks.

Which words each takes stands in its record. One without words can only be told in its own settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Words:
    """What the mail then says."""

    flags: bool = False  # anymail's track_opens and track_clicks
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)  # anymail's esp_extra


FLAGS: Final = Words(flags=True)


def say(mail: Any, words: Words) -> None:
    """`mail` is a message that django-anymail is to send."""
    if words.flags:
        mail.track_opens = mail.track_clicks = False
    mail.extra_headers |= words.headers
    if words.extra:
        given = getattr(mail, "esp_extra", None)
        mail.esp_extra = {**(given if isinstance(given, Mapping) else {}), **words.extra}
