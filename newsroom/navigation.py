"""The sidebar of the admin pages: the day's work first, then what it is made of, then readers, then the house."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from digests.models import Alert


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    """Only what this person may see; a section without pages is left out."""
    groups = (
        (_("Today"), _today(request)),
        (_("Newsletters and digests"), _plans(request)),
        (_("Readers"), _readers(request)),
        (_("Settings"), _house(request)),
    )
    return [{"title": title, "separator": True, "items": pages} for title, pages in groups if pages]


def _today(request: HttpRequest) -> list[dict[str, Any]]:
    start = {"title": _("Desk"), "icon": "today", "link": reverse("admin:index")}
    alerts = _page(request, _("Alerts"), "notification_important", "digests.alert")
    for page in alerts:
        page["badge"] = open_alerts(request)
        page["badge_variant"] = "danger"
    digests = _page(request, _("Digests"), "newspaper", "digests.digest")
    for page in digests:
        page["active"] = _is_on_digests
    return [
        start,
        *_calendar(request),
        *digests,
        *_alert(request),
        *_page(request, _("Stories"), "article", "digests.article"),
        *alerts,
    ]


def _plans(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        *_page(request, _("Newsletters"), "mail", "subscriptions.newsletter"),
        *_page(request, _("Templates"), "palette", "digests.template"),
        *_page(request, _("Groups of newsletters"), "category", "subscriptions.newslettergroup"),
        *_page(request, _("Sponsors"), "campaign", "digests.booking"),
        *_page(request, _("Sources"), "rss_feed", "digests.source"),
    ]


def _readers(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        *_page(request, _("Subscribers"), "group", "subscriptions.subscriber"),
        *_page(request, _("Embedded forms"), "dynamic_form", "subscriptions.embeddedform"),
        *_page(request, _("Consents"), "verified_user", "subscriptions.consent"),
        *_page(request, _("Service emails"), "outgoing_mail", "subscriptions.letter"),
        *_page(request, _("Suppressed"), "block", "subscriptions.suppression"),
    ]


def _house(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        *_page(request, _("Publisher"), "store", "subscriptions.publisher"),
        *_page(request, _("Warm-up"), "thermostat", "digests.warmup"),
        *_page(request, _("Webhook messages"), "webhook", "digests.webhookmessage"),
        *_page(request, _("Staff"), "badge", "auth.user"),
        *_page(request, _("Roles"), "shield_person", "auth.group"),
        *_page(request, _("What staff did"), "history", "admin.logentry"),
    ]


def _calendar(request: HttpRequest) -> list[dict[str, Any]]:
    if not request.user.has_perm("digests.view_digest"):
        return []
    link = reverse("admin:digests_digest_calendar")
    return [{"title": _("Calendar"), "icon": "calendar_month", "link": link}]


def _alert(request: HttpRequest) -> list[dict[str, Any]]:
    if not request.user.has_perm("digests.change_digest"):
        return []
    link = reverse("admin:digests_digest_alert")
    return [{"title": _("Send a news alert"), "icon": "bolt", "link": link}]


def _is_on_digests(request: HttpRequest) -> bool:
    """The calendar and the alert lie below the digests' own pages, and have entries of their own."""
    below = reverse("admin:digests_digest_changelist")
    others = (reverse("admin:digests_digest_calendar"), reverse("admin:digests_digest_alert"))
    return request.path.startswith(below) and not request.path.startswith(others)


def _page(request: HttpRequest, title: str, icon: str, model: str) -> list[dict[str, Any]]:
    """The changelist of `model` (app.name), in a list; empty when this person may not see it."""
    app, name = model.split(".")
    if not request.user.has_perm(f"{app}.view_{name}"):
        return []
    return [{"title": title, "icon": icon, "link": reverse(f"admin:{app}_{name}_changelist")}]


def open_alerts(_request: HttpRequest) -> str:
    """Empty when there are none, so that no badge is drawn."""
    return str(Alert.objects.filter(cleared_at=None).count() or "")
