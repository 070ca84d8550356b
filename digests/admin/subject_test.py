"""The page of a digest's subject test: set it up, watch its groups, choose the winner."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from digests.admin.decisions import SEND
from digests.admin.row_ids import row_id
from digests.decisions import subject_tests
from digests.models import Digest, SubjectTest
from digests.models.subject_test import MOST_SUBJECTS
from digests.tasks import ring_drains
from digests.words import subject_test_words
from subscriptions import audience
from subscriptions.clock import database_now
from subscriptions.validators import validate_one_line

NAME = "digests_digest_subject_test"


class SubjectTestForm(forms.Form):
    """The further subjects; the first is the digest's own."""

    sample_percent = forms.IntegerField(
        label=gettext_lazy("Readers in the test, per cent"),
        min_value=1,
        max_value=50,
        initial=20,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("How long the others wait, minutes"),
        min_value=5,
        max_value=24 * 60,
        initial=30,
        widget=UnfoldAdminIntegerFieldWidget(),
    )

    def __init__(self, *args: Any, digest: Digest, **options: Any) -> None:
        super().__init__(*args, **options)
        self.digest = digest
        for number in range(2, MOST_SUBJECTS + 1):
            self.fields[f"subject_{number}"] = forms.CharField(
                label=_("Subject %(number)s") % {"number": number},
                max_length=200,
                required=number == 2,
                validators=[validate_one_line],
                widget=UnfoldAdminTextInputWidget(),
            )
        self.order_fields([f"subject_{number}" for number in range(2, MOST_SUBJECTS + 1)])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seen = {self.digest.subject.strip().casefold()}
        for number in range(2, MOST_SUBJECTS + 1):
            subject = (cleaned.get(f"subject_{number}") or "").strip()
            if subject and subject.casefold() in seen:
                self.add_error(f"subject_{number}", _("This subject is in the test already."))
            seen.add(subject.casefold())
        return cleaned

    @property
    def alternatives(self) -> list[str]:
        found = (
            self.cleaned_data.get(f"subject_{number}", "") for number in range(2, MOST_SUBJECTS + 1)
        )
        return [subject.strip() for subject in found if subject.strip()]


def urls(model_admin: Any) -> list[URLPattern]:
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, digest_id: int) -> HttpResponse:
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        digest = get_object_or_404(
            Digest.objects.select_related("newsletter", "sending_version"), pk=digest_id
        )
        if request.method != "POST":
            return _page(model_admin, request, digest, _form(digest))
        return _act(model_admin, request, digest)

    wrapped = model_admin.admin_site.admin_view(view)
    return [path("<int:digest_id>/subject-test/", wrapped, name=NAME)]


def _act(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    """POST with `winner` chooses, with `remove` ends the plan, else sets it up."""
    may = SEND if "winner" in request.POST else "digests.change_digest"
    if not request.user.has_perm(may):
        raise PermissionDenied
    try:
        if "winner" in request.POST:
            text = _choose(request, digest)
        elif "remove" in request.POST:
            subject_tests.remove(digest)
            text = _("The subject test is removed.")
        else:
            form = SubjectTestForm(request.POST, digest=digest)
            if not form.is_valid():
                return _page(model_admin, request, digest, form)
            text = _set_up(digest, form)
    except subject_tests.Refused as refusal:
        model_admin.message_user(request, capfirst(str(refusal)), messages.ERROR)
    else:
        model_admin.message_user(request, text, messages.SUCCESS)
        model_admin.log_change(request, digest, text)
    return redirect(f"admin:{NAME}", digest.pk)


def _choose(request: HttpRequest, digest: Digest) -> str:
    test = get_object_or_404(SubjectTest, digest=digest)
    said = row_id(request.POST["winner"])
    winner = -1 if said is None else said
    user = request.user if request.user.is_authenticated else None
    subject_tests.decide(test, winner, by=user, now=database_now())
    ring_drains()
    return _("It is decided: the others get that subject now.")


def _set_up(digest: Digest, form: SubjectTestForm) -> str:
    subject_tests.set_up(
        digest,
        form.alternatives,
        sample_percent=form.cleaned_data["sample_percent"],
        minutes=form.cleaned_data["minutes"],
    )
    return _("The subject test is set up. Approve the digest to send it so.")


def _form(digest: Digest) -> SubjectTestForm:
    test = SubjectTest.objects.filter(digest=digest).first()
    if test is None:
        return SubjectTestForm(digest=digest)
    words = {f"subject_{number}": text for number, text in enumerate(test.alternatives, start=2)}
    numbers = {"sample_percent": test.sample_percent, "minutes": test.minutes}
    return SubjectTestForm(digest=digest, initial=words | numbers)


def _page(
    model_admin: Any, request: HttpRequest, digest: Digest, form: SubjectTestForm
) -> HttpResponse:
    test = SubjectTest.objects.select_related("decided_by", "digest").filter(digest=digest).first()
    context = {
        "title": _("Subject test: %(digest)s") % {"digest": digest},
        "opts": model_admin.opts,
        "original": digest,
        "digest": digest,
        "test": test,
        "form": form,
        "sentences": _sentences(digest, test),
        "groups": _groups(digest, test),
        "may_choose": request.user.has_perm(SEND),
    }
    return TemplateResponse(
        request,
        "admin/digests/subject_test.html",
        model_admin.admin_site.each_context(request) | context,
    )


def _sentences(digest: Digest, test: SubjectTest | None) -> list[str]:
    if test is None:
        return []
    if digest.is_open:
        return subject_test_words.of_plan(digest, test, audience.about_one(digest.newsletter_id))
    return subject_test_words.of_running(digest, test, now=database_now())


def _groups(digest: Digest, test: SubjectTest | None) -> list[subject_tests.Group]:
    if test is None or digest.sending_version is None:
        return []
    return subject_tests.groups_of(test)
