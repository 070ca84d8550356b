"""News alerts begun and released, and digests that have brought their story before."""

from digests.choices import DigestState, Outcome
from digests.decisions import approval, news_alerts
from digests.decisions.news_alerts import Words
from digests.delivery.freezing import Freeze, freeze
from digests.models import Article, Batch, Digest, Slice, Version
from subscriptions.clock import database_now
from subscriptions.models import Newsletter, Subscriber
from tests.builders import Press


def begun(newsletter: Newsletter, story: Article) -> Digest:
    return news_alerts.draft(newsletter.pk, story.pk, Words(story.headline), now=database_now())


def release(alert: Digest) -> Freeze:
    approval.approve(alert, by=None, now=database_now())
    done = freeze(alert.pk, now=database_now())
    alert.refresh_from_db()
    return done


def mailed(alert: Digest) -> list[int]:
    return sorted(pk for batch in alert.batches.all() for pk in batch.recipient_ids)


def carried(press: Press, newsletter: Newsletter, *stories: Article, **fields: object) -> Digest:
    """A digest of just now with these stories, whose readers are chosen, and nobody sent yet."""
    digest = press.digest(newsletter, **({"due_at": database_now()} | fields))
    press.carry(digest, *stories)
    approval.approve(digest, by=None, now=database_now())
    assert freeze(digest.pk, now=database_now()) is Freeze.DONE
    digest.refresh_from_db()
    return digest


def sent(digest: Digest, *outcomes: Outcome, state: str = DigestState.SENT) -> Batch:
    """Its one batch was sent in one slice, with these answers."""
    batch = Batch.objects.get(digest=digest, kind="first")
    batch.outcomes = bytes(outcomes) or bytes([Outcome.ACCEPTED]) * len(batch.recipient_ids)
    batch.next, batch.token, batch.finished_at = len(batch.recipient_ids), 1, database_now()
    batch.save()
    assert digest.sending_version is not None
    sliced(batch, 0, batch.next, digest.sending_version)
    Digest.objects.filter(pk=digest.pk).update(state=state)
    return batch


def sliced(batch: Batch, start: int, stop: int, version: Version) -> None:
    Slice.objects.create(
        batch=batch,
        start=start,
        stop=stop,
        token=1,
        version=version,
        started_at=database_now(),
        settled_at=database_now(),
    )


def ids(readers: list[Subscriber]) -> list[int]:
    return sorted(reader.pk for reader in readers)
