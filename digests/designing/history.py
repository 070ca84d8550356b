"""What a template's look was before, by whom and when."""

from dataclasses import dataclass
from itertools import pairwise

from digests.designing.snapshots import differences
from digests.models import LookChange, Template

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Remembered:
    """`told` says what the save changed; empty for what was there before the first."""

    change: LookChange
    told: tuple[str, ...] = ()

    @property
    def by(self) -> str:
        user = self.change.by
        return (user.get_full_name() or user.get_username()) if user else ""


def history_of(template: Template) -> list[Remembered]:
    """The newest first. One question to the database."""
    changes = list(template.look_changes.select_related("by")[: MOST_SHOWN + 1])
    told = [
        Remembered(new, tuple(differences(old.values, new.values)))
        for new, old in pairwise(changes)
    ]
    oldest = [Remembered(change) for change in changes[-1:] if change.revision == 0]
    return [*told, *oldest][:MOST_SHOWN]


def at_revision(template: Template, revision: int) -> LookChange | None:
    return template.look_changes.filter(revision=revision).first()
