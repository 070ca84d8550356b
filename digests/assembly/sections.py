"""The sections of a digest as its template has them, with or without stories in them yet."""

from digests.choices import ChangeKind
from digests.models import Digest, Section, Template

COPIED = ("position", "heading", "style", "slots")


def make_sections(digest: Digest, template: Template) -> dict[int, Section]:
    """Make a section for each rule of the template; return them by the rule's key.

    A section that is there already stays as it is.
    """
    made: dict[int, Section] = {}
    for rule in template.sections.all():
        made[rule.pk], _is_new = Section.objects.get_or_create(
            digest=digest,
            made_from=rule,
            defaults={name: getattr(rule, name) for name in COPIED},
        )
    return made


def follow_template(digest: Digest, template: Template) -> None:
    """Sections made ahead of the stories take what the template says by now, unless an editor has sized them."""
    resized = set()
    for after in digest.changes.filter(kind=ChangeKind.RESIZED).values_list("after", flat=True):
        resized |= {int(target.partition(":")[2]) for target in after}
    rules = {rule.pk: rule for rule in template.sections.all()}
    for section in digest.sections.exclude(pk__in=resized):
        rule = rules.get(section.made_from_id or 0)
        if rule is not None:
            for name in COPIED:
                setattr(section, name, getattr(rule, name))
            section.save(update_fields=COPIED)
        elif not section.items.exists():
            section.delete()
