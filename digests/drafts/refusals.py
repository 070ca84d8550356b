"""Why an editor's change is not made."""

from digests.models import Change
from digests.refusal import Refusal


class Refused(Refusal):
    """The digest cannot be changed; the text says why, for the editor."""


class Stale(Refused):
    """Somebody changed the same thing after the editor's page was loaded: nothing is overwritten."""

    def __init__(self, text: str, change: Change) -> None:
        super().__init__(text)
        self.change = change
