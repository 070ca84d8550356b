"""A digest as it is handed to the transport, made out to a sample reader."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from digests import versions
from digests.choices import DigestState
from digests.messages.message import SAMPLE, Message, Recipient
from digests.models import Digest, Version
from digests.rendering.weight import RED_BYTES, weigh
from digests.versions import Draft
from subscriptions.addresses import BadAddress, normalise
from subscriptions.admin.tracing import trace
from subscriptions.clock import database_now
from subscriptions.models import Subscriber
from subscriptions.rendering.rendered import Rendered

DARK_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
# A mail may load pictures and style itself; it runs nothing and is framed by our own pages alone.
FRAME_POLICY = (
    "default-src 'none'; img-src {images}; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
WITH_IMAGES, WITHOUT_IMAGES = "* data:", "'none'"
SEE_READERS = "subscriptions.change_subscriber"  # the links in a mail change what its reader gets
ONE_LOOK = timedelta(minutes=10)
Theme = Literal["light", "dark"]


class NoSuchReader(Exception):
    """The text says why, for whoever asked."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is previewed, and what it is called."""

    digest: Digest
    content: Version | Draft
    name: str

    def mail(self, reader: Recipient = SAMPLE) -> EmailMultiAlternatives:
        return Message.of(self.digest, self.content).personalised(reader)


def urls(model_admin: Any) -> list[URLPattern]:
    def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def allowed(request: HttpRequest, digest_id: int) -> HttpResponse:
            if not model_admin.has_view_permission(request):
                raise PermissionDenied
            digest = get_object_or_404(
                Digest.objects.select_related("newsletter", "approved_version", "sending_version"),
                pk=digest_id,
            )
            return view(model_admin, request, digest)

        wrapped: Callable[..., HttpResponse] = model_admin.admin_site.admin_view(
            require_GET(allowed)
        )
        return wrapped

    name = "digests_digest_preview"
    return [
        path("<int:digest_id>/preview/", page(preview), name=name),
        path(
            "<int:digest_id>/preview/mail.html",
            xframe_options_sameorigin(page(mail_html)),
            name=f"{name}_html",
        ),
        path(
            "<int:digest_id>/preview/mail.txt",
            xframe_options_sameorigin(page(mail_text)),
            name=f"{name}_text",
        ),
        path("<int:digest_id>/preview/mail.eml", page(mail_source), name=f"{name}_source"),
    ]


def preview(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    as_it_stands = _wants_draft(request)
    context: dict[str, Any] = {
        "original": digest,
        "title": _("Preview: %(digest)s") % {"digest": digest},
        "opts": model_admin.opts,
        "digest": digest,
        "mail_theme": "dark" if request.GET.get("theme") == "dark" else "light",
        "as_it_stands": as_it_stands,
        "red": RED_BYTES,
        "is_fullwidth": "1",
    }
    try:
        shown = shown_version(digest, as_it_stands=as_it_stands)
        context |= _facts(shown)
        context["changed"] = versions.has_changed(digest)
    except versions.CannotRender as error:
        context["broken"] = str(error)
    return TemplateResponse(
        request,
        "admin/digests/preview.html",
        model_admin.admin_site.each_context(request) | context,
    )


def mail_html(_model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    """Byte for byte what is sent, unless a theme is asked for: then its media queries are decided."""
    try:
        mail = _mail(request, digest)
    except (versions.CannotRender, NoSuchReader) as error:
        return _in_words(error)
    html = html_of(mail)
    theme = request.GET.get("theme")
    if theme in ("light", "dark"):
        html = in_theme(html, "dark" if theme == "dark" else "light")
    images = WITHOUT_IMAGES if request.GET.get("images") == "off" else WITH_IMAGES
    policy = FRAME_POLICY.format(images=images)
    return HttpResponse(html, headers={"Content-Security-Policy": policy})


def mail_text(_model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    try:
        mail = _mail(request, digest)
    except (versions.CannotRender, NoSuchReader) as error:
        return _in_words(error)
    policy = FRAME_POLICY.format(images=WITHOUT_IMAGES)
    return HttpResponse(
        str(mail.body),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Security-Policy": policy},
    )


def mail_source(_model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    try:
        mail = _mail(request, digest)
    except (versions.CannotRender, NoSuchReader) as error:
        return _in_words(error)
    source = mail.message().as_bytes(linesep="\r\n")
    name = f"{digest.newsletter.slug}-{digest.local_date:%Y-%m-%d}.eml"
    return HttpResponse(
        source,
        content_type="message/rfc822",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def shown_version(digest: Digest, *, as_it_stands: bool = False) -> Shown:
    """What readers get or will get: the version being sent, else the approved one, else the draft.

    Raises CannotRender.
    """
    sent = digest.sending_version
    if sent is not None:
        name = _("Version %(number)s, as it is sent") % {"number": sent.number}
        return Shown(digest, sent, name)
    approved = digest.approved_version
    if approved is not None and digest.state == DigestState.APPROVED and not as_it_stands:
        name = _("Version %(number)s, as it was approved") % {"number": approved.number}
        return Shown(digest, approved, name)
    return Shown(digest, versions.draft_of(digest), _("As it stands now, not approved"))


def _mail(request: HttpRequest, digest: Digest) -> EmailMultiAlternatives:
    """Return the email that is shown, made out to the reader asked for. Raises CannotRender, NoSuchReader."""
    shown = shown_version(digest, as_it_stands=_wants_draft(request))
    reader = _reader(request)
    if reader is not SAMPLE:
        _trace(request, digest, reader)
    return shown.mail(reader)


def _trace(request: HttpRequest, digest: Digest, reader: Recipient) -> None:
    """The links in it work, so whoever looks could act for the reader. One line for a look, not one for each frame.

    By number: those who read the history of a digest may see no addresses.
    """
    text = _("The preview was personalised for reader %(number)s.") % {
        "number": reader.subscriber_id
    }
    known = LogEntry.objects.filter(
        user=request.user.pk,
        content_type=ContentType.objects.get_for_model(Digest),
        object_id=str(digest.pk),
        action_time__gt=database_now() - ONE_LOOK,
        change_message=text,
    )
    if not known.exists():
        trace(request, [digest], text)


def _reader(request: HttpRequest) -> Recipient:
    """The sample, unless somebody who looks after readers asks for one of them. Raises NoSuchReader."""
    asked = request.GET.get("reader", "").strip()
    if not asked:
        return SAMPLE
    if not request.user.has_perm(SEE_READERS):
        raise NoSuchReader(_("You do not have permission to look up readers’ addresses."))
    found = _subscriber(asked)
    if found is None:
        raise NoSuchReader(_("No reader has the address %(address)s.") % {"address": asked[:254]})
    return Recipient(found.pk, found.public_id, found.address)


def _subscriber(asked: str) -> Subscriber | None:
    """Find a reader by address, as the audience keeps it, or by public id.

    Each has an index, however many readers there are.
    """
    if "@" not in asked:
        return Subscriber.objects.filter(public_id=asked.replace("\0", "")).first()
    try:
        return Subscriber.objects.with_address(normalise(asked)).first()
    except BadAddress:
        return None


def _in_words(error: Exception) -> HttpResponse:
    return HttpResponse(
        str(error),
        content_type="text/plain; charset=utf-8",
        status=409,
        headers={"Content-Security-Policy": FRAME_POLICY.format(images=WITHOUT_IMAGES)},
    )


def html_of(mail: EmailMultiAlternatives) -> str:
    return str(mail.alternatives[0][0])


def in_theme(html: str, theme: Theme) -> str:
    """Replace the dark-mode media query in `html` with one that is always true or always false.

    A frame does not pass its colour scheme on.
    """
    return DARK_QUERY.sub("(min-width:0)" if theme == "dark" else "(max-width:0)", html)


def _facts(shown: Shown) -> dict[str, Any]:
    content, mail = shown.content, shown.mail()
    weight = weigh(Rendered(content.subject, content.preheader, content.html, content.text))
    headers = [(name, str(value)) for name, value in mail.message().items()]
    return {
        "shown": shown,
        "headers": [(name, value) for name, value in headers if name not in NOT_SAID],
        "text": mail.body,
        "weight": weight,
    }


# Said by the parts of the message, not by us.
NOT_SAID = frozenset({"Content-Type", "MIME-Version", "Content-Transfer-Encoding"})


def _wants_draft(request: HttpRequest) -> bool:
    return request.GET.get("of") == "draft"
