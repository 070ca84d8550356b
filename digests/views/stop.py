"""The page behind the link in a seed's letter."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from digests.decisions import seeding
from digests.delivery.seeds import may_stop
from digests.words import seed_words
from subscriptions import links
from subscriptions.clock import database_now
from subscriptions.pages import bad_link, page
from subscriptions.token_pages import token_page


@token_page
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """For a seed: keep a digest from everybody else."""
    try:
        found = seeding.find(token)
    except links.BadLink:
        return bad_link(request)
    if found is None:
        return bad_link(request)
    # A page for staff, in their language as admin is; the middleware ends it with the request.
    translation.activate(settings.LANGUAGE_CODE)
    hold, address = found
    digest = hold.digest
    now = database_now()
    problem = ""
    if request.method == "POST":
        try:
            seeding.stop(digest.pk, by=address, now=now)
        except seeding.Refused as refusal:
            problem = str(refusal)
        digest.refresh_from_db()
        hold.refresh_from_db()
    context = {
        "digest": digest,
        "sentences": seed_words.of_hold(digest, hold, now=now),
        "may_stop": may_stop(digest, hold, now=now),
        "problem": problem,
    }
    return page(request, "web/stop.html", context, is_settled=True)
