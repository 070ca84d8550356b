"""Which picture stands with a story: its own, one that the editor brings, or none."""

from django.utils.translation import gettext as _

from digests.assembly.copying import store
from digests.assembly.pictures import MOST_BYTES, prepare_picture
from digests.choices import ChangeKind, ImageChoice
from digests.drafts.editing import Edit, Editor, editing, item_target
from digests.drafts.refusals import Refused
from digests.models import Image, Item
from digests.outside.failures import PictureError


def bring(digest_id: int, item_id: int, body: bytes, editor: Editor) -> Edit:
    """The bytes of a picture, as they were uploaded. Raises Refused."""
    image = brought(body)
    with editing(digest_id, ChangeKind.PICTURED, editor) as edit:
        _choose(edit, item_id, ImageChoice.OWN, image)
    return edit


def leave_out(digest_id: int, item_id: int, editor: Editor) -> Edit:
    """Show a story without a picture. Raises Refused."""
    with editing(digest_id, ChangeKind.PICTURED, editor) as edit:
        _choose(edit, item_id, ImageChoice.NONE, None)
    return edit


def give_back(digest_id: int, item_id: int, editor: Editor) -> Edit:
    """The story's own, which is copied later if we have no copy yet. Raises Refused."""
    with editing(digest_id, ChangeKind.PICTURED, editor) as edit:
        article = edit.board.item(item_id).article
        copy = Image.objects.of(article) if article else None
        _choose(edit, item_id, ImageChoice.STORY, copy)
    return edit


def brought(body: bytes) -> Image:
    """Checked and kept, outside any transaction: decoding takes its time. Raises Refused."""
    if len(body) > MOST_BYTES:
        raise too_large()
    try:
        prepared = prepare_picture(body)
    except PictureError as error:
        raise Refused(_("The picture is not taken. %(why)s") % {"why": error}) from error
    # No web address: no story's picture can be taken for it.
    return store(f"upload:{prepared.large.name}", prepared)


def too_large() -> Refused:
    return Refused(
        _("The picture is not taken. It is larger than %(most)s MB.")
        % {"most": MOST_BYTES // 1_000_000}
    )


def _choose(edit: Edit, item_id: int, choice: ImageChoice, image: Image | None) -> None:
    item: Item = edit.board.item(item_id)
    edit.touch(item_target(item_id), "image_id", "image_choice")
    item.image, item.image_choice, item.is_locked = image, choice, True
    item.save(update_fields=["image", "image_choice", "is_locked"])
    edit.about = {"story": item.shown_headline, "item": item.pk}
