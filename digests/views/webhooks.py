"""Where ESPs post what became of mails: kept, answered, and acted on by a worker."""

import logging

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digests import tasks
from digests.outside.failures import FetchError
from digests.tracking import receiving
from digests.tracking.esps import ESPS, SHARED_SECRET
from subscriptions.clock import database_now
from subscriptions.doorbell import ring

logger = logging.getLogger(__name__)

# SparkPost posts up to 10,000 events at once.
MOST_BYTES = 10_000_000


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: HttpRequest, name: str) -> HttpResponse:
    """2xx only once the events are in the database: on anything else the ESP tries again."""
    esp = ESPS.get(name)
    key = settings.WEBHOOK_KEYS.get(esp.variable, "") if esp else ""
    if esp is None or not key:
        raise Http404("Nobody posts events here.")
    if request.method != "POST":
        return HttpResponse()  # some services look whether there is a page
    if not _load(request):
        return HttpResponse("Too large.\n", status=413, content_type="text/plain")
    try:
        url = settings.SITE_URL + reverse("webhook", args=[name])
        events = receiving.read(name, esp, request, key=key, url=url, now=database_now())
        kept = receiving.keep(esp, events)
    except receiving.Refused as error:
        logger.warning("A post to /webhooks/%s/ was refused: %s", name, error)
        return _refusal(needs_password=esp.variable == SHARED_SECRET)
    except receiving.NotUnderstood as error:
        logger.warning("A post to /webhooks/%s/ was not understood: %s", name, error)
        return HttpResponse(status=400)
    except (Error, FetchError) as error:
        logger.warning("A post to /webhooks/%s/ must come again: %s", name, error)
        return HttpResponse(status=503)
    if kept.is_urgent:
        ring(tasks.process_events)
    return HttpResponse()


def _load(request: HttpRequest) -> bool:
    """Read the body under a limit of our own; False if it is over. Django's own suits forms, not batches of events."""
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return False
    request._body = body  # what `request.body` and `request.POST` read from then on
    return True


def _refusal(*, needs_password: bool) -> HttpResponse:
    if not needs_password:
        return HttpResponse(status=403)
    # Without this, a careful client does not send its password (RFC 9110 section 11.6.1).
    return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="events"'})
