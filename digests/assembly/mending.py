"""An article put right by staff: what they have corrected, no later visit to its source changes."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from digests.models import Article, Image

# What may be corrected, as `Article.corrected` names it; “picture” is all that belongs to one.
WORDS = ("headline", "summary", "authors", "tags", "published_at")
PICTURE = "picture"


def mend(
    article_id: int, words: Mapping[str, Any], *, picture: Mapping[str, str] | None = None
) -> list[str]:
    """Names of what is other than before. `picture` has url, alt, caption and credit; an empty url is none at all."""
    with transaction.atomic():
        article = Article.objects.select_for_update(of=("self",)).get(pk=article_id)
        changed = [
            name for name in WORDS if name in words and words[name] != getattr(article, name)
        ]
        for name in changed:
            setattr(article, name, words[name])
        if picture is not None and picture != article.picture_at(article.image_url):
            changed.append(PICTURE)
            article.image_url, article.image_alt = picture["url"], picture["alt"]
            article.pictures = [dict(picture)] if picture["url"] else []
            article.page_picture, article.image_error = {"url": ""}, ""
        if changed:
            article.corrected = sorted({*article.corrected, *changed})
            article.save()
    return changed


def give_back(article_id: int) -> None:
    """Give an article back to its source, whose next answer tells all of it again."""
    Article.objects.filter(pk=article_id).update(corrected=[])


def shown_picture(article: Article) -> tuple[dict[str, str], Image | None]:
    """What stands for its picture now, and our copy of that."""
    copy = Image.objects.of(article)
    url = copy.source_url if copy else article.image_url
    known = {"url": url, "alt": "", "caption": "", "credit": ""}
    return known | article.picture_at(url), copy
