"""Is it alive, and is it fit for work? For load balancers, supervisors and monitoring; docs/operations.md says how.

Answered before anything else looks at the request: probes come by IP address and without TLS.
"""

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg.errors import UndefinedTable

from digests.delivery import unasked
from subscriptions import condition
from subscriptions.clock import database_now
from subscriptions.condition import Trouble
from subscriptions.lost_connections import give_up_if_lost
from subscriptions.mailing.suppression import SuppressionKeyChanged, prove_key_unchanged

WEB, ALL = "web", "all"
# What may be asked for beside these: a part of the house.
PARTS = ("tick", "letters", "redis", "steps", "surroundings")


def probes(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, the first of all."""
    views = {"/healthz": healthz, "/readyz": readyz}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        view = views.get(request.path_info)
        return get_response(request) if view is None else view(request)

    return middleware


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked. By the rest the site knows itself (newsroom/surroundings/site.py)."""
    told = {"alive": True, "mode": settings.MODE, "secure": request.is_secure()}
    return JsonResponse(told | {"installation": settings.INSTALLATION})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """503 where this process cannot serve pages; with ?role=, also where that part of the house does not work.

    A load balancer asks without: pages go on without beat, Redis and workers.
    """
    role = request.GET.get("role", WEB)
    roles = (WEB, ALL, *PARTS, *settings.QUEUES)
    if role not in roles:
        return JsonResponse({"error": f"role must be one of {', '.join(roles)}"}, status=400)
    try:
        prove_key_unchanged()
        troubles = [*condition.look(now=database_now()).troubles, *unasked.troubles()]
    except (DatabaseError, InterfaceError, SuppressionKeyChanged) as error:
        return _unfit(error)
    in_the_way = [it for it in troubles if role in (ALL, it.part)]
    report = {
        "ready": not in_the_way,
        "postgresql": True,
        "redis": not any(it.part == "redis" for it in troubles),
        "troubles": [_told(trouble) for trouble in troubles],
    }
    return JsonResponse(report, status=503 if in_the_way else 200)


def _told(trouble: Trouble) -> dict[str, str]:
    """Anybody may ask, so no details."""
    return {"part": trouble.part, "text": trouble.text}


def _unfit(error: Exception) -> JsonResponse:
    give_up_if_lost()
    if isinstance(error, SuppressionKeyChanged):
        text = "SUPPRESSION_KEY is not the key of this database."
    elif isinstance(error.__cause__, UndefinedTable):
        text = "Tables are missing: run `manage.py migrate`."
    else:
        text = "The database does not answer."
    told = [_told(Trouble(WEB, text))]
    return JsonResponse({"ready": False, "postgresql": False, "troubles": told}, status=503)
