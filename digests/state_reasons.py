"""Why a digest is in its state: a code and its facts in the row, words when somebody reads them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.utils.translation import gettext as _

from digests.choices import StateReason

LONGEST = 300  # characters of a text that somebody else wrote
LONGEST_WORDS = 600

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reason:
    """`facts` are what JSON can hold."""

    code: StateReason
    facts: Facts = field(default_factory=dict)

    @classmethod
    def of(cls, code: StateReason, /, **facts: Any) -> Self:
        """Texts are cut, not refused: they may be a mail server's."""
        return cls(code, {name: _cut(value) for name, value in facts.items()})

    def __str__(self) -> str:
        return words_of(self.code, self.facts)


def _cut(value: Any) -> Any:
    return value.replace("\0", "")[:LONGEST] if isinstance(value, str) else value


def words_of(code: str, facts: Facts) -> str:
    """Empty where a digest needs no reason for its state."""
    return WORDS[StateReason(code)](facts).strip()[:LONGEST_WORDS] if code else ""


def _not_approved(facts: Facts) -> str:
    """`first`: who approved it, where a second person was needed; it is empty if the account is gone."""
    if "first" not in facts:
        return _("Nobody approved it by the deadline.")
    return _("%(who)s approved it, but nobody confirmed it by the deadline.") % {
        "who": facts["first"] or _("Somebody")
    }


def _refusals(facts: Facts) -> str:
    tried, refused, complained = facts["tried"], facts["refused"], facts["complained"]
    return (
        f"Of {tried:,} readers, servers refused {refused:,} for good "
        f"({refused / tried:.1%}; 5% is the limit) and {complained:,} complained "
        f"({complained / tried:.2%}; 0.1% is the limit). "
        "See the reasons and the list, then resume or cancel it."
    )


def _not_released(facts: Facts) -> str:
    return f"Nobody released it in time. {words_of(facts['code'], facts['facts'])}"


WORDS: Mapping[StateReason, Callable[[Facts], str]] = {
    StateReason.NOTE: "{text}".format_map,
    StateReason.FINDINGS: "{text}".format_map,
    StateReason.TOO_FEW_STORIES: "Too few stories: {found} of at least {least} were found for it.".format_map,
    StateReason.NOT_APPROVED: _not_approved,
    StateReason.SKIPPED_BY_RULE: lambda facts: (
        f"{_not_approved(facts)} {_('It was skipped, as its schedule says.')}"
    ),
    StateReason.WITHDRAWN: "Its approval was withdrawn after the deadline.".format_map,
    StateReason.DISCARDED: lambda facts: _("Discarded by %(who)s.") % facts,
    StateReason.SKIPPED: lambda facts: f"{_('Skipped by %(who)s.') % facts} {facts['why']}",
    StateReason.MOVED: lambda facts: _("Moved to %(day)s.") % facts,
    StateReason.TAKEN_BACK: "It was skipped, and taken back after its deadline.".format_map,
    StateReason.NOTHING_RAN: "It should have gone out at {due} ({zone}), and nothing was running then.".format_map,
    StateReason.NOT_RELEASED: _not_released,
    StateReason.LATE: "It should have been on its way by {by} ({zone}), and was not.".format_map,
    StateReason.NOBODY_LEFT: (
        "The time of every reader was past, and its schedule leaves those out.".format_map
    ),
    StateReason.EVERYBODY_HAS_IT: (
        "All of its readers had the story already when they were to be chosen.".format_map
    ),
    StateReason.STOPPED_BY_SEED: "Stopped by {who} while only the seeds had it.".format_map,
    StateReason.WORKERS_LOST: (
        "{count} workers in a row were lost while sending it: its content may be what stops them.".format_map
    ),
    StateReason.CANNOT_BE_SENT: "Its content cannot be made into a message: {error}".format_map,
    StateReason.REFUSALS: _refusals,
}
