"""The page of a template's look as somebody fills it in."""

from typing import Any

from digests.models import Template
from digests.models.look import LOOK_FIELDS


def filled(template: Template, **changes: Any) -> dict[str, Any]:
    """As the page sends it when only `changes` were made; names of the form, `sections-0-heading` too."""
    template.refresh_from_db()
    rows = list(template.sections.prefetch_related("sources"))
    form: dict[str, Any] = {name: getattr(template, name) for name in LOOK_FIELDS}
    form |= {
        "seen": template.revision,
        "logo_token": "",
        "sections-TOTAL_FORMS": len(rows),
        "sections-INITIAL_FORMS": len(rows),
    }
    for place, row in enumerate(rows):
        form |= {
            f"sections-{place}-{name}": value
            for name, value in {
                "id": row.pk,
                "heading": row.heading,
                "style": row.style,
                "slots": row.slots,
                "tags": ",".join(row.tags),
                "sources": [source.pk for source in row.sources.all()],
                "max_age_hours": row.max_age_hours,
                "ORDER": place + 1,
            }.items()
        }
        form |= {f"sections-{place}-needs_picture": "on"} if row.needs_picture else {}
    return form | changes


def added(place: int, heading: str, **fields: Any) -> dict[str, Any]:
    """A further section; its number in the form is `place`."""
    values = {"id": "", "heading": heading, "style": "stories", "slots": 3, "tags": ""}
    values |= {"max_age_hours": 24, "ORDER": place + 1}
    form = {f"sections-{place}-{name}": value for name, value in (values | fields).items()}
    return form | {"sections-TOTAL_FORMS": place + 1}
