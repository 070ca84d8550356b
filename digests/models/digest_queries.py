"""How digests are looked for."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models.functions import Now

from digests.choices import (
    EDITABLE_STATES,
    OPEN_STATES,
    PUBLISHED_STATES,
    SEED_PRIORITY,
    UNDER_WAY_STATES,
    DigestKind,
    DigestState,
)
from digests.cohorts import FREEZE_AHEAD
from subscriptions.choices import Archive

if TYPE_CHECKING:
    from digests.models.digest import Digest


class DigestQuerySet(models.QuerySet["Digest"]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def to_freeze(self, now: datetime) -> Self:
        """Approved, and due: at local time a little ahead of the first cohort."""
        ahead = models.Q(local_time__isnull=False, due_at__lte=now + FREEZE_AHEAD)
        return self.filter(models.Q(due_at__lte=now) | ahead, state=DigestState.APPROVED)

    def under_way(self) -> Self:
        return self.filter(state__in=UNDER_WAY_STATES)

    def with_second_awaited(self) -> Self:
        """`second_awaited`: has it an approval that waits for its second person, while that still matters?"""
        approvals = apps.get_model("digests", "Approval")._default_manager
        waiting = approvals.filter(
            digest=models.OuterRef("pk"),
            ended_at=None,
            needs_second=True,
            confirmed_at=None,
        )
        return self.annotate(second_awaited=models.Exists(waiting))

    def awaiting_second(self) -> Self:
        return self.with_second_awaited().filter(second_awaited=True, state__in=EDITABLE_STATES)

    def with_stories(self, article_ids: Iterable[int]) -> list[int]:
        """Ids of those in which one of them stands, as drafts stand now."""
        found = self.filter(sections__items__article__in=list(article_ids))
        return list(found.values_list("pk", flat=True).distinct()[:50])

    def carrying(self, article_ids: Iterable[int]) -> list["Digest"]:
        """In the version that readers are getting; a few at most are under way at once."""
        found = self.filter(sending_version__article_ids__overlap=list(article_ids))
        return list(found.select_related("newsletter")[:50])

    def published(self) -> Self:
        """What readers have, of newsletters that show it on the web: never what only its seeds were to see so far."""
        # It may be paused before anybody else has it, by whomever and for whatever reason.
        slices = apps.get_model("digests", "Slice")._default_manager
        readers = slices.exclude(batch__priority=SEED_PRIORITY)
        begun = readers.filter(batch__digest=models.OuterRef("pk"))
        return (
            self.filter(state__in=PUBLISHED_STATES)
            .filter(~models.Q(state=DigestState.PAUSED) | models.Exists(begun))
            .exclude(newsletter__archive=Archive.OFF)
            .exclude(seed_hold__ends_at__gt=Now())
        )

    def listed(self) -> Self:
        return self.published().filter(newsletter__archive=Archive.PUBLIC)

    def newest_first(self) -> Self:
        return self.order_by("-local_date", "-due_at", "-pk")

    def listing_facts(self) -> tuple[int, int]:
        """Two numbers of which one changes with what a list of these shows; reads no digest."""
        facts = self.aggregate(models.Count("pk"), models.Sum("sending_version_id", default=0))
        return facts["pk__count"], facts["sending_version_id__sum"]

    def without_bodies(self) -> Self:
        """With the version that readers got, but what lists need of it alone."""
        return self.select_related("newsletter", "sending_version").defer(
            "sending_version__html", "sending_version__text", "sending_version__content"
        )

    def next_to(self, digest: "Digest", *, is_later: bool) -> "Digest | None":
        """The edition of the same newsletter that went out just before or after it: a correction is none."""
        side, order = ("gt", "due_at") if is_later else ("lt", "-due_at")
        return (
            self.filter(newsletter=digest.newsletter_id, **{f"due_at__{side}": digest.due_at})
            .exclude(kind=DigestKind.CORRECTION)
            .without_bodies()
            .order_by(order)
            .first()
        )

    def corrections_of(self, digest: "Digest") -> list["Digest"]:
        """The first one first."""
        return list(self.filter(corrects=digest.pk).without_bodies().order_by("due_at"))

    def corrected_by(self, correction: "Digest") -> "Digest | None":
        if correction.corrects_id is None:
            return None
        return self.without_bodies().filter(pk=correction.corrects_id).first()

    def latest_sent(self, newsletter_ids: Collection[int]) -> Self:
        """The last one of each newsletter that readers have whole and on the web; no alerts, no corrections."""
        return (
            self.published()
            .filter(newsletter__in=newsletter_ids, state=DigestState.SENT, kind=DigestKind.REGULAR)
            .order_by("newsletter_id", "-due_at")
            .distinct("newsletter_id")
            .select_related("newsletter", "sending_version")
        )
