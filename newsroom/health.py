"""Is it alive, and is it fit for work? For load balancers and supervisors."""

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"alive": True, "mode": settings.MODE})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL answers. Redis is told but not demanded: pages and sending go on without it."""
    report = {"postgresql": _database_answers(), "redis": _redis_answers()}
    return JsonResponse(report, status=200 if report["postgresql"] else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _redis_answers() -> bool:
    try:
        cache.get("readyz")
    except (RedisError, OSError):
        return False
    return True
