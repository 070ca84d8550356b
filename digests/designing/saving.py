"""Saving a template's look and sections: judged first, under its row lock, and never over what nobody has seen."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from digests.designing.logos import KeptLogo
from digests.designing.snapshots import differences, values_of
from digests.designing.trying import Tried, tried
from digests.models import LookChange, Template, TemplateSection
from digests.models.look import LOGO_FIELDS, LOOK_FIELDS
from digests.rendering.look_faults import Fault

MOST_SECTIONS = 20
LOST_LOGO = _("The logo was not saved for so long that its file is gone. Choose it again.")


@dataclass(frozen=True, slots=True)
class SectionWish:
    """A section as it is wanted; `row` is not saved, and without a key it is a new one."""

    row: TemplateSection
    source_ids: tuple[int, ...] = ()
    without_source_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """`look` is by field; the sections stand in their order, and what is not among them goes."""

    look: Mapping[str, Any]
    logo: KeptLogo
    sections: Sequence[SectionWish]

    def put_on(self, template: Template) -> None:
        for name in LOOK_FIELDS:
            setattr(template, name, self.look[name])
        self.logo.put_on(template)

    def tried_on(self, template: Template, *, now: datetime) -> Tried:
        """On a copy: nothing of it is saved, and the template stays what it was."""
        candidate = copy(template)
        self.put_on(candidate)
        return tried(candidate, [section.row for section in self.sections], now=now)


class Faulty(Exception):
    """The template is faulty: no digest must be sent with it."""

    def __init__(self, found: Tried) -> None:
        super().__init__(" ".join(fault.text for fault in found.faults))
        self.found = found


class Stale(Exception):
    """Somebody else has saved meanwhile; `last` is the last of them."""

    def __init__(self, revision: int, last: LookChange | None) -> None:
        super().__init__(f"It is at revision {revision}.")
        self.revision, self.last = revision, last


def save(template: Template, wish: Wish, *, seen: int, by: User, now: datetime) -> list[str]:
    """Returns what has changed, in words; nothing is kept if nothing has. Raises Faulty, Stale.

    `seen` is the revision that was on the screen.
    """
    found = wish.tried_on(template, now=now)
    if found.faults:
        raise Faulty(found)
    with transaction.atomic():
        row = Template.objects.select_for_update(of=("self",)).get(pk=template.pk)
        if row.revision != seen:
            raise Stale(row.revision, row.look_changes.select_related("by").first())
        if wish.logo != KeptLogo.of(row) and wish.logo.is_lost:
            raise Faulty(replace(found, faults=(Fault("new_logo", str(LOST_LOGO)),)))
        before = values_of(row, _sections(row))
        wish.put_on(row)
        _keep_sections(row, wish.sections)
        after = values_of(row, _sections(row))
        changed = differences(before, after)
        if changed:
            row.revision += 1
            row.save(update_fields=[*LOOK_FIELDS, *LOGO_FIELDS, "revision"])
            _remember(row, before, after, by, now)
    return changed


def _sections(template: Template) -> list[TemplateSection]:
    return list(template.sections.prefetch_related("sources", "without_sources"))


def _keep_sections(template: Template, wishes: Sequence[SectionWish]) -> None:
    known = set(template.sections.values_list("pk", flat=True))
    template.sections.exclude(pk__in=[wish.row.pk for wish in wishes if wish.row.pk]).delete()
    for position, wish in enumerate(wishes):
        row = wish.row
        row.template, row.position = template, position
        if row.pk not in known:  # new, or taken out by somebody else meanwhile
            row.pk, row._state.adding = None, True
        row.save()
        row.sources.set(wish.source_ids)
        row.without_sources.set(wish.without_source_ids)


def _remember(
    template: Template, before: dict[str, Any], after: dict[str, Any], by: User, now: datetime
) -> None:
    """The first save also keeps what it found, so that there is a way back."""
    LookChange.objects.get_or_create(
        template=template,
        revision=template.revision - 1,
        defaults={"at": now, "values": before},
    )
    LookChange.objects.create(
        template=template, revision=template.revision, at=now, by=by, values=after
    )
