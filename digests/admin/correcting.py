"""The page on which a correction is begun: which versions were wrong, and the words that set it right."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from digests.admin.row_ids import row_id
from digests.counts.progress import Readership, progress_of
from digests.decisions import correcting
from digests.models import Article, Digest
from digests.tasks import preflight_digest
from digests.words.outlook import readers_text
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.local_times import in_zone
from subscriptions.validators import validate_one_line

NAME = "digests_digest_correct"


class CorrectionForm(forms.Form):
    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=200,
        validators=[validate_one_line],
        widget=UnfoldAdminTextInputWidget(),
    )
    words = forms.CharField(
        label=gettext_lazy("What was wrong, and what is right"),
        max_length=5_000,
        widget=UnfoldAdminTextareaWidget(),
    )
    versions = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Versions that were wrong"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple(),
        help_text=gettext_lazy(
            "Only readers who have one of these, or may have it, get the correction."
        ),
        error_messages={"required": gettext_lazy("Say which versions were wrong.")},
    )

    def __init__(self, *args: Any, digest: Digest, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["versions"].choices = version_choices(digest)  # type: ignore[attr-defined]  # of a choice field


def version_choices(digest: Digest) -> list[tuple[int, str]]:
    """Those that anybody has, with how many."""
    known = progress_of(digest.pk).versions
    versions = digest.versions.filter(pk__in=known).only("number", "subject", "created_at")
    return [
        (
            version.pk,
            _("%(number)s: “%(subject)s”, of %(time)s (%(readers)s)")
            % {
                "number": version.number,
                "subject": version.subject,
                "time": in_zone(version.created_at, digest.zone),
                "readers": readers_text(_readers(known[version.pk])),
            },
        )
        for version in versions.order_by("number")
    ]


def _readers(known: Readership) -> int:
    return known.accepted + known.unconfirmed + known.in_hand


def urls(model_admin: Any) -> list[URLPattern]:
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, digest_id: int) -> HttpResponse:
        if not model_admin.has_change_permission(request):
            raise PermissionDenied
        digest = get_object_or_404(Digest.objects.select_related("newsletter"), pk=digest_id)
        article = _article(request)
        if request.method != "POST":
            form = CorrectionForm(digest=digest, initial=_initial(digest, article))
            return _page(model_admin, request, digest, form)
        form = CorrectionForm(request.POST, digest=digest)
        if form.is_valid():
            return _begin(model_admin, request, digest, article, form)
        return _page(model_admin, request, digest, form)

    wrapped = model_admin.admin_site.admin_view(view)
    return [path("<int:digest_id>/correct/", wrapped, name=NAME)]


def _begin(
    model_admin: Any,
    request: HttpRequest,
    digest: Digest,
    article: Article | None,
    form: CorrectionForm,
) -> HttpResponse:
    said = form.cleaned_data
    try:
        correction = correcting.draft(
            digest.pk,
            said["versions"],
            subject=said["subject"],
            words=said["words"],
            article_id=article.pk if article else None,
            now=database_now(),
        )
    except correcting.Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(model_admin, request, digest, form)
    text = _("The correction is begun. It goes out as soon as it is approved.")
    model_admin.message_user(request, text, messages.SUCCESS)
    model_admin.log_change(request, digest, text)
    ring(preflight_digest, correction.pk)
    return redirect("admin:digests_digest_change", correction.pk)


def _article(request: HttpRequest) -> Article | None:
    return Article.objects.filter(pk=row_id(request.GET.get("article", "")) or 0).first()


def _initial(digest: Digest, article: Article | None) -> dict[str, Any]:
    """The versions that carry it are ticked: an editor unticks those in which it was right."""
    if article is None:
        return {}
    carrying = digest.versions.filter(article_ids__contains=[article.pk])
    subject = _("Correction: %(story)s") % {"story": correcting.headline_of(digest, article)}
    return {"subject": subject[:200], "versions": list(carrying.values_list("pk", flat=True))}


def _page(
    model_admin: Any, request: HttpRequest, digest: Digest, form: CorrectionForm
) -> HttpResponse:
    context = {
        "title": _("Correction: %(digest)s") % {"digest": digest},
        "opts": model_admin.opts,
        "original": digest,
        "digest": digest,
        "form": form,
    }
    return TemplateResponse(
        request,
        "admin/digests/correct.html",
        model_admin.admin_site.each_context(request) | context,
    )
