"""The archive's pages: digests, indexes, feeds, and what search engines ask for."""

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.paginator import InvalidPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import condition, require_safe

from digests.archive import reading
from digests.archive.archive_data import index_data, page_data
from digests.choices import MAIN_SLOT
from digests.models import Digest
from subscriptions.choices import Archive
from subscriptions.languages import direction_of
from subscriptions.models import Newsletter, Publisher
from subscriptions.page_colours import page_palette
from subscriptions.pages import page
from subscriptions.reader_language import language_of, speak

A_PAGE = 30
FRESH_SECONDS = 300  # so long a reader's browser, or a cache before us, need not ask again


@require_safe
def archived(request: HttpRequest, slug: str, day: date, slot: str = MAIN_SLOT) -> HttpResponse:
    digest = reading.find(slug, day, slot)
    if digest is None:
        raise Http404("No digest went out there and then.")
    speak(request, digest.newsletter.language)
    near, publisher = reading.around(digest), Publisher.objects.current()
    fingerprint = reading.fingerprint(digest, near, publisher)
    return _unless_kept(
        request,
        digest.newsletter,
        fingerprint,
        lambda: _archived(request, digest, near, publisher),
    )


def _archived(
    request: HttpRequest, digest: Digest, near: reading.Around, publisher: Publisher
) -> HttpResponse:
    newsletter = digest.newsletter
    shown = reading.page(digest, near)
    own = page_palette(shown.band or newsletter.colour)
    context = _frame(newsletter) | {
        "own": own,
        "digest": digest,
        "archived": shown,
        "canonical": settings.SITE_URL + shown.entry.url,
        "data": page_data(newsletter, shown, publisher),
        "picture": _first_picture(shown),
    }
    return page(request, "web/archived.html", context)


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    newsletter = _newsletter(slug)
    speak(request, newsletter.language)
    part = request.GET.get("page", "1")
    fingerprint = reading.list_fingerprint(newsletter, Publisher.objects.current(), part)
    return _unless_kept(request, newsletter, fingerprint, lambda: _index(request, newsletter, part))


def _index(request: HttpRequest, newsletter: Newsletter, part: str) -> HttpResponse:
    found = Digest.objects.published().filter(newsletter=newsletter).without_bodies().newest_first()
    try:
        shown = Paginator(found, A_PAGE).page(part)
    except InvalidPage as error:
        raise Http404("The archive has no such page.") from error
    entries = [reading.entry(digest) for digest in shown]
    here = reading.index_url(newsletter)
    context = _frame(newsletter) | {
        "entries": entries,
        "pages": shown,
        "canonical": here if shown.number == 1 else f"{here}?page={shown.number}",
        "data": index_data(newsletter, entries, here),
    }
    return page(request, "web/archive.html", context)


@require_safe
def feed(request: HttpRequest, slug: str) -> HttpResponse:
    newsletter, publisher = _newsletter(slug), Publisher.objects.current()
    fingerprint = reading.list_fingerprint(newsletter, publisher, "feed")
    return _unless_kept(request, newsletter, fingerprint, lambda: _feed(newsletter, publisher))


def _feed(newsletter: Newsletter, publisher: Publisher) -> HttpResponse:
    home = reading.index_url(newsletter)
    made = Atom1Feed(
        title=newsletter.name,
        link=home,
        description=newsletter.description,
        subtitle=newsletter.description,
        language=newsletter.language,
        author_name=publisher.name,
        feed_url=home + "feed/",
    )
    found = Digest.objects.published().filter(newsletter=newsletter).without_bodies().newest_first()
    for digest in found[: reading.FEED_LENGTH]:
        entry = reading.entry(digest)
        url = settings.SITE_URL + entry.url
        made.add_item(
            title=entry.subject,
            link=url,
            description=entry.preheader or entry.date_text,
            unique_id=url,
            pubdate=digest.due_at,
            updateddate=entry.updated_at,
        )
    return HttpResponse(made.writeString("utf-8"), content_type=made.content_type)


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    found = Digest.objects.listed().without_bodies().newest_first()[: reading.SITEMAP_LENGTH]
    newsletters = Newsletter.objects.filter(
        archive=Archive.PUBLIC, digests__in=Digest.objects.listed()
    )
    context = {
        "site": settings.SITE_URL,
        "newsletters": newsletters.distinct(),
        "entries": map(reading.entry, found.iterator()),
    }
    response = render(request, "web/sitemap.xml", context, content_type="application/xml")
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /admin/", f"Sitemap: {settings.SITE_URL}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _newsletter(slug: str) -> Newsletter:
    found = reading.newsletter(slug)
    if found is None:
        raise Http404("There is no such archive.")
    return found


def _frame(newsletter: Newsletter) -> dict[str, Any]:
    return {
        "newsletter": newsletter,
        "direction": direction_of(newsletter.language),
        "own": page_palette(newsletter.colour),
        "is_hidden": newsletter.archive != Archive.PUBLIC,
    }


def _first_picture(shown: reading.ArchivedPage) -> str:
    """For those who share the page; absolute, as Open Graph wants it."""
    stories = (story for block in shown.blocks for story in block.stories)
    return next(
        (story.picture.large_url or story.picture.url for story in stories if story.picture), ""
    )


def _unless_kept(
    request: HttpRequest,
    newsletter: Newsletter,
    fingerprint: str,
    make: Callable[[], HttpResponse],
) -> HttpResponse:
    """What `make` makes, or 304 to who has it already."""

    # Weak: the nonce in the page is another each time, and nothing else.
    @condition(etag_func=lambda asked: f'W/"{fingerprint}-{language_of(asked)}"')
    def answer(_request: HttpRequest) -> HttpResponse:
        return make()

    response = answer(request)
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        # The kept page goes with the policy that it came with: a new one would name another nonce.
        response._csp_exempt = True  # type: ignore[attr-defined]  # how django-csp is told
    return _public(response, newsletter)


def _public(response: HttpResponse, newsletter: Newsletter) -> HttpResponse:
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    if newsletter.archive != Archive.PUBLIC:
        response["X-Robots-Tag"] = "noindex"
    return response
