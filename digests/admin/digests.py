"""Digests: the list of what went out and will, and the page of one."""

from collections import Counter
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.formats import number_format
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from digests.admin import (
    calendar,
    composer,
    correcting,
    live,
    news_alerts,
    preflight,
    preview,
    seeds,
    standing,
    subject_test,
    taking_away,
    ways_out,
)
from digests.admin.deciding import DecidingMixin
from digests.admin.forms import NoFieldsForm
from digests.admin.overview import overview_of
from digests.admin.stopping import StoppingMixin
from digests.choices import DigestState, Outcome
from digests.counts.account import tallies
from digests.models import Digest
from digests.models.digest_queries import DigestQuerySet
from digests.words.state_badges import state_badge
from digests.words.story_counts import story_counts
from subscriptions import audience
from subscriptions.clock import database_now
from subscriptions.local_times import in_zone


class DigestList(ChangeList):
    """Numbers for the rows of one page: three queries, however many rows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        digests: list[Digest] = list(vars(self)["result_list"])
        stories_shown = story_counts(digest.pk for digest in digests)
        readers = audience.about(digest.newsletter_id for digest in digests if digest.is_open)
        accounts = tallies(digest.pk for digest in digests if digest.frozen_at)
        for digest in digests:
            vars(digest).update(
                stories_shown=stories_shown[digest.pk],
                readers_now=readers.get(digest.newsletter_id),
                account=accounts.get(digest.pk),
            )
        self.result_list = digests


class SecondPersonFilter(admin.SimpleListFilter):
    title = _("second person")
    parameter_name = "second"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("awaited", _("Waits for one"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Digest]) -> QuerySet[Digest]:
        if self.value() != "awaited":
            return queryset
        return queryset.filter(pk__in=Digest.objects.awaiting_second().values("pk"))


@admin.register(Digest)
class DigestAdmin(DecidingMixin, StoppingMixin, ModelAdmin):
    list_display = (
        "name",
        "state_badge",
        "goes_out",
        "stories",
        "readers",
        "accepted",
        "failed",
        "unconfirmed",
    )
    list_filter = ("newsletter", "state", SecondPersonFilter, "slot")
    search_fields = ("subject", "newsletter__name")
    list_select_related = ("newsletter",)
    date_hierarchy = "local_date"
    ordering = ("-due_at", "-pk")
    list_per_page = 50
    form = NoFieldsForm
    change_form_outer_before_template = "admin/digests/overview.html"

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return DigestList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Digest]:
        queryset: DigestQuerySet = super().get_queryset(request)
        return queryset.with_second_awaited().select_related(
            "newsletter", "approved_version", "approved_by", "sending_version"
        )

    def get_urls(self) -> list[URLPattern]:
        return [
            *composer.urls(self),
            *preview.urls(self),
            *preflight.urls(self),
            *ways_out.urls(self),
            *standing.urls(self),
            *live.urls(self),
            *correcting.urls(self),
            *news_alerts.urls(self),
            *calendar.urls(self),
            *subject_test.urls(self),
            *taking_away.urls(self),
            *seeds.urls(self),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        digest = context.get("original")
        if digest is not None:
            context["digest"] = digest
            context["overview"] = overview = overview_of(digest, now=database_now())
            # Where a window is narrow, what stands above the page is folded away: this is not.
            waits = digest.state != DigestState.APPROVED or overview.changed
            waits = waits and digest.is_open and digest.assembled_at is not None
            context["waits_for_approval"] = waits and not digest.is_urgent
            if digest.is_open and digest.assembled_at:
                context["report"] = preflight.shown_report(digest)
            if self._is_frozen_since(digest):
                return redirect(request.get_full_path())
            context["show_save"] = context["show_save_and_continue"] = False
        response: HttpResponse = super().render_change_form(request, context, *args, **options)
        return response

    def _is_frozen_since(self, digest: Digest) -> bool:
        """An alert is frozen while the page that follows its release is made: half of it would speak of before.

        Its own readers would count as having the story, and the page say that nobody would get it.
        """
        released = digest.is_urgent and digest.state == DigestState.APPROVED
        return released and Digest.objects.filter(pk=digest.pk, frozen_at__isnull=False).exists()

    def save_model(self, request: HttpRequest, obj: Digest, form: Any, change: bool) -> None:
        """Nothing: what is in a digest is changed in the composer, its state by its engines."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Schedules make digests."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A digest is cancelled, not unmade: its account stays."""
        return False

    @admin.display(description=_("digest"), ordering="newsletter__name")
    def name(self, digest: Digest) -> str:
        return str(digest)

    @admin.display(description=_("state"), ordering="state")
    def state_badge(self, digest: Digest) -> str:
        return state_badge(digest)

    @admin.display(description=_("goes out at"), ordering="due_at")
    def goes_out(self, digest: Digest) -> str:
        at = in_zone(digest.due_at, digest.zone)
        return __("from %(time)s, at local time") % {"time": at} if digest.local_time else at

    @admin.display(description=_("stories"))
    def stories(self, digest: Digest) -> str:
        return str(vars(digest).get("stories_shown", ""))

    @admin.display(description=_("readers"))
    def readers(self, digest: Digest) -> str:
        if digest.audience_size is not None:
            return number_format(digest.audience_size, force_grouping=True)
        readers = vars(digest).get("readers_now")
        if readers is None:
            return ""
        return __("about %(number)s") % {"number": number_format(readers, force_grouping=True)}

    @admin.display(description=_("accepted"))
    def accepted(self, digest: Digest) -> str:
        return _counted(digest, Outcome.ACCEPTED)

    @admin.display(description=_("failed"))
    def failed(self, digest: Digest) -> str:
        return _counted(digest, Outcome.FAILED)

    @admin.display(description=_("uncertain"))
    def unconfirmed(self, digest: Digest) -> str:
        return _counted(digest, Outcome.UNCERTAIN)


def _counted(digest: Digest, outcome: Outcome) -> str:
    """A dash until readers have been chosen: a zero would say that somebody counted."""
    account: Counter[Outcome] | None = vars(digest).get("account")
    return "–" if account is None else number_format(account[outcome], force_grouping=True)
