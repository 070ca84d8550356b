"""The page on which a digest is put together: stories to add, the digest as it stands, and the mail it makes."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from digests.admin import composer_changes, composer_parts, composer_tests
from digests.admin.composer_board import arranged, staff, values_of, word_of
from digests.admin.composer_changes import number
from digests.admin.forms import PREHEADER_SEEN, SUBJECT_SEEN
from digests.composing.editing import WORDS
from digests.composing.history import can_redo, can_undo
from digests.models import Digest, Item, Source
from digests.words.outlook import time_left
from subscriptions.clock import database_now

NAME = "digests_digest_compose"
START = "<int:digest_id>/compose"
View = Callable[[Any, HttpRequest, Digest], HttpResponse]


def urls(model_admin: Any) -> list[URLPattern]:
    def view(found: View, *, needs: str = "view") -> Callable[..., HttpResponse]:
        def allowed(request: HttpRequest, digest_id: int) -> HttpResponse:
            if not getattr(model_admin, f"has_{needs}_permission")(request):
                raise PermissionDenied
            digest = get_object_or_404(Digest.objects.select_related("newsletter"), pk=digest_id)
            return found(model_admin, request, digest)

        wrapped: Callable[..., HttpResponse] = model_admin.admin_site.admin_view(allowed)
        return wrapped

    parts = {
        "change": require_POST(view(composer_changes.change, needs="change")),
        "poll": require_POST(view(composer_parts.poll)),
        "candidates": require_GET(view(composer_parts.candidates)),
        "item": require_GET(view(composer_parts.item, needs="change")),
        "filling": require_GET(view(composer_parts.filling, needs="change")),
        "history": require_GET(view(composer_parts.history)),
        "mail": require_GET(view(composer_parts.mail)),
        "tests": view(composer_tests.tests),
    }
    return [
        path(f"{START}/", require_GET(view(page)), name=NAME),
        *(path(f"{START}/{name}/", found, name=f"{NAME}_{name}") for name, found in parts.items()),
    ]


def page(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    may_change = digest.is_editable and model_admin.has_change_permission(request, digest)
    opened = number(request.GET, "edit")
    return TemplateResponse(
        request,
        "admin/digests/composer/page.html",
        model_admin.admin_site.each_context(request)
        | {
            "title": str(digest),
            "opts": model_admin.opts,
            "original": digest,
            "is_nav_sidebar_enabled": False,
            "is_fullwidth": "1",
            "may_change": may_change,
            "may_approve": request.user.has_perm("digests.approve_digest"),
            "words": {name: word_of(digest, name) for name in WORDS},
            "values": values_of(digest, None),
            "can_undo": may_change and can_undo(digest, staff(request)),
            "can_redo": may_change and can_redo(digest, staff(request)),
            "subject_seen": SUBJECT_SEEN,
            "preheader_seen": PREHEADER_SEEN,
            "sources": Source.objects.all(),
            "opened": _opened(digest, opened) if may_change and opened else None,
            "said": _said(),
            "testers": composer_tests.testers(request) if may_change else [],
            "time_left": time_left(digest, now=database_now()),
            **arranged(digest),
            **composer_parts.found_for(request, digest),
        },
    )


def _opened(digest: Digest, item_id: int) -> Item | None:
    """The story whose fields stand open where no script opens them."""
    items = Item.objects.select_related("article__source", "image")
    return items.filter(section__digest=digest, pk=item_id).first()


def _said() -> dict[str, str]:
    """What the page's script says by itself."""
    return {
        "saved": _("All changes are saved."),
        "saving": _("Saving …"),
        "unsaved": _("Not saved."),
        "offline": _(
            "The server cannot be reached. What you write stays here and is saved as soon as it answers."
        ),
        "large": _(
            "That is more than the server takes at once. It is still here; make it shorter."
        ),
        "lost": _(
            "You are signed out, or may not change this digest any more. What you wrote stays here."
        ),
        "signIn": _("Sign in in another window"),
        "theirs": _("Take theirs"),
        "mine": _("Keep mine"),
        "conflict": _("Somebody else has changed this meanwhile. Theirs:"),
        "enter": _("Press Enter to move it to “{section}”."),
        "gone": _("This story was removed while you were writing. Your words:"),
        "here": _("Also here: %s"),
        "link": _("This is no address of a page or of a mailbox."),
        "characters": _("%s characters; phones show about %s"),
        "empty": _("(empty)"),
    }
