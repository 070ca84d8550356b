"""The site as it is, with two peers beside it: a sign-up view as one writes it first, and a view that does nothing."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from newsroom.rsgi import application
from subscriptions.models import Consent, Letter, Newsletter, SignUp, Subscriber, Subscription

__all__ = ["application"]


@csrf_exempt
@transaction.atomic
def plain(request: HttpRequest) -> HttpResponse:
    """Row by row through the ORM, the same rows as ours: no limits, no suppression, no pause between letters."""
    now = timezone.now()
    address = request.POST["address"]
    try:
        validate_email(address)
    except ValidationError:
        return HttpResponseBadRequest()
    subscriber, _made = Subscriber.objects.get_or_create(address=address)
    sign_up = SignUp.objects.create(subscriber=subscriber, requested_at=now, expires_at=now)
    for slug in request.POST.getlist("newsletters"):
        newsletter = Newsletter.objects.get(slug=slug)
        Subscription.objects.get_or_create(subscriber=subscriber, newsletter=newsletter)
        sign_up.newsletters.add(newsletter)
        Consent.objects.create(
            subscriber=subscriber, newsletter=newsletter, action="requested", at=now, form="plain"
        )
    Letter.objects.create(
        kind="confirmation",
        address=address,
        subscriber=subscriber,
        context={"sign_up": sign_up.public_id},
        created_at=now,
        due_at=now,
        expires_at=now,
    )
    return redirect("subscribed")


@csrf_exempt
def empty(_request: HttpRequest) -> HttpResponse:
    return redirect("subscribed")


def _add_peers() -> None:
    from newsroom import urls

    urls.urlpatterns[:0] = [path("plain/", plain), path("empty/", empty)]


_add_peers()
