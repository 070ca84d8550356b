"""What an archived page tells machines: schema.org in JSON-LD, safe inside a script element."""

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from digests.archive.reading import ArchivedPage, Entry
from subscriptions.models import Newsletter, Publisher

# As django.utils.html.json_script: nothing in a string can end the element that holds it.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def page_data(newsletter: Newsletter, shown: ArchivedPage, publisher: Publisher) -> SafeString:
    """A NewsArticle that holds the list of its stories."""
    stories = [story for block in shown.blocks for story in block.stories]
    return _script(
        {
            "@type": "NewsArticle",
            "headline": shown.entry.subject,
            "description": shown.entry.preheader,
            "datePublished": shown.entry.sent_at.isoformat(),
            "dateModified": shown.entry.updated_at.isoformat(),
            "inLanguage": newsletter.language,
            "mainEntityOfPage": settings.SITE_URL + shown.entry.url,
            "isPartOf": {"@type": "Periodical", "name": newsletter.name},
            "publisher": {"@type": "NewsMediaOrganization", "name": publisher.name},
            "mainEntity": {
                "@type": "ItemList",
                "itemListElement": [
                    {
                        "@type": "ListItem",
                        "position": story.number,
                        "name": story.headline,
                        **({"url": story.url} if story.url else {}),
                    }
                    for story in stories
                ],
            },
        }
    )


def index_data(newsletter: Newsletter, entries: Sequence[Entry], url: str) -> SafeString:
    return _script(
        {
            "@type": "CollectionPage",
            "name": newsletter.name,
            "url": url,
            "inLanguage": newsletter.language,
            "mainEntity": {
                "@type": "ItemList",
                "itemListElement": [
                    {
                        "@type": "ListItem",
                        "position": place,
                        "name": entry.subject,
                        "url": settings.SITE_URL + entry.url,
                    }
                    for place, entry in enumerate(entries, start=1)
                ],
            },
        }
    )


def _script(data: dict[str, Any]) -> SafeString:
    written = json.dumps({"@context": "https://schema.org"} | data, ensure_ascii=False)
    return mark_safe(written.translate(_ESCAPES))  # noqa: S308 - what could end the element is escaped
