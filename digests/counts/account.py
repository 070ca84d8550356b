"""The account of a digest's readers in words, and for many digests at once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from digests import ledger
from digests.choices import Outcome
from digests.models import Batch


@dataclass(frozen=True, slots=True)
class Word:
    name: str | Promise
    meaning: str | Promise


@dataclass(frozen=True, slots=True)
class Line:
    outcome: Outcome
    word: Word
    readers: int


WORDS: Mapping[Outcome, Word] = {
    Outcome.ACCEPTED: Word(
        _("Accepted"),
        _("The reader’s mail server accepted it. Servers do not say whether it reached the inbox."),
    ),
    Outcome.PENDING: Word(_("Waiting"), _("Nothing has left for them yet.")),
    Outcome.DEFERRED: Word(
        _("Deferred"),
        _("Their mail server asked us to try again later, which we do automatically."),
    ),
    Outcome.UNCERTAIN: Word(
        _("Uncertain"),
        _(
            "The connection was lost before the server’s answer was recorded: they may have it, or not."
        ),
    ),
    Outcome.FAILED: Word(
        _("Failed"),
        _("Their mail server refused it permanently; the reason is kept with the reader."),
    ),
    Outcome.LEFT: Word(
        _("Unsubscribed"), _("They unsubscribed after the audience was chosen. Not sent.")
    ),
    Outcome.PAUSED: Word(_("Paused"), _("They paused after the audience was chosen. Not sent.")),
    Outcome.SUPPRESSED: Word(
        _("Suppressed"), _("The address was suppressed before its turn. Not sent.")
    ),
    Outcome.EXPIRED: Word(
        _("Expired"),
        _("Too late: their mail server did not answer in time, or the warm-up limit was reached."),
    ),
    Outcome.SKIPPED: Word(
        _("Skipped"),
        _("Their local time was past when the readers were chosen; the schedule leaves them out."),
    ),
    Outcome.CANCELLED: Word(_("Cancelled"), _("The digest was cancelled before their turn came.")),
}
# Shown even when there are none: an editor looks for them.
ALWAYS = frozenset({Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNCERTAIN})


def account_of(digest_id: int) -> list[Line]:
    """Counted anew from the batches; the sum of the lines is the audience."""
    tally = ledger.counts(digest_id)
    return [
        Line(outcome, word, tally[outcome])
        for outcome, word in WORDS.items()
        if tally[outcome] or outcome in ALWAYS
    ]


def tallies(digest_ids: Iterable[int]) -> dict[int, Counter[Outcome]]:
    """Readers by outcome, for each digest: one query, a byte a reader; MOVED is left out."""
    found: dict[int, Counter[Outcome]] = {digest_id: Counter() for digest_id in digest_ids}
    batches = Batch.objects.filter(digest__in=found).values_list("digest_id", "outcomes")
    for digest_id, outcomes in batches.iterator(chunk_size=500):
        bytes_ = bytes(outcomes)
        for outcome in WORDS:
            found[digest_id][outcome] += bytes_.count(outcome)
    return found
