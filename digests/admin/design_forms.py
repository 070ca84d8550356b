"""What staff fill in about a template's look, and about its sections."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from digests.admin.row_ids import row_id
from digests.assembly.pictures import Rendition
from digests.designing import logos
from digests.designing.logos import KeptLogo
from digests.designing.saving import MOST_SECTIONS, SectionWish, Wish
from digests.designing.snapshots import SECTION_FIELDS, SOURCES, TAGS, section_value
from digests.models import Source, Template, TemplateSection
from digests.models.look import COLOURS, LOOK_FIELDS

PREFIX = "sections"
MAY_STAY = ("most_per_source", "rank", "fill_order")


class LookForm(forms.ModelForm):  # type: ignore[type-arg]  # plain at run time
    """`logo_token` carries a logo that was uploaded, or brought back from the history, over a refusal."""

    seen = forms.IntegerField(widget=forms.HiddenInput())
    new_logo = forms.FileField(
        label=_("New logo"),
        required=False,
        help_text=_("PNG, JPEG, WebP, AVIF or GIF, 2 MB at most; it is put on white."),
        widget=forms.FileInput({"accept": "image/png,image/jpeg,image/webp,image/avif,image/gif"}),
    )
    logo_token = forms.CharField(required=False, widget=forms.HiddenInput())
    without_logo = forms.BooleanField(label=_("Remove this logo"), required=False)

    class Meta:
        model = Template
        fields = LOOK_FIELDS
        widgets = {
            "own_mjml": forms.Textarea({"rows": 8, "spellcheck": "false"}),
            **{
                name: forms.TextInput({"spellcheck": "false", "autocomplete": "off", "size": 9})
                for name in COLOURS
            },
        }

    def __init__(self, *args: Any, template: Template, **options: Any) -> None:
        """Make the form for a copy of the template: what is refused must not look saved."""
        super().__init__(*args, **options | {"instance": copy(template)})
        self._before = template
        self.initial["seen"] = template.revision
        own: Any = self.fields["own_mjml"]
        own.strip = False  # its lines are counted as they are written
        self.drawn: Rendition | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in COLOURS:
            if name in cleaned:
                cleaned[name] = cleaned[name].lower()
        if "own_mjml" in cleaned:
            words = cleaned["own_mjml"].replace("\r\n", "\n")
            cleaned["own_mjml"] = words if words.strip() else ""
        return cleaned

    def clean_new_logo(self) -> None:
        given = self.cleaned_data["new_logo"]
        if not isinstance(given, UploadedFile):
            return
        try:
            # One byte more than we take tells that there is more, whatever was announced.
            self.drawn = logos.prepared(given.read(logos.MOST_BYTES + 1))
        except logos.Refused as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def logo(self, *, keep: bool) -> KeptLogo:
        """What the logo is to be. `keep`: a new one is written to a file; else it is only measured."""
        if self.drawn is not None:
            if keep:
                return logos.keep(self.drawn)
            return KeptLogo(logos.path_of(self.drawn), self.drawn.width, self.drawn.height)
        if self.cleaned_data.get("without_logo"):
            return KeptLogo()
        carried = logos.from_token(self.cleaned_data.get("logo_token") or "")
        return carried or KeptLogo.of(self._before)


def _source_field(label: Any, help_text: Any) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label,
        required=False,
        coerce=int,
        widget=forms.SelectMultiple({"size": 4}),
        help_text=help_text,
    )


class SectionForm(forms.ModelForm):  # type: ignore[type-arg]  # plain at run time
    id = forms.IntegerField(required=False, widget=forms.HiddenInput())
    sources = _source_field(_("Sources"), _("Only stories from these; none: any source."))
    without_sources = _source_field(
        _("Never from these sources"), _("No story that only these bring.")
    )

    class Meta:
        model = TemplateSection
        fields = SECTION_FIELDS
        widgets = {"tags": forms.TextInput(), "without_tags": forms.TextInput()}
        labels = {
            "slots": _("Stories at most"),
            "max_age_hours": _("Hours old at most"),
            "needs_picture": _("Only with a picture"),
            "most_per_source": _("Most from one source"),
            "rank": _("Which first"),
            "fill_order": _("Filled as number"),
        }
        help_texts = {
            "tags": _("Only stories with one of these, separated by commas. Blank: any story."),
            "without_tags": _("No story with one of these, separated by commas."),
            "most_per_source": _("0: as many as fit."),
        }

    def __init__(self, *args: Any, choices: Sequence[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        for name in SOURCES:
            field: Any = self.fields[name]
            field.choices = choices
        for name in MAY_STAY:
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """Left blank, and from a page that was open before they came, they stay as they are."""
        cleaned = super().clean() or self.cleaned_data
        for name in MAY_STAY:
            if name not in self.errors and cleaned.get(name) in (None, ""):
                cleaned[name] = getattr(self.instance, name)
        return cleaned


class BaseSections(forms.BaseFormSet):  # type: ignore[type-arg]  # plain at run time
    """`rows` are the template's; the names of sources are asked for once, for all of them."""

    def __init__(self, *args: Any, rows: Sequence[TemplateSection], **options: Any) -> None:
        self._rows = list(rows)
        self._free = {row.pk: row for row in rows}
        initial = [
            {"id": row.pk}
            | {name: [source.pk for source in getattr(row, name).all()] for name in SOURCES}
            for row in rows
        ]
        super().__init__(*args, **options | {"prefix": PREFIX, "initial": initial})

    @cached_property
    def _choices(self) -> list[tuple[int, str]]:
        return list(Source.objects.values_list("pk", "name"))

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """A row is found by its key, since others may have changed their number meanwhile."""
        given: dict[str, Any] = {"choices": self._choices}
        if index is None:
            return given
        if not self.is_bound:
            return given | {"instance": copy(self._rows[index])}
        key = row_id(str(self.data.get(f"{PREFIX}-{index}-id") or ""))
        row = None if key is None else self._free.pop(key, None)
        return given | {"instance": copy(row)}

    def initial_form_count(self) -> int:
        """Also of a bound one as many as it has; none of them may be left out for being empty."""
        return self.total_form_count() if self.is_bound else super().initial_form_count()

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = __("Place")
        form.fields["DELETE"].label = __("Take it out")

    def kept(self) -> list[Any]:
        """The forms that are not taken out, in their order. Only of a valid one."""
        left = [form for form in self.forms if not form.cleaned_data.get("DELETE")]
        return sorted(left, key=lambda form: form.cleaned_data.get("ORDER") or MOST_SECTIONS)

    def wishes(self) -> list[SectionWish]:
        return [
            SectionWish(form.instance, *(tuple(form.cleaned_data[name]) for name in SOURCES))
            for form in self.kept()
        ]


Sections: type[BaseSections] = forms.formset_factory(  # type: ignore[assignment]  # it is one, and says less
    SectionForm,
    formset=BaseSections,
    extra=0,
    can_order=True,
    can_delete=True,
    max_num=MOST_SECTIONS,
    validate_max=True,
    absolute_max=2 * MOST_SECTIONS,
)


def wish_of(form: LookForm, sections: BaseSections, *, keep: bool) -> Wish:
    """Both are valid."""
    look = {name: form.cleaned_data[name] for name in LOOK_FIELDS}
    return Wish(look, form.logo(keep=keep), sections.wishes())


def data_of(values: Mapping[str, Any], *, seen: int) -> dict[str, Any]:
    """Return form data as if somebody had filled in what a template once was (designing/snapshots.py)."""
    rows = values["sections"]
    data = {name: values[name] for name in LOOK_FIELDS}
    data |= {"seen": seen, "logo_token": KeptLogo.from_values(values).token}
    data |= {f"{PREFIX}-TOTAL_FORMS": len(rows), f"{PREFIX}-INITIAL_FORMS": len(rows)}
    for place, row in enumerate(rows):
        start = f"{PREFIX}-{place}"
        data |= {
            f"{start}-{name}": section_value(row, name) for name in (*SOURCES, *SECTION_FIELDS)
        }
        data |= {f"{start}-{name}": ",".join(section_value(row, name)) for name in TAGS}
        data |= {f"{start}-id": row["id"], f"{start}-ORDER": place + 1}
    return data


def complaints(form: LookForm, sections: BaseSections) -> Iterator[str]:
    """Every error in words, with the name of its field."""
    yield from _complaints(form)
    for number, one in enumerate(sections.forms, start=1):
        for text in () if one.cleaned_data.get("DELETE") else _complaints(one):
            yield __("Section %(number)s, %(text)s") % {"number": number, "text": text}
    yield from map(str, sections.non_form_errors())


def _complaints(form: Any) -> Iterator[str]:
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        for error in errors:
            yield f"{label}: {error}" if label else str(error)
