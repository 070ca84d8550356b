"""Which digests a save of a template reaches, and which keep what was approved."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.choices import UNDER_WAY_STATES, DigestState
from digests.models import Digest, Template

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Reach:
    """`drafts` take the look; of these `unfilled` take the sections, too, since their stories are still to come."""

    drafts: Sequence[Digest]
    unfilled: int
    keeping: int  # approved or under way: their readers get the version that was approved

    @property
    def shown(self) -> Sequence[Digest]:
        return self.drafts[:MOST_SHOWN]

    @property
    def further(self) -> int:
        return max(len(self.drafts) - MOST_SHOWN, 0)


def reach_of(template: Template) -> Reach:
    """Return which digests a change of the template reaches; one query."""
    states = (DigestState.DRAFT, DigestState.HELD, DigestState.APPROVED, *UNDER_WAY_STATES)
    digests = list(
        Digest.objects.filter(newsletter=template.newsletter_id, state__in=states).order_by(
            "due_at"
        )
    )
    drafts = [d for d in digests if d.state in (DigestState.DRAFT, DigestState.HELD)]
    return Reach(
        drafts,
        sum(digest.assembled_at is None for digest in drafts),
        len(digests) - len(drafts),
    )


def sentences(reach: Reach) -> list[str]:
    """What saving will do, for whoever is about to."""
    said = [_of_drafts(len(reach.drafts))]
    if reach.drafts and reach.unfilled < len(reach.drafts):
        said.append(_("Digests that are already assembled keep the sections that they have."))
    if reach.keeping:
        text = ngettext(
            "%(number)s digest that is approved or under way keeps the version that was approved.",
            "%(number)s digests that are approved or under way keep the version that was approved.",
            reach.keeping,
        )
        said.append(text % {"number": reach.keeping})
    return said


def _of_drafts(number: int) -> str:
    if not number:
        return _("No digest of this newsletter is a draft now: the next one takes it.")
    text = ngettext(
        "%(number)s draft takes it.",
        "%(number)s drafts take it.",
        number,
    )
    return text % {"number": number}
