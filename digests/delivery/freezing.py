"""The moment a digest's readers are chosen: once, in one transaction, under the digest's row lock."""

import logging
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import connection, transaction

from digests import lifecycle
from digests.audience import have_story
from digests.choices import AlertKind, StateReason
from digests.delivery import batches, seeds
from digests.delivery.warmup import holding
from digests.lifecycle import Move
from digests.models import Digest, SubjectTest
from digests.notices import alerts
from digests.preflight.gate import blocking_findings
from digests.state_reasons import Reason

logger = logging.getLogger(__name__)


class Freeze(Enum):
    """What a call did."""

    DONE = "done"
    NOT_DUE = "not due, or in other hands"
    MISSED = "missed"
    HELD = "held"
    SKIPPED = "skipped"
    WAITS = "waiting for a digest with its story, which is due as well"


def freeze(digest_id: int, *, now: datetime) -> Freeze:
    """Choose the audience and write its batches. Safe to call twice, and by two workers at once."""
    with transaction.atomic():
        _hang_no_longer()
        digest = (
            # NO KEY: an alert that it is late must be written even while this worker hangs.
            Digest.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
            .select_related("newsletter", "approved_version")
            .to_freeze(now)
            .filter(pk=digest_id)
            .first()
        )
        if digest is None:
            return Freeze.NOT_DUE
        # Its readers would all get an *expired*: better one word to staff than a digest sent to nobody.
        if min(digest.miss_at, digest.expires_at) <= now:
            alerts.stop(digest, Move.MISS_AT_FREEZE, AlertKind.MISSED, _late(digest), now=now)
            return Freeze.MISSED
        if digest.is_urgent and not have_story.wait_for_others(digest, now=now):
            return Freeze.WAITS
        findings = blocking_findings(digest, now=now)
        if findings:
            why = Reason.of(StateReason.FINDINGS, text=" ".join(findings))
            alerts.stop(digest, Move.HOLD_AT_FREEZE, AlertKind.HELD, why, now=now)
            return Freeze.HELD
        plan = seeds.plan(digest, now=now)
        readers = _write_batches(digest, plan, now)
        if readers is None:
            why = Reason.of(StateReason.NOBODY_LEFT)
            alerts.stop(digest, Move.MISS_AT_FREEZE, AlertKind.MISSED, why, now=now)
            return Freeze.MISSED
        if digest.is_urgent and not readers:
            why = Reason.of(StateReason.EVERYBODY_HAS_IT)
            alerts.stop(digest, Move.SKIP_AT_FREEZE, AlertKind.SKIPPED, why, now=now)
            return Freeze.SKIPPED
        _begin_sending(digest, readers, plan, now)
    logger.info("%s is frozen for %s readers.", digest, readers)
    return Freeze.DONE


def _begin_sending(digest: Digest, readers: int, plan: seeds.Plan | None, now: datetime) -> None:
    digest.frozen_at = now
    digest.sending_version = digest.approved_version
    digest.audience_size = readers
    digest.expires_at += seeds.delay(digest, plan)
    also = ["frozen_at", "sending_version", "audience_size", "expires_at"]
    lifecycle.change(digest, Move.FREEZE, also=also)


def _hang_no_longer() -> None:
    """Limit how long this transaction may idle.

    A worker that is stopped here would otherwise keep the digest from all others (newsroom/sessions.py).
    """
    with connection.cursor() as cursor:
        limit = f"{settings.HANGS_AFTER_SECONDS}s"
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [limit]
        )


def _write_batches(digest: Digest, plan: seeds.Plan | None, now: datetime) -> int | None:
    """Write the digest's batches. Return None, with nothing written, if all its readers would be skipped."""
    with transaction.atomic(), connection.cursor() as cursor:
        test = _begin_subject_test(digest, now=plan.ends_at if plan else now)
        written = batches.write(cursor, digest, test, plan, now=now)
        if written.readers and not written.waiting:
            transaction.set_rollback(True)
            return None
        if plan:
            seeds.begin(digest, plan, now=now)
        holding.hold_back(cursor, digest, now=now)
    return written.readers


def _begin_subject_test(digest: Digest, *, now: datetime) -> SubjectTest | None:
    """The test that its approved version was made for; None: there is none. The clock runs from now."""
    version = digest.approved_version
    test = SubjectTest.objects.filter(digest=digest.pk).first()
    if test is None or version is None or not version.variants:
        return None
    test.alternatives = [variant["subject"] for variant in version.variants]
    test.first_subject = version.subject
    test.decides_at = max(now, digest.due_at) + timedelta(minutes=test.minutes)
    test.save(update_fields=["alternatives", "first_subject", "decides_at"])
    return test


def _late(digest: Digest) -> Reason:
    by = digest.local(min(digest.miss_at, digest.expires_at))
    return Reason.of(StateReason.LATE, by=f"{by:%H:%M}", zone=digest.zone)
