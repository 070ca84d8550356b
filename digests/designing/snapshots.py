"""A template's look and sections as plain values: for its history, and to bring them back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from digests.models import Template, TemplateSection
from digests.models.look import LOGO_FIELDS, LOOK_FIELDS

SECTION_FIELDS = (
    "heading", "style", "slots", "tags", "without_tags", "max_age_hours", "needs_picture", "most_per_source", "rank",
    "fill_order",
)  # fmt: skip
TAGS = ("tags", "without_tags")
SOURCES = ("sources", "without_sources")


def values_of(template: Template, sections: Sequence[TemplateSection]) -> dict[str, Any]:
    """JSON; the sections in their order, with the keys of their rows."""
    values: dict[str, Any] = {name: getattr(template, name) for name in LOOK_FIELDS}
    values |= {name: getattr(template, name) for name in LOGO_FIELDS}
    return values | {
        "logo": template.logo.name or "",
        "sections": [
            {name: getattr(section, name) for name in SECTION_FIELDS}
            | {
                name: sorted(source.pk for source in getattr(section, name).all())
                for name in SOURCES
            }
            | {"id": section.pk}
            for section in sections
        ],
    }


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What a save changed, by the names that the page gives it."""
    changed = [
        str(getattr(Template._meta.get_field(name), "verbose_name", name))
        for name in LOOK_FIELDS
        if before.get(name) != after.get(name)
    ]
    if before.get("logo") != after.get("logo"):
        changed.append(_("logo"))
    return changed + _of_sections(before.get("sections", []), after.get("sections", []))


def _of_sections(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[str]:
    old, new = ({row["id"]: row for row in rows} for rows in (before, after))
    said = []
    if new.keys() - old.keys():
        said.append(_("a section added"))
    if old.keys() - new.keys():
        said.append(_("a section removed"))
    both = [key for key in new if key in old]
    if both != [key for key in old if key in new]:
        said.append(_("order of sections"))
    if any(_differ(old[key], new[key]) for key in both):
        said.append(_("sections"))
    return said


def _differ(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """A snapshot of before a field was there says nothing of it."""
    return any(old[name] != new[name] for name in new if name in old)


def section_value(row: Mapping[str, Any], name: str) -> Any:
    """Return a section's field as the snapshot has it.

    A snapshot from before the field was there gives what a new section has.
    """
    if name in SOURCES:
        return row.get(name, [])
    return row.get(name, getattr(TemplateSection(), name))
