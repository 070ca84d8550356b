"""The pages of digests: what readers see of them in a browser."""

from datetime import date

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from digests import archive
from digests.choices import MAIN_SLOT

# A mail brings its styles with it; it may bring nothing else.
MAIL_POLICY = {
    "default-src": [NONE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
    "img-src": [SELF, "https:", "data:"],
    "script-src": [NONE],
    "style-src": [UNSAFE_INLINE],
}


@require_safe
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]  # it knows only views without arguments
def archived(_request: HttpRequest, slug: str, day: date, slot: str = MAIN_SLOT) -> HttpResponse:
    digest = archive.find(slug, day, slot)
    if digest is None:
        raise Http404("No digest went out there and then.")
    return HttpResponse(archive.page(digest))
