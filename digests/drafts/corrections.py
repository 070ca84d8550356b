"""What a correction at a source does to the digests that carry the story, before anybody looks.

Words of ours follow at once. A subject or preheader that a person wrote may still say what was corrected: it is marked
until somebody writes it anew, or lets the warning pass. A picture that nobody chose is replaced.
"""

from django.db import transaction

from digests.choices import DigestState, ImageChoice
from digests.drafts import automatic_words
from digests.drafts.board import Board
from digests.models import Digest, Image, Item, Template


def settle(digest_id: int) -> None:
    """Harmless to repeat. A digest that an editor is changing this moment is left for the next time."""
    with transaction.atomic():
        digest = (
            Digest.objects.open()
            .filter(pk=digest_id)
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("newsletter")
            .first()
        )
        if digest is None or digest.assembled_at is None:
            return
        board = Board.of(digest)
        template = Template.objects.filter(newsletter=digest.newsletter_id).first()
        changed = ["corrected_words"] if doubt(digest, board) else []
        if digest.state != DigestState.APPROVED:
            changed += automatic_words.follow(digest, template, board.headlines())
            _take_pictures(board)
        if changed:
            digest.save(update_fields=changed)


def doubt(digest: Digest, board: Board) -> bool:
    """Mark the words of a person for corrections that are new; whether there are any."""
    corrected = {
        f"{item.article_id} {item.article.headline}"
        for item in board
        if item.article and item.seen_headline and item.seen_headline != item.article.headline
    }
    is_new = False
    for name in automatic_words.OF_STORIES:
        if name in digest.automatic_words or not getattr(digest, name):
            continue
        known = set(digest.corrected_words.get(name, {}).get("by", []))
        if corrected - known:
            digest.corrected_words[name] = {"by": sorted(known | corrected), "is_open": True}
            is_new = True
    return is_new


def _take_pictures(board: Board) -> None:
    for item in board:
        if item.has_new_picture and not item.is_locked and item.image_choice == ImageChoice.STORY:
            copy = Image.objects.of(item.article)
            if copy is None or copy.source_url != item.article.image_url:
                copy = None  # it is copied in a moment
            if item.image_id != (copy.pk if copy else None):
                Item.objects.filter(pk=item.pk, is_locked=False).update(image=copy)
