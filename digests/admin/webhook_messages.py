"""The outbox of alerts for other programs: read, not written."""

import json
from collections.abc import Mapping

from django.contrib import admin
from django.utils.html import format_html
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
    fields = ("type", "shown_body", "shown_state", "created", "attempts", "last_error")
    readonly_fields = fields
    created = moment("created_at", _("written"))

    @admin.display(description=_("body"))
    def shown_body(self, message: WebhookMessage) -> str:
        """A line for each fact; what is sent and signed is one line."""
        facts = json.dumps(json.loads(message.body), indent=2, ensure_ascii=False)
        return format_html('<pre class="desk-text">{}</pre>', facts)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, message: WebhookMessage) -> str:
        return badge(message.get_state_display(), TONES.get(message.state, "plain"))
