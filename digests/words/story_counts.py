"""How many stories a digest shows: those beyond a section's limit do not count."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count

from digests.models import Section


def story_counts(digest_ids: Iterable[int]) -> Counter[int]:
    """Count the stories of each digest; one query however many are asked for."""
    shown: Counter[int] = Counter()
    sections = (
        Section.objects.filter(digest__in=list(digest_ids))
        .order_by()
        .annotate(held=Count("items"))
        .values_list("digest_id", "slots", "held")
    )
    for digest_id, slots, held in sections:
        shown[digest_id] += min(slots, held)
    return shown
