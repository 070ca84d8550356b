"""How mail leaves just now, in sentences for staff, and their word that a way out may be tried again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from digests.tasks import drain
from subscriptions.admin.tracing import trace
from subscriptions.badges import badge
from subscriptions.clock import database_now
from subscriptions.doorbell import ring
from subscriptions.local_times import here
from subscriptions.mailing import transports
from subscriptions.mailing.mail import MailRoute
from subscriptions.models import TransportState

MAIN, FALLBACK = "digests", "fallback"


@dataclass(frozen=True, slots=True)
class WayOut:
    name: str
    state: SafeString
    sentences: list[str]
    is_in_trouble: bool = False
    may_be_tried: bool = False


def ways_out(*, now: datetime) -> list[WayOut]:
    """The main way and its fallback. Empty where there is nothing to tell: one way, and it is well."""
    routes: Mapping[str, MailRoute] = settings.MAIL_ROUTES
    ours = [routes[name] for name in (MAIN, FALLBACK) if name in routes]
    states = TransportState.objects.in_bulk([route.name for route in ours])
    if len(ours) == 1 and not _is_told(states.get(ours[0].name), now):
        return []
    is_down = bool((main := states.get(ours[0].name)) and main.down_since)
    return [
        _told(route, states.get(route.name), is_used=bool(number) == is_down, now=now)
        for number, route in enumerate(ours)
    ]


def _is_told(state: TransportState | None, now: datetime) -> bool:
    return state is not None and transports.standing_of(state.name, now=now) != transports.WELL


def _told(
    route: MailRoute, state: TransportState | None, *, is_used: bool, now: datetime
) -> WayOut:
    if state is None or not _is_told(state, now):
        text = (
            _("Digests are sent by this route.")
            if is_used
            else _("Takes over while the main route is down.")
        )
        return WayOut(route.name, badge(_("In use") if is_used else _("Standby"), "good"), [text])
    sentences = [state.why]
    rests = state.rests_until > now
    if state.down_since:
        sentences.append(_down_text(state, rests=rests))
        return WayOut(route.name, badge(_("Down"), "bad"), sentences, True, rests)
    if rests:
        sentences.append(
            _("Backing off until %(time)s, then starts again with one connection.")
            % {"time": here(state.rests_until)}
        )
        return WayOut(route.name, badge(_("Backing off"), "warn"), sentences, True, True)
    number = state.connections or 1
    sentences.append(
        ngettext(
            "Recovering: %(number)s connection may be open, and one more every ten seconds.",
            "Recovering: %(number)s connections may be open, and one more every ten seconds.",
            number,
        )
        % {"number": number}
    )
    return WayOut(route.name, badge(_("Recovering"), "warn"), sentences)


def _down_text(state: TransportState, *, rests: bool) -> str:
    values = {"since": here(state.down_since), "time": here(state.rests_until)}  # type: ignore[arg-type]  # it is down
    if not rests:
        return _("Down since %(since)s. It is tried with the next reader.") % values
    return _("Down since %(since)s. It is tried with one reader at %(time)s.") % values


def urls(model_admin: Any) -> list[URLPattern]:
    """Return the addresses below the digests' admin. The permission to send is needed."""

    @require_POST
    def try_again(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("digests.send_digest"):
            raise PermissionDenied
        name = request.POST.get("way", "")
        if transports.end_rest(name, now=database_now()):
            ring(drain)
            text = _("%(way)s is tried again now.") % {"way": name}
            model_admin.message_user(request, text, messages.SUCCESS)
            trace(request, TransportState.objects.filter(pk=name), text)
        else:
            text = _("The route is in use again.")
            model_admin.message_user(request, text, messages.INFO)
        return redirect("admin:index")

    view = model_admin.admin_site.admin_view(try_again)
    return [path("try-way-out/", view, name="digests_digest_try_way_out")]
