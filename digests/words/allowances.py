"""What warming up means for a digest's readers, in sentences for its editor, before and while some wait."""

from collections import Counter
from datetime import datetime

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.choices import Outcome
from digests.delivery.warmup.forecast import Allowance, forecast
from digests.models import Digest
from digests.words.outlook import readers_text


def allowance_sentences(digest: Digest, *, now: datetime, at_once: bool = False) -> list[str]:
    """`at_once`: as if it went out now. Empty where no plan is in force: then nothing is counted."""
    if digest.is_open:
        at = now if at_once else max(now, digest.due_at)
        return [_before(allowance) for allowance in forecast(digest, at=at)]
    if digest.is_under_way:
        return _waiting(digest, now)
    return []


def _before(allowance: Allowance) -> str:
    values = {
        "provider": allowance.provider,
        "used": number_format(allowance.used, force_grouping=True),
        "ceiling": number_format(allowance.ceiling, force_grouping=True),
        "readers": readers_text(allowance.readers),
        "rest": readers_text(allowance.too_many),
    }
    if not allowance.too_many:
        return (
            _(
                "Warm-up: all its %(readers)s at %(provider)s fit into that day’s %(ceiling)s (%(used)s used)."
            )
            % values
        )
    return (
        ngettext(
            "Warm-up: of its %(readers)s at %(provider)s, %(rest)s is over that day’s limit of "
            "%(ceiling)s (%(used)s used). That reader waits for the next day, or is not sent it "
            "if that is too late.",
            "Warm-up: of its %(readers)s at %(provider)s, %(rest)s are over that day’s limit of "
            "%(ceiling)s (%(used)s used). They wait for the next day, or are not sent it if that "
            "is too late.",
            allowance.too_many,
        )
        % values
    )


def _waiting(digest: Digest, now: datetime) -> list[str]:
    counted: Counter[str] = Counter()
    rows = digest.batches.waiting().filter(due_at__gt=now).values_list("waits_for", "outcomes")
    for provider, outcomes in rows.iterator(chunk_size=500):
        counted[provider] += bytes(outcomes).count(Outcome.PENDING)
    return [
        ngettext(
            "Warm-up: %(readers)s at %(provider)s waits for the next day’s allowance.",
            "Warm-up: %(readers)s at %(provider)s wait for the next day’s allowance.",
            readers,
        )
        % {"readers": readers_text(readers), "provider": provider}
        for provider, readers in counted.most_common()
    ]
