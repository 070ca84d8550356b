"""The outbox of single mails, and the proof of what readers agreed to: read, not written."""

from collections.abc import Mapping

from django.contrib import admin
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from subscriptions import wordings
from subscriptions.admin.evidence import EvidenceMixin
from subscriptions.admin.moments import moment
from subscriptions.badges import Tone, badge
from subscriptions.choices import LetterState
from subscriptions.models import Consent, Letter

TONES: Mapping[str, Tone] = {
    LetterState.PENDING: "busy",
    LetterState.ACCEPTED: "good",
    LetterState.FAILED: "bad",
}


@admin.register(Letter)
class LetterAdmin(EvidenceMixin, ModelAdmin):
    list_display = ("shown_kind", "address", "shown_state", "created", "attempts", "last_error")
    list_filter = ("state", "kind")
    fields = (
        "shown_kind", "address", "subscriber", "shown_state", "created", "due", "expires", "settled", "attempts",
        "last_error",
    )  # fmt: skip
    readonly_fields = fields
    created = moment("created_at", _("written"))
    due = moment("due_at", _("to be sent at"))
    expires = moment("expires_at", _("too late after"))
    settled = moment("settled_at", _("settled at"))
    # No search: addresses are searched where they are indexed, on the page of subscribers.
    paginator = InfinitePaginator
    show_full_result_count = False

    @admin.display(description=_("kind"), ordering="kind")
    def shown_kind(self, letter: Letter) -> str:
        return letter.kind_in_words

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, letter: Letter) -> str:
        return badge(letter.get_state_display(), TONES.get(letter.state, "plain"))


@admin.register(Consent)
class ConsentAdmin(EvidenceMixin, ModelAdmin):
    list_display = ("subscriber", "newsletter", "action", "said", "form", "wording")
    list_filter = ("action", "newsletter")
    list_select_related = ("subscriber", "newsletter")
    fields = (
        "subscriber", "newsletter", "action", "said", "words", "wording", "form", "embedded_form",
        "source_url", "ip", "ip_hash",
    )  # fmt: skip
    readonly_fields = fields
    said = moment("at", _("said at"))
    paginator = InfinitePaginator
    show_full_result_count = False

    @admin.display(description=_("text"))
    def words(self, consent: Consent) -> str:
        """Show the words of the consent in English, as they stood then; a reader may have read their translation."""
        return wordings.words_of(consent.wording, consent.action) or __("No words are kept of it.")
