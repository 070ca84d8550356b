"""Names inside sentences that run the other way: in Arabic, "5 Things" must not be shown as "Things 5"."""

import unicodedata

from subscriptions.languages import direction_of

FIRST_STRONG_ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
FROM_THE_RIGHT = frozenset({"R", "AL"})


def isolated(name: str, language: str) -> str:
    """`name` with marks around it that have no width; without them where nothing can be shown in another order."""
    if direction_of(language) == "ltr" and not any(
        unicodedata.bidirectional(letter) in FROM_THE_RIGHT for letter in name
    ):
        return name
    return f"{FIRST_STRONG_ISOLATE}{name}{END_OF_ISOLATE}" if name else name
