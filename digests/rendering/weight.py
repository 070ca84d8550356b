"""How heavy a digest is: Gmail cuts off what comes after 102 KB, the unsubscribe link too."""

from dataclasses import dataclass
from typing import Literal

from digests.rendering.tokens import LONGEST_BYTES, Token, pieces
from subscriptions.rendering.rendered import Rendered

AMBER_BYTES = 80_000
RED_BYTES = 100_000  # Gmail's limit is written as 102 KB; we leave a little for gateways


@dataclass(frozen=True, slots=True)
class Weight:
    html_bytes: int

    @property
    def level(self) -> Literal["green", "amber", "red"]:
        if self.html_bytes >= RED_BYTES:
            return "red"
        return "amber" if self.html_bytes >= AMBER_BYTES else "green"


def weigh(rendered: Rendered) -> Weight:
    """The bytes of the HTML for the reader with the longest links and address."""
    return Weight(
        sum(
            LONGEST_BYTES[piece] if isinstance(piece, Token) else len(piece.encode())
            for piece in pieces(rendered.html)
        )
    )
