"""What the page of a template's look answers: as it is, as it was, as somebody filled it in and may not save it."""

from collections.abc import Iterable
from copy import copy
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib import messages
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from digests.admin.composer_board import staff
from digests.admin.composer_changes import number
from digests.admin.design_forms import (
    BaseSections,
    LookForm,
    Sections,
    complaints,
    data_of,
    wish_of,
)
from digests.admin.design_preview import rows_of, shown
from digests.designing import logos
from digests.designing.history import at_revision, history_of
from digests.designing.logos import from_token
from digests.designing.reach import reach_of, sentences
from digests.designing.saving import MOST_SECTIONS, Faulty, Stale, save
from digests.designing.trying import Tried, tried
from digests.models import LookChange, Template, TemplateSection
from digests.models.look import BY_DAY, BY_NIGHT
from digests.template_looks import Logo, logo_of
from subscriptions.clock import database_now
from subscriptions.models import Publisher


class DesignPage:
    def __init__(self, model_admin: Any, request: HttpRequest, template: Template) -> None:
        self.model_admin, self.request, self.template = model_admin, request, template
        self.may_change = model_admin.has_change_permission(request) and request.user.has_perm(
            "digests.change_templatesection"
        )
        self.now = database_now()

    def opened(self) -> HttpResponse:
        """Show the template as it is, or, on demand, filled in as it was.

        Nothing is brought back before it is saved.
        """
        wanted = number(self.request.GET, "from")
        past = at_revision(self.template, wanted) if wanted is not None else None
        if past is None:
            form, sections = LookForm(template=self.template), Sections(rows=self._rows)
            return self._response(form, sections, self._as_saved())
        data = data_of(past.values, seen=self.template.revision)
        form, sections = LookForm(data, template=self.template), Sections(data, rows=self._rows)
        state = _State(past=past, logo_token=data["logo_token"])
        if not all([form.is_valid(), sections.is_valid()]):
            state.errors = list(complaints(form, sections))
            return self._response(form, sections, self._as_saved(), state)
        wish = wish_of(form, sections, keep=False)
        return self._response(form, sections, wish.tried_on(self.template, now=self.now), state)

    def saved(self, form: LookForm, sections: BaseSections) -> HttpResponse:
        """What cannot be saved stays on the page, with why; an uploaded logo, too."""
        if not all([form.is_valid(), sections.is_valid()]):
            state = _State(errors=list(complaints(form, sections)), logo_token=_token(form))
            return self._response(form, sections, self._as_saved(), state, status=422)
        wish = wish_of(form, sections, keep=True)
        over = number(self.request.POST, "over")
        seen = form.cleaned_data["seen"] if over is None else over
        try:
            changed = save(self.template, wish, seen=seen, by=staff(self.request), now=self.now)
        except Faulty as refusal:
            for fault in refusal.found.faults:
                form.add_error(fault.field or None, fault.text)
            errors = [fault.text for fault in refusal.found.faults]
            state = _State(errors=errors, logo_token=_token(form))
            return self._response(form, sections, refusal.found, state, status=422)
        except Stale as refusal:
            state = _State(stale=refusal, logo_token=_token(form))
            found = wish.tried_on(self.template, now=self.now)
            return self._response(form, sections, found, state, status=409)
        self._tell(changed)
        return redirect("admin:digests_template_change", self.template.pk)

    @property
    def _rows(self) -> list[TemplateSection]:
        return list(self.template.sections.all())

    def _as_saved(self) -> Tried:
        return tried(self.template, self._rows, now=self.now)

    def _tell(self, changed: list[str]) -> None:
        if not changed:
            messages.info(self.request, _("Nothing was changed, so nothing is saved."))
            return
        what = ", ".join(changed)
        self.model_admin.log_change(self.request, self.template, what)
        text = _("It is saved. Changed: %(what)s.") % {"what": what}
        told = sentences(reach_of(self.template))
        messages.success(self.request, " ".join([text, *told]))

    def _response(
        self,
        form: LookForm,
        sections: BaseSections,
        found: Tried,
        state: "_State | None" = None,
        *,
        status: int = 200,
    ) -> HttpResponse:
        newsletter = self.template.newsletter
        reach = reach_of(self.template)
        mail = shown(found)
        is_older = not mail.light  # the last good one stays
        if is_older:
            mail = shown(self._as_saved())
        context = {
            "title": _("Template: %(newsletter)s") % {"newsletter": newsletter},
            "opts": self.model_admin.opts,
            "original": self.template,
            "template": self.template,
            "newsletter": newsletter,
            "is_nav_sidebar_enabled": False,
            "is_fullwidth": "1",
            "may_change": self.may_change,
            "form": form,
            "sections": sections,
            "most_sections": MOST_SECTIONS,
            "band": _colours(form, ("band",), found),
            "by_day": _colours(form, BY_DAY, found),
            "by_night": _colours(form, BY_NIGHT, found),
            "logo": self._logo(state),
            "rows": rows_of(found.pairs),
            "mail": mail,
            "is_older": is_older,
            "documents": asdict(mail),
            "faults": [fault.text for fault in found.faults],
            "reach": reach,
            "reach_sentences": sentences(reach),
            "history": history_of(self.template),
            "state": state or _State(),
            "said": _said(),
        }
        everywhere = self.model_admin.admin_site.each_context(self.request)
        return TemplateResponse(
            self.request, "admin/digests/design/page.html", everywhere | context, status=status
        )

    def _logo(self, state: "_State | None") -> Logo:
        """The one that the mails would have if it were saved now."""
        template = copy(self.template)
        carried = from_token(state.logo_token) if state and state.logo_token else None
        if carried is not None:
            carried.put_on(template)
        return logo_of(template, template.newsletter, Publisher.objects.current())


@dataclass(slots=True)
class _State:
    """What is not as it was saved."""

    errors: list[str] = field(default_factory=list)
    stale: Stale | None = None
    past: LookChange | None = None
    logo_token: str = ""

    @property
    def is_unsaved(self) -> bool:
        return bool(self.errors or self.stale or self.past)

    @property
    def last_by(self) -> str:
        user = self.stale.last.by if self.stale and self.stale.last else None
        return (user.get_full_name() or user.get_username()) if user else _("Somebody")


def _token(form: LookForm) -> str:
    """What was uploaded is kept as a file, so that it need not be chosen again."""
    if form.drawn is not None:
        return logos.keep(form.drawn).token
    return str(form.data.get("logo_token", ""))


def _colours(form: LookForm, names: Iterable[str], found: Tried) -> list[tuple[BoundField, str]]:
    """Fields of colours, each with the colour that is shown now, its own or the design's."""
    return [(form[name], found.colours.get(name, "#888888")) for name in names]


def _said() -> dict[str, str]:
    """What the page's script says by itself."""
    return {
        "fresh": _("The mail as the fields are filled in now. Nothing of it is saved yet."),
        "stale": _("The mail as it was before. This is in the way:"),
        "lost": _(
            "The preview could not be made: the server cannot be reached, or you are signed out."
        ),
        "large": _("What is filled in here is more than the server takes at once."),
        "refused": _("It cannot be saved like this:"),
        "pick": _("Pick: %s"),
        "moved": _("%s is now section %s of %s."),
        "removed": _("%s will be removed when you save."),
        "section": _("Section"),
        "leave": _("There are changes that are not saved."),
    }
