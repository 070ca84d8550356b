"""A story by the address of its page: known already, or read from there and kept."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from digests.assembly.identity import story_key
from digests.assembly.keeping import keep_pasted
from digests.assembly.page_visits import story_at
from digests.drafts.refusals import Refused
from digests.models import Article, StoryAddress
from digests.outside.canonical import canonical_url
from digests.outside.failures import BadUrl, FeedError, FetchError
from subscriptions.models import Publisher


def article_at(address: str, *, now: datetime, allow: frozenset[str]) -> Article:
    """Outside any transaction: a page may take ten seconds to answer. Raises Refused."""
    try:
        url = canonical_url(address)
    except BadUrl as error:
        raise Refused(_("This address cannot be used. %(why)s") % {"why": error}) from error
    key = story_key(url)
    known = StoryAddress.objects.filter(key=key).select_related("article").first()
    article = known.article if known else _read(url, key, now, allow)
    if article.retracted_at is not None:
        raise Refused(_("“%(story)s” has been retracted.") % {"story": article})
    return article


def _read(url: str, key: str, now: datetime, allow: frozenset[str]) -> Article:
    try:
        story = story_at(url, zone=Publisher.objects.current().zone, allow=allow)
    except (FetchError, FeedError) as error:
        text = _("The page could not be read. %(why)s Or write the story by hand.")
        raise Refused(text % {"why": error}) from error
    keys = list(dict.fromkeys([key, story_key(story.url)]))
    with transaction.atomic():
        return keep_pasted(story, keys, now=now)
