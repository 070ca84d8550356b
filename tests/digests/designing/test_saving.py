from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from digests import versions
from digests.choices import DigestState
from digests.designing.history import at_revision, history_of
from digests.designing.logos import KeptLogo
from digests.designing.reach import reach_of, sentences
from digests.designing.saving import Faulty, SectionWish, Stale, Wish, save
from digests.models import Digest, LookChange, Template, TemplateSection
from digests.models.look import LOOK_FIELDS
from tests.at_once import at_once
from tests.builders import NOON, Press


@pytest.fixture
def template(press: Press) -> Template:
    return press.newsletter().template


@pytest.fixture
def editor(db: None) -> User:
    return User.objects.create_user("anna", first_name="Anna", last_name="Berg")


def wish(template: Template, *sections: TemplateSection, **look: Any) -> Wish:
    """As the template is, but for what is named."""
    fields = {name: getattr(template, name) for name in LOOK_FIELDS}
    rows = sections or tuple(template.sections.all())
    return Wish(fields | look, KeptLogo.of(template), [SectionWish(row) for row in rows])


def test_what_is_saved_counts_and_is_remembered(template: Template, editor: User) -> None:
    changed = save(template, wish(template, band="#7a0019"), seen=0, by=editor, now=NOON)
    assert changed == ["band"]
    template.refresh_from_db()
    assert (template.band, template.revision) == ("#7a0019", 1)
    first, before = history_of(template)
    assert (first.by, first.told) == ("Anna Berg", ("band",))
    assert (before.change.revision, before.change.by, before.told) == (0, None, ())
    back = at_revision(template, 0)
    assert back is not None
    assert back.values["band"] == ""


def test_nothing_changed_is_nothing_saved(template: Template, editor: User) -> None:
    assert save(template, wish(template), seen=0, by=editor, now=NOON) == []
    template.refresh_from_db()
    assert template.revision == 0
    assert not LookChange.objects.exists()


def test_who_has_not_seen_the_last_save_does_not_write_over_it(
    template: Template, editor: User
) -> None:
    save(template, wish(template, band="#7a0019"), seen=0, by=editor, now=NOON)
    with pytest.raises(Stale) as refusal:
        save(template, wish(template, band="#00497a"), seen=0, by=editor, now=NOON)
    assert (refusal.value.revision, refusal.value.last) == (1, LookChange.objects.get(revision=1))
    assert Template.objects.get().band == "#7a0019"
    save(template, wish(template, band="#00497a"), seen=1, by=editor, now=NOON)
    assert Template.objects.get().band == "#00497a"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_told_of_the_other(editor: User) -> None:
    template = Press().newsletter().template

    def saver(colour: str) -> Callable[[], list[str]]:
        mine = wish(template, band=colour)

        def one() -> list[str]:
            try:
                return save(template, mine, seen=0, by=editor, now=NOON)
            except Stale:
                return ["stale"]

        return one

    assert sorted(at_once(saver("#7a0019"), saver("#00497a"))) == [["band"], ["stale"]]
    assert Template.objects.get().revision == 1


def test_sections_are_kept_in_their_order_and_the_others_go(
    template: Template, editor: User
) -> None:
    today = template.sections.get()
    briefs = TemplateSection(heading="In brief", style="briefs", slots=3)
    changed = save(template, wish(template, briefs, today), seen=0, by=editor, now=NOON)
    assert changed == ["a section added"]
    assert [row.heading for row in template.sections.all()] == ["In brief", "Today"]
    assert template.sections.get(heading="Today").pk == today.pk

    first, second = template.sections.all()
    assert save(template, wish(template, second, first), seen=1, by=editor, now=NOON) == [
        "order of sections"
    ]
    assert save(template, wish(template, second), seen=2, by=editor, now=NOON) == [
        "a section removed"
    ]
    second.slots = 9
    assert save(template, wish(template, second), seen=3, by=editor, now=NOON) == ["sections"]
    assert template.sections.get().slots == 9


def test_a_section_that_somebody_else_took_out_comes_back(template: Template, editor: User) -> None:
    row = template.sections.get()
    template.sections.all().delete()
    save(template, wish(template, row), seen=0, by=editor, now=NOON)
    assert template.sections.get().heading == "Today"


@pytest.mark.parametrize(
    ("look", "field", "words"),
    [
        ({"ink": "#bbbbbb"}, "ink", "is hard to read: 4.5:1 is needed. The nearest"),
        ({"dark_accent": "#333333"}, "dark_accent", "Accent by night"),
        ({"paper": "#101010"}, "ink", "Text (1.0"),
        ({"own_mjml": "<mj-section>\n<mj-tetx/>\n</mj-section>"}, "own_mjml", "Line 2"),
        ({"own_mjml": "<p>"}, "own_mjml", "Line 1"),
        ({"logo_alt": "The {{ publisher }}"}, "logo_alt", "“{{ publisher }}” is a placeholder"),
    ],
)
def test_what_must_not_be_sent_is_not_saved(
    template: Template, editor: User, look: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(Faulty) as refusal:
        save(template, wish(template, **look), seen=0, by=editor, now=NOON)
    fault = next(one for one in refusal.value.found.faults if one.field == field)
    assert words in fault.text
    assert Template.objects.get().revision == 0


def test_a_placeholder_in_a_heading_and_no_section_at_all_are_refused(
    template: Template, editor: User
) -> None:
    row = template.sections.get()
    row.heading = "Today *|NAME|*"
    with pytest.raises(Faulty, match="placeholder"):
        save(template, wish(template, row), seen=0, by=editor, now=NOON)
    none = Wish(wish(template).look, KeptLogo(), [])
    with pytest.raises(Faulty, match="at least one section"):
        save(template, none, seen=0, by=editor, now=NOON)


def test_drafts_take_a_new_look_and_what_is_approved_keeps_its_own(
    press: Press, editor: User
) -> None:
    newsletter = press.newsletter()
    template = newsletter.template
    approved = press.approved(newsletter)
    draft = press.digest(newsletter, slot="evening", due_at=NOON + timedelta(hours=6))
    press.carry(draft, press.article())
    save(template, wish(template, band="#7a0019"), seen=0, by=editor, now=NOON)

    kept = Digest.objects.get(pk=approved.pk)
    assert kept.approved_version is not None
    assert kept.approved_version == approved.approved_version
    assert "#7a0019" not in kept.approved_version.html
    assert versions.has_changed(kept)  # and its editor is told
    assert "#7a0019" in versions.draft_of(Digest.objects.get(pk=draft.pk)).html

    reach = reach_of(template)
    assert ([one.pk for one in reach.drafts], reach.keeping, reach.unfilled) == ([draft.pk], 1, 0)
    assert sentences(reach) == [
        "1 draft takes it.",
        "Digests that are already assembled keep the sections that they have.",
        "1 digest that is approved or under way keeps the version that was approved.",
    ]
    Digest.objects.update(state=DigestState.SKIPPED)
    assert sentences(reach_of(template)) == [
        "No digest of this newsletter is a draft now: the next one takes it."
    ]
