"""A news alert in three steps: its story, its words with whom they reach, and a look at it before it is released."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from digests import versions
from digests.admin import approving
from digests.admin.deciding import approving_facts
from digests.admin.decisions import APPROVE
from digests.admin.row_ids import row_id
from digests.composing.candidates import Wish, wished
from digests.decisions import approval, news_alerts
from digests.decisions.news_alerts import Reach, Words
from digests.models import Article, Digest
from digests.tasks import copy_picture, preflight_digest
from subscriptions.choices import NewsletterState
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.models import Newsletter
from subscriptions.validators import validate_one_line

NAME = "digests_digest_alert"
RELEASE = "digests_digest_release_alert"
DISCARD = "digests_digest_discard_alert"
STORIES_SHOWN = 20


class AlertForm(forms.Form):
    newsletter = forms.TypedChoiceField(
        label=gettext_lazy("Newsletter"),
        coerce=int,
        error_messages={"required": gettext_lazy("Choose whose readers get it.")},
    )
    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=200,
        validators=[validate_one_line],
        widget=UnfoldAdminTextInputWidget(),
    )
    preheader = forms.CharField(
        label=gettext_lazy("Preheader"),
        max_length=200,
        required=False,
        validators=[validate_one_line],
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("What inboxes show after the subject."),
    )
    kicker = forms.CharField(
        label=gettext_lazy("Kicker"),
        max_length=60,
        required=False,
        validators=[validate_one_line],
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("Above the headline. “News alert” stands at the top in any case."),
    )
    intro = forms.CharField(
        label=gettext_lazy("Your text"),
        max_length=5_000,
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text=gettext_lazy("Between headline and picture: what is known, what follows."),
    )

    def __init__(self, *args: Any, newsletters: list[Newsletter], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(newsletter.pk, newsletter.name) for newsletter in newsletters]
        self.fields["newsletter"].choices = choices  # type: ignore[attr-defined]  # of a choice field

    def words(self) -> Words:
        said = self.cleaned_data
        return Words(said["subject"], said["preheader"], said["kicker"], said["intro"])


def urls(model_admin: Any) -> list[URLPattern]:
    def guarded(view: Any, *, may: str) -> Any:
        def allowed(request: HttpRequest, **values: Any) -> HttpResponse:
            if not getattr(model_admin, f"has_{may}_permission")(request):
                raise PermissionDenied
            answer: HttpResponse = view(model_admin, request, **values)
            return answer

        return model_admin.admin_site.admin_view(allowed)

    steps = require_http_methods(["GET", "HEAD", "POST"])(guarded(begin, may="change"))
    look = require_safe(guarded(release, may="view"))
    end = require_POST(guarded(discard, may="change"))
    return [
        path("alert/", steps, name=NAME),
        path("<int:digest_id>/alert/", look, name=RELEASE),
        path("<int:digest_id>/alert/discard/", end, name=DISCARD),
    ]


def page_of(story_id: int | None) -> str:
    """Return the address of the page where an alert of this story is begun."""
    return f"{reverse(f'admin:{NAME}')}?story={story_id}"


def begin(model_admin: Any, request: HttpRequest) -> HttpResponse:
    story = _story(request)
    if story is None:
        return _pick(model_admin, request)
    newsletters = list(Newsletter.objects.exclude(state=NewsletterState.CLOSED).order_by("name"))
    if request.method == "POST":
        form = AlertForm(request.POST, newsletters=newsletters)
        if form.is_valid():
            return _make(model_admin, request, story, form, newsletters)
        return _write(model_admin, request, story, form, newsletters)
    form = AlertForm(newsletters=newsletters, initial=_initial(request, story))
    return _write(model_admin, request, story, form, newsletters)


def _make(
    model_admin: Any,
    request: HttpRequest,
    story: Article,
    form: AlertForm,
    newsletters: list[Newsletter],
) -> HttpResponse:
    newsletter_id, now = form.cleaned_data["newsletter"], database_now()
    try:
        alert = news_alerts.draft(newsletter_id, story.pk, form.words(), now=now)
    except news_alerts.AlreadyThere as there:
        model_admin.message_user(request, str(there), messages.WARNING)
        return redirect(f"admin:{RELEASE}", there.digest.pk)
    except news_alerts.Refused as refusal:
        form.add_error("newsletter", str(refusal))
        return _write(model_admin, request, story, form, newsletters)
    model_admin.log_addition(request, alert, _("The alert is begun."))
    ring(preflight_digest, alert.pk)
    for item_id in alert.sections.values_list("items", flat=True):
        ring(copy_picture, item_id)
    return redirect(f"admin:{RELEASE}", alert.pk)


def release(model_admin: Any, request: HttpRequest, digest_id: int) -> HttpResponse:
    """What it looks like and whom it reaches, beside the button; the decision behind that is “approve”."""
    alert = get_object_or_404(
        Digest.objects.select_related("newsletter", "approved_version", "urgent_story"),
        pk=digest_id,
        urgent_story__isnull=False,
    )
    if not alert.is_open:
        page = "live" if alert.frozen_at else "change"
        return redirect(f"admin:digests_digest_{page}", alert.pk)
    context: dict[str, Any] = {"digest": alert, "story": alert.urgent_story}
    context["may_release"] = request.user.has_perm(APPROVE)
    context["may_discard"] = model_admin.has_change_permission(
        request
    ) and news_alerts.may_be_discarded(alert)
    context["is_first_of_two"] = approval.is_first_of_two(alert)
    try:
        context |= {"sentences": approving.explain_approve(alert), **approving.seen(alert)}
        context |= approving_facts(request, alert)
    except versions.CannotRender as error:
        context["broken"] = str(error)
    title = _("News alert: %(story)s") % {"story": alert.urgent_story}
    return _page(
        model_admin, request, "release_alert", {"title": title, "original": alert} | context
    )


def discard(model_admin: Any, request: HttpRequest, digest_id: int) -> HttpResponse:
    alert = get_object_or_404(Digest, pk=digest_id, urgent_story__isnull=False)
    try:
        news_alerts.discard(alert.pk, by=request.user.get_username(), now=database_now())
    except news_alerts.Refused as refusal:
        model_admin.message_user(request, str(refusal), messages.ERROR)
        return redirect(f"admin:{RELEASE}", alert.pk)
    model_admin.log_change(request, alert, _("The alert is discarded."))
    model_admin.message_user(
        request,
        _("The alert is discarded: nobody gets it. You can begin another."),
        messages.SUCCESS,
    )
    return redirect(page_of(alert.urgent_story_id))


def _pick(model_admin: Any, request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "")[:200]
    found = wished(Wish(words=words), database_now()).select_related("source")
    context = {
        "title": _("Send a news alert"),
        "stories": list(found[:STORIES_SHOWN]),
        "words": words,
        "is_missing": "story" in request.GET,
    }
    return _page(model_admin, request, "pick_alert", context)


def _write(
    model_admin: Any,
    request: HttpRequest,
    story: Article,
    form: AlertForm,
    newsletters: list[Newsletter],
) -> HttpResponse:
    reaches = news_alerts.reaches(story, newsletters)
    reaches.sort(key=lambda reach: not reach.is_possible)  # those to choose from come first
    context = {
        "title": _("Send a news alert"),
        "story": story,
        "form": form,
        "reaches": reaches,
        "chosen": _chosen(form, reaches),
        "is_possible": any(reach.is_possible for reach in reaches) and not story.retracted_at,
    }
    return _page(model_admin, request, "write_alert", context)


def _chosen(form: AlertForm, reaches: list[Reach]) -> str:
    """Return the chosen newsletter, or the only possible one: nobody need choose where there is no choice."""
    said = str(form["newsletter"].value() or "")
    possible = [str(reach.newsletter.pk) for reach in reaches if reach.is_possible]
    return possible[0] if not said and len(possible) == 1 else said


def _initial(request: HttpRequest, story: Article) -> dict[str, str]:
    words = news_alerts.proposal(story)
    return {
        "newsletter": request.GET.get("newsletter", ""),
        "subject": words.subject,
        "preheader": words.preheader,
    }


def _story(request: HttpRequest) -> Article | None:
    found = Article.objects.select_related("source")
    return found.filter(pk=row_id(request.GET.get("story", "")) or 0).first()


def _page(
    model_admin: Any, request: HttpRequest, template: str, context: dict[str, Any]
) -> HttpResponse:
    frame = model_admin.admin_site.each_context(request) | {"opts": model_admin.opts}
    return TemplateResponse(request, f"admin/digests/{template}.html", frame | context)
