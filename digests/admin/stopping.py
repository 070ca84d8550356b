"""Stopping everything that is being sent, and starting again: one clear button, asked once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.enums import ActionVariant

from digests.decisions import steering
from digests.models import Digest, SendingSwitch
from digests.tasks import drain
from subscriptions.admin.tracing import trace
from subscriptions.clock import database_now
from subscriptions.doorbell import ring


class StoppingMixin:
    """Actions over the list of digests; the one that would change nothing is left out."""

    actions_list = ("stop_all", "start_again")

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        hidden = "stop_all" if steering.is_stopped() else "start_again"
        actions: list[Any] = super().get_actions_list(request)  # type: ignore[misc]  # of ModelAdmin
        return [found for found in actions if found.method.original_function_name != hidden]

    @action(
        description=gettext_lazy("Stop all sending"),
        url_path="stop-all-sending",
        icon="front_hand",
        variant=ActionVariant.DANGER,
        permissions=["send"],
    )
    def stop_all(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            steering.stop_everything(request.user.get_username(), now=database_now())
            _tell(self, request, _("All sending is stopped."))
            return redirect("admin:index")
        return _ask(self, request, stop=True)

    @action(
        description=gettext_lazy("Start again"),
        url_path="start-again",
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
        permissions=["send"],
    )
    def start_again(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            steering.start_again()
            ring(drain)
            _tell(self, request, _("Sending goes on."))
            return redirect("admin:index")
        return _ask(self, request, stop=False)


def _tell(model_admin: Any, request: HttpRequest, text: str) -> None:
    model_admin.message_user(request, text, messages.SUCCESS)
    switch, _made = SendingSwitch.objects.get_or_create(pk=1)
    trace(request, [switch], text)


def _ask(model_admin: Any, request: HttpRequest, *, stop: bool) -> HttpResponse:
    under_way = list(
        Digest.objects.under_way().with_second_awaited().select_related("newsletter")[:50]
    )
    return TemplateResponse(
        request,
        "admin/digests/stop.html",
        model_admin.admin_site.each_context(request)
        | {
            "title": _("Stop all sending") if stop else _("Start sending again"),
            "opts": model_admin.opts,
            "stop": stop,
            "under_way": under_way,
        },
    )
