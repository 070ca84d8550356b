"""A look in words: what its colours are called, and what is wrong with them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests.rendering.readability import Ground, Pair, Text, Time

TEXTS: Mapping[tuple[Time, Text], Promise] = {
    ("day", "ink"): gettext_lazy("Text"),
    ("day", "soft"): gettext_lazy("Small print"),
    ("day", "accent"): gettext_lazy("Accent"),
    ("night", "ink"): gettext_lazy("Text by night"),
    ("night", "soft"): gettext_lazy("Small print by night"),
    ("night", "accent"): gettext_lazy("Accent by night"),
    ("day", "name"): gettext_lazy("The name, large"),
    ("day", "on_band"): gettext_lazy("Words on the band"),
}
GROUNDS: Mapping[Ground, Promise] = {
    "paper": gettext_lazy("the paper"),
    "page": gettext_lazy("the page around it"),
    "tint": gettext_lazy("the tinted boxes"),
    "band": gettext_lazy("the band"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a look is not saved, in words. `field` is that of the form; empty: no single one."""

    field: str
    text: str
    suggestion: str = ""  # a colour that would do


def field_of(pair: Pair) -> str:
    """The colour that a person would change. Words on the band are black or white by themselves."""
    if pair.ground == "band":
        return "band"
    return pair.text if pair.time == "day" else f"dark_{pair.text}"


def shown_ratio(ratio: float) -> str:
    return f"{ratio:.2f}:1"


def faults_of(failing: Iterable[Pair]) -> Iterator[Fault]:
    """Yield one fault for each colour, about the ground on which it is hardest to read."""
    worst: dict[str, Pair] = {}
    for pair in failing:
        known = worst.setdefault(field_of(pair), pair)
        if pair.ratio < known.ratio:
            worst[field_of(pair)] = pair
    for name, pair in worst.items():
        yield Fault(name, sentence(pair), pair.suggestion)


def sentence(pair: Pair) -> str:
    values = {
        "text": TEXTS[pair.time, pair.text],
        "ground": GROUNDS[pair.ground],
        "ratio": shown_ratio(pair.ratio),
        "needs": f"{pair.needs:g}:1",
        "suggestion": pair.suggestion,
    }
    if not pair.suggestion:
        return (
            _(
                "%(text)s (%(ratio)s on %(ground)s) cannot be read: %(needs)s is needed, and no shade of it "
                "has that on all that it stands on. Bring paper and page closer together."
            )
            % values
        )
    return (
        _(
            "%(text)s (%(ratio)s on %(ground)s) is hard to read: %(needs)s is needed. The nearest colour "
            "that can be read is %(suggestion)s."
        )
        % values
    )
