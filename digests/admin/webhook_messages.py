"""The outbox of alerts for other programs: read, not written."""

from collections.abc import Mapping

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from digests.models import WebhookMessage
from subscriptions.admin.evidence import EvidenceMixin
from subscriptions.admin.moments import moment
from subscriptions.badges import Tone, badge
from subscriptions.choices import LetterState

TONES: Mapping[str, Tone] = {
    LetterState.PENDING: "busy",
    LetterState.ACCEPTED: "good",
    LetterState.FAILED: "bad",
}


@admin.register(WebhookMessage)
class WebhookMessageAdmin(EvidenceMixin, ModelAdmin):
    list_display = ("type", "shown_state", "created", "attempts", "last_error")
    list_filter = ("state", "type")
    fields = ("type", "body", "shown_state", "created", "attempts", "last_error")
    readonly_fields = fields
    created = moment("created_at", _("written"))

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, message: WebhookMessage) -> str:
        return badge(message.get_state_display(), TONES.get(message.state, "plain"))
