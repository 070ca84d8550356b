"""The publisher's page, with a test of its alert webhook beneath."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from digests.models import WebhookMessage
from digests.notices import webhook_messages
from digests.tasks import send_webhook_message
from subscriptions.admin.publisher import PublisherAdmin
from subscriptions.admin.tracing import trace
from subscriptions.choices import LetterState
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.local_times import in_zone
from subscriptions.models import Publisher

PART = "admin/digests/webhook_test_now.html"

admin.site.unregister(Publisher)


@admin.register(Publisher)
class TestedPublisherAdmin(PublisherAdmin):
    change_form_outer_after_template = "admin/digests/webhook_test.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(
            never_cache(require_http_methods(["GET", "HEAD", "POST"])(self.webhook_test))
        )
        return [path("webhook-test/", view, name="webhook_test"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        context["may_test"] = self.has_change_permission(request)
        context |= standing(webhook_messages.last_test())
        response: HttpResponse = super().render_change_form(request, context, *args, **options)
        return response

    def webhook_test(self, request: HttpRequest) -> HttpResponse:
        """POST sends one, GET answers with how the last one went, as a part of the page."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return TemplateResponse(request, PART, standing(webhook_messages.last_test()))
        message = webhook_messages.write_test(now=database_now())
        if message is None:
            text = _("No alert webhook is set: fill in its address and save.")
            self.message_user(request, text, messages.ERROR)
        else:
            ring(send_webhook_message, message.pk)
            trace(
                request, [Publisher.objects.current()], _("A test was posted to the alert webhook.")
            )
        page = redirect("admin:subscriptions_publisher_change", Publisher.objects.current().pk)
        page["Location"] += "#webhook-test"
        return page


def standing(message: WebhookMessage | None) -> dict[str, Any]:
    """How a test went, in a sentence, and how soon a page that is open should look again."""
    if message is None:
        return {"test": None, "test_sentence": "", "test_seconds": 60}
    zone = Publisher.objects.current().zone
    values = {
        "sent": in_zone(message.created_at, zone),
        "time": in_zone(message.settled_at or message.created_at, zone),
        "why": message.last_error,
    }
    sentence = {
        LetterState.PENDING: _("The test of %(sent)s is on its way …"),
        LetterState.ACCEPTED: _("The test was accepted at %(time)s: the receiver is there."),
        LetterState.CANCELLED: _("The test of %(sent)s was not sent. %(why)s"),
    }.get(LetterState(message.state), _("The test of %(sent)s was not accepted. %(why)s"))
    is_waiting = message.state == LetterState.PENDING
    return {
        "test": message,
        "test_sentence": sentence % values,
        "test_seconds": 1 if is_waiting else 60,
    }
