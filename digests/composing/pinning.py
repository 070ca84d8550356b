"""A story put to the top of a newsletter's next digest, though that may not be assembled yet."""

from datetime import datetime

from django.utils.translation import gettext as _

from digests.composing import arranging
from digests.drafts.editing import Edit, Editor
from digests.drafts.refusals import Refused
from digests.models import Article, Digest


def next_digests(now: datetime) -> list[Digest]:
    """Return each newsletter's next digest that is still to go out and may be changed.

    News alerts and corrections are left out.
    """
    waiting = (
        Digest.objects.open()
        .filter(due_at__gt=now, urgent_story=None, corrects=None)
        .select_related("newsletter")
        .order_by("newsletter_id", "due_at", "pk")
        .distinct("newsletter_id")
    )
    return sorted(waiting, key=lambda digest: digest.due_at)


def pin(digest_id: int, article: Article, editor: Editor) -> Edit:
    """Locked: an assembly leaves it where it is. Raises Refused."""
    if article.retracted_at is not None:
        raise Refused(_("“%(story)s” has been retracted.") % {"story": article})
    digest = Digest.objects.get(pk=digest_id)
    if not digest.sections.exists():
        arranging.begin(digest_id, editor)
    first = digest.sections.order_by("position", "pk")[0]
    return arranging.add(digest_id, first.pk, article.pk, 0, editor)
