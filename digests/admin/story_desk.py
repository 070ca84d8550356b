"""What staff do about one story: correct it, or put it to the top of a newsletter's next digest."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from digests.admin.composer_board import staff
from digests.assembly import mending
from digests.assembly.pictures import MOST_BYTES
from digests.composing import picturing, pinning
from digests.drafts.editing import Editor
from digests.drafts.refusals import Refused
from digests.models import Article, Digest
from digests.tasks import copy_picture, preflight_digest
from subscriptions.admin.tracing import trace
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.validators import validate_one_line

CORRECT = "digests_article_correct"
PIN = "digests_article_pin"
MOST_NAMES = 30


class CorrectionForm(forms.Form):
    headline = forms.CharField(
        label=_("Headline"),
        max_length=300,
        validators=[validate_one_line],
        widget=UnfoldAdminTextInputWidget(),
    )
    summary = forms.CharField(
        label=_("Summary"),
        max_length=5_000,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 4}),
    )
    authors = forms.CharField(
        label=_("Authors, parted by commas"),
        max_length=2_000,
        required=False,
        validators=[validate_one_line],
        widget=UnfoldAdminTextInputWidget(),
    )
    tags = forms.CharField(
        label=_("Tags, parted by commas"),
        max_length=2_000,
        required=False,
        validators=[validate_one_line],
        widget=UnfoldAdminTextInputWidget(),
    )
    published_at = forms.DateTimeField(
        label=_("Published"),
        required=False,
        widget=forms.DateTimeInput(
            {"type": "datetime-local", "class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%dT%H:%M"
        ),
        help_text=_("In the future it is an embargo. Empty: unknown."),
    )
    new_picture = forms.FileField(
        label=_("Another picture"),
        required=False,
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,image/gif,image/avif"}),
    )
    without_picture = forms.BooleanField(label=_("No picture"), required=False)
    alt = forms.CharField(
        label=_("What the picture shows, for those who do not see it"),
        max_length=300,
        required=False,
        validators=[validate_one_line],
        widget=UnfoldAdminTextInputWidget(),
    )
    credit = forms.CharField(
        label=_("Credit of the picture"),
        max_length=300,
        required=False,
        validators=[validate_one_line],
        widget=UnfoldAdminTextInputWidget(),
    )

    def clean_authors(self) -> list[str]:
        return _names(self.cleaned_data["authors"], 120)

    def clean_tags(self) -> list[str]:
        return _names(self.cleaned_data["tags"].lower(), 80)

    def words(self) -> dict[str, Any]:
        """Those that somebody has changed; the clock shows no seconds."""
        return {
            name: self.cleaned_data[name] for name in mending.WORDS if name in self.changed_data
        }


def _names(text: str, longest: int) -> list[str]:
    names = list(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))
    if len(names) > MOST_NAMES or any(len(name) > longest for name in names):
        raise forms.ValidationError(__("That is too much."))
    return names


def urls(model_admin: Any) -> list[URLPattern]:
    def guarded(view: Any) -> Any:
        def allowed(request: HttpRequest, article_id: int) -> HttpResponse:
            if not model_admin.has_alert_permission(request):
                raise PermissionDenied
            story = get_object_or_404(Article.objects.select_related("source"), pk=article_id)
            answer: HttpResponse = view(model_admin, request, story)
            return answer

        return model_admin.admin_site.admin_view(require_http_methods(["GET", "POST"])(allowed))

    return [
        path("<int:article_id>/correct/", guarded(correct), name=CORRECT),
        path("<int:article_id>/pin/", guarded(pin), name=PIN),
    ]


def correct(model_admin: Any, request: HttpRequest, story: Article) -> HttpResponse:
    picture, copy = mending.shown_picture(story)
    initial = {
        "headline": story.headline,
        "summary": story.summary,
        "authors": ", ".join(story.authors),
        "tags": ", ".join(story.tags),
        "published_at": _to_the_minute(story.published_at),
        "alt": picture["alt"],
        "credit": picture["credit"],
    }
    if request.method == "POST" and "give_back" in request.POST:
        mending.give_back(story.pk)
        trace(request, [story], __("Given back to its source."))
        text = __("Its source tells it again, from the next visit on.")
        model_admin.message_user(request, text, messages.SUCCESS)
        return redirect("admin:digests_article_change", story.pk)
    form = CorrectionForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            wanted = _picture(form, picture)
        except Refused as refused:
            form.add_error("new_picture", str(refused))
        else:
            return _mend(model_admin, request, story, form.words(), wanted)
    context = {"form": form, "copy": copy, "title": __("Correct: %(story)s") % {"story": story}}
    return _page(model_admin, request, "correct_story", story, context)


def _to_the_minute(moment: datetime | None) -> datetime | None:
    return moment.replace(second=0, microsecond=0) if moment else None


def _picture(form: CorrectionForm, before: dict[str, str]) -> dict[str, str] | None:
    """None where it stays as it is. Raises Refused."""
    said, given = form.cleaned_data, form.cleaned_data["new_picture"]
    words = {"alt": said["alt"], "credit": said["credit"]}
    if given is not None:
        if given.size > MOST_BYTES:
            raise picturing.too_large()
        url = picturing.brought(given.read()).source_url
        return {"url": url, "caption": "", **words}
    if said["without_picture"]:
        return {"url": "", "alt": "", "caption": "", "credit": ""}
    return before | words if {"alt", "credit"} & set(form.changed_data) else None


def _mend(
    model_admin: Any,
    request: HttpRequest,
    story: Article,
    words: dict[str, Any],
    picture: dict[str, str] | None,
) -> HttpResponse:
    changed = mending.mend(story.pk, words, picture=picture)
    if changed:
        trace(request, [story], __("Corrected: %(fields)s.") % {"fields": ", ".join(changed)})
        for digest_id in Digest.objects.open().with_stories([story.pk]):
            ring(preflight_digest, digest_id)
    text = __("It is corrected.") if changed else __("Nothing has changed.")
    model_admin.message_user(request, text, messages.SUCCESS)
    return redirect("admin:digests_article_change", story.pk)


def pin(model_admin: Any, request: HttpRequest, story: Article) -> HttpResponse:
    now = database_now()
    digests = pinning.next_digests(now)
    if request.method == "POST":
        chosen = next((one for one in digests if str(one.pk) == request.POST.get("digest")), None)
        try:
            if chosen is None:
                raise Refused(__("Choose one of these digests."))  # noqa: TRY301 - answered like the others
            edit = pinning.pin(chosen.pk, story, Editor(staff(request), now))
        except Refused as refused:
            model_admin.message_user(request, str(refused), messages.ERROR)
        else:
            ring(preflight_digest, chosen.pk)
            for item in edit.board:
                if item.article_id == story.pk and item.image_id is None:
                    ring(copy_picture, item.pk)
            text = __("It leads %(digest)s.") % {"digest": chosen}
            model_admin.message_user(request, text, messages.SUCCESS)
            return redirect("admin:digests_digest_compose", chosen.pk)
    context = {"digests": digests, "title": __("Pin: %(story)s") % {"story": story}}
    return _page(model_admin, request, "pin_story", story, context)


def _page(
    model_admin: Any, request: HttpRequest, name: str, story: Article, context: dict[str, Any]
) -> HttpResponse:
    back = reverse("admin:digests_article_change", args=[story.pk])
    return TemplateResponse(
        request,
        f"admin/digests/{name}.html",
        model_admin.admin_site.each_context(request)
        | {"opts": model_admin.opts, "story": story, "original": story, "back": back}
        | context,
    )
