"""The page on which a digest is put together: stories to add, the digest as it stands, and the mail it makes."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from digests.admin import composer_changes, composer_parts, composer_tests
from digests.admin.composer_board import arranged, staff
from digests.admin.composer_changes import SCRIPT_HEADER, number
from digests.admin.composer_state import of_story, words_of
from digests.admin.forms import PREHEADER_SEEN, SUBJECT_SEEN
from digests.choices import WORDS
from digests.composing.history import can_redo, can_undo
from digests.composing.wording import OVERRIDES, RICH
from digests.drafts.automatic_words import OF_STORIES
from digests.drafts.editing import DIGEST
from digests.models import Digest, Item, Source, Template
from digests.words.outlook import time_left
from subscriptions.clock import database_now

NAME = "digests_digest_compose"
START = "<int:digest_id>/compose"
TYPED_BY = frozenset({"words", "reword", "write"})
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
        "change": require_POST(view(change, needs="change")),
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


def change(model_admin: Any, request: HttpRequest, digest: Digest) -> HttpResponse:
    """Answer a change by the page's script or by a plain form.

    A plain form is led back to the page, or is shown its own text again.
    """
    if SCRIPT_HEADER in request.headers:
        return composer_changes.by_script(request, digest)
    answer = composer_changes.done(request, digest)
    level = messages.ERROR if answer.refused else messages.SUCCESS
    model_admin.message_user(request, answer.refused or answer.told, level)
    digest.refresh_from_db()
    if answer.refused and request.POST.get("do") in TYPED_BY and digest.is_editable:
        return page(model_admin, request, digest, status=answer.status)
    item = number(request.POST, "item")
    back = reverse(f"admin:{NAME}", args=[digest.pk])
    return redirect(f"{back}#story-{item}" if item else back)


def page(model_admin: Any, request: HttpRequest, digest: Digest, status: int = 200) -> HttpResponse:
    may_change = digest.is_editable and model_admin.has_change_permission(request, digest)
    template = Template.objects.filter(newsletter=digest.newsletter_id).first()
    board = arranged(digest)
    words = words_of(digest, template, board["blocks"])
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
            "words": words | _typed(request, "words", WORDS),
            "was": words,
            "automatic": digest.automatic_words,
            "given_back": _given_back(template),
            "values": {DIGEST: words},
            "can_undo": may_change and can_undo(digest, staff(request)),
            "can_redo": may_change and can_redo(digest, staff(request)),
            "subject_seen": SUBJECT_SEEN,
            "preheader_seen": PREHEADER_SEEN,
            "sources": Source.objects.all(),
            **(_opened(request, digest) if may_change else {}),
            "may_add": may_change and bool(board["blocks"]),
            "typed_story": {
                "section": number(request.POST, "section"),
                **_typed(request, "write", ("headline",)),
            },
            "said": _said(),
            "testers": composer_tests.testers(request) if may_change else [],
            "time_left": time_left(digest, now=database_now()),
            **board,
            **composer_parts.found_for(request, digest),
        },
        status=status,
    )


def _typed(request: HttpRequest, do: str, names: Iterable[str]) -> dict[str, str]:
    """What a plain form sent and could not be kept: it stands in its fields again."""
    sent = request.POST
    return {name: sent[name] for name in names if sent.get("do") == do and name in sent}


def _given_back(template: Template | None) -> list[str]:
    """The words that an editor may leave to us again."""
    return [*OF_STORIES, *(name for name in RICH if template and getattr(template, name))]


def _opened(request: HttpRequest, digest: Digest) -> dict[str, Any]:
    """The story whose fields stand open where no script opens them."""
    typed = _typed(request, "reword", ("item", *OVERRIDES))
    item_id = number(request.POST, "item") if typed else number(request.GET, "edit")
    items = Item.objects.select_related("article__source", "image")
    item = items.filter(section__digest=digest, pk=item_id or 0).first()
    if item is None:
        return {}
    opened_was = of_story(item)
    for name in opened_was.keys() & typed.keys():
        setattr(item, name, typed[name])
    return {"opened": item, "opened_was": opened_was}


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
        "away": _("The server cannot be reached."),
        "notDone": _(
            "The server cannot be reached. That was not done: do it again once it answers."
        ),
        "notYet": _("Not yet: what you wrote under “%s” is not saved."),
        "begun": _(
            "Not yet: “%s” is not in the digest. Press “Write it” beside it, or empty the field."
        ),
        "take": _("Take theirs"),
        "keep": _("Keep mine"),
        "conflict": _("Someone else has changed this in the meantime."),
        "theirs": _("Theirs: “%s”"),
        "enter": _("Press Enter to move it to “{section}”."),
        "gone": _("This story was removed while you were writing. Your text:"),
        "here": _("Also here: %s"),
        "link": _("This is neither a web nor an email address."),
        "characters": _("%s characters; phones show about %s"),
        "empty": _("(empty)"),
    }
