"""Stories as they came in. An editor's own words for a digest are written there; what is wrong is corrected here."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.paginator import InfinitePaginator

from digests.admin import news_alerts, story_desk
from digests.models import Article, Digest, Image
from subscriptions.admin.evidence import EvidenceMixin
from subscriptions.admin.moments import moment
from subscriptions.admin.rows import row_or_404
from subscriptions.admin.tracing import trace
from subscriptions.badges import badge
from subscriptions.clock import database_now
from subscriptions.local_times import here

AGES = ((6, _("Last 6 hours")), (24, _("Last 24 hours")), (24 * 7, _("Last 7 days")))
TAG_CHOICES = 40
RECENT_ARTICLES = 500  # tags are offered as the latest stories carry them


class AgeFilter(admin.SimpleListFilter):
    title = _("age")
    parameter_name = "hours"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(str(hours), text) for hours, text in AGES]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in {str(hours) for hours, _text in AGES}:
            return queryset
        since = database_now() - timedelta(hours=int(self.value() or 0))
        return queryset.since(since)


class TagFilter(admin.SimpleListFilter):
    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        latest = Article.objects.values_list("tags", flat=True)[:RECENT_ARTICLES]
        tags = sorted({tag for tags in latest for tag in tags})[:TAG_CHOICES]
        return [(tag, tag) for tag in tags]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        return queryset.filter(tags__contains=[self.value()]) if self.value() else queryset


@admin.register(Article)
class ArticleAdmin(EvidenceMixin, ModelAdmin):
    list_display = ("headline", "source", "published", "tag_list", "standing")
    list_filter = (AgeFilter, "source", TagFilter)
    search_fields = ("headline",)
    list_select_related = ("source",)
    fields = (
        "headline",
        "summary",
        "link",
        "picture",
        "source",
        "author_list",
        "tag_list",
        "published",
        "updated",
        "first_seen",
        "standing",
        "corrections",
    )
    actions = ("retract", "restore")
    actions_row = ("news_alert",)
    actions_detail = ("correct", "pin", "news_alert")
    readonly_fields = fields
    published = moment("published_at", _("published"), without=_("unknown"))
    updated = moment("updated_at", _("updated"))
    first_seen = moment("first_seen_at", _("first seen"))
    paginator = InfinitePaginator
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        queryset: QuerySet[Article] = super().get_queryset(request)
        return queryset.annotate(is_held_back=Q(published_at__gt=Now()))

    def has_retract_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("digests.change_digest")

    def has_alert_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("digests.change_digest")

    @admin.action(description=_("Retract: no digest goes out with it"), permissions=["retract"])
    def retract(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        carriers = Digest.objects.under_way().carrying(queryset.values_list("pk", flat=True))
        with transaction.atomic():
            chosen = list(queryset.filter(retracted_at=None).select_for_update(of=("self",)))
            _each(chosen).update(retracted_at=database_now())
            trace(request, chosen, __("Retracted."))
        text = ngettext(
            "%(number)s story is retracted.", "%(number)s stories are retracted.", len(chosen)
        )
        self.message_user(request, text % {"number": len(chosen)}, messages.SUCCESS)
        for digest in carriers:
            self.message_user(request, _still_sent(digest), messages.WARNING)

    @admin.action(description=_("Take a retraction back"), permissions=["retract"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        with transaction.atomic():
            chosen = list(queryset.exclude(retracted_at=None).select_for_update(of=("self",)))
            _each(chosen).update(retracted_at=None, restored_at=database_now())
            trace(request, chosen, __("Its retraction was taken back."))
        text = ngettext(
            "%(number)s story may go out again.",
            "%(number)s stories may go out again.",
            len(chosen),
        )
        self.message_user(request, text % {"number": len(chosen)}, messages.SUCCESS)

    def get_urls(self) -> Any:
        return story_desk.urls(self) + super().get_urls()

    @action(description=_("Correct it"), url_path="to-correct", icon="edit", permissions=["alert"])
    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(f"admin:{story_desk.CORRECT}", row_or_404(self, request, object_id).pk)

    @action(
        description=_("Pin to the next digest"),
        url_path="to-pin",
        icon="keep",
        permissions=["alert"],
    )
    def pin(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(f"admin:{story_desk.PIN}", row_or_404(self, request, object_id).pk)

    @action(
        description=_("Send a news alert"), url_path="alert", icon="bolt", permissions=["alert"]
    )
    def news_alert(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(news_alerts.page_of(row_or_404(self, request, object_id).pk))

    @admin.display(description=_("standing"))
    def standing(self, article: Article) -> str:
        if article.retracted_at:
            return badge(_("Retracted"), "bad")
        if article.published_at and getattr(article, "is_held_back", False):
            text = _("Embargo until %(time)s") % {"time": here(article.published_at)}
            return badge(text, "busy")
        return ""

    @admin.display(description=_("corrected by staff"))
    def corrections(self, article: Article) -> str:
        return ", ".join(article.corrected) or "–"

    @admin.display(description=_("tags"))
    def tag_list(self, article: Article) -> str:
        return ", ".join(article.tags)

    @admin.display(description=_("authors"))
    def author_list(self, article: Article) -> str:
        return ", ".join(article.authors)

    @admin.display(description=_("address"))
    def link(self, article: Article) -> str:
        return format_html(
            '<a class="desk-link" href="{0}" rel="noreferrer noopener">{0}</a>', article.url
        )

    @admin.display(description=_("picture"))
    def picture(self, article: Article) -> str:
        if not article.picture_urls:
            return str(_("It came without one"))
        copy = Image.objects.of(article)
        if copy is None and article.image_error:
            return article.image_error
        if copy is None:
            return str(_("Copied when the story is picked"))
        known = article.picture_at(copy.source_url)
        said = " · ".join(filter(None, (known.get("caption"), known.get("credit"))))
        return format_html(
            '<img class="desk-picture" src="{}" alt="{}" width="{}" height="{}"><br>{}',
            copy.file.url,
            known.get("alt", ""),
            copy.width,
            copy.height,
            said,
        )


def _each(articles: list[Article]) -> QuerySet[Article]:
    return Article.objects.filter(pk__in=[article.pk for article in articles])


def _still_sent(digest: Digest) -> str:
    """What is under way is stopped by a click of its own: readers have it, and somebody may be changing it."""
    return format_html(
        "{} <a href='{}'>{}</a>",
        __("%(digest)s is being sent with it.") % {"digest": digest},
        reverse("admin:digests_digest_live", args=[digest.pk]),
        __("Take it out there"),
    )
