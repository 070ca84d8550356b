"""Telling staff, once, that a source brings nothing: it fails, it is silent, or it is gone for good."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from digests.choices import SourceTrouble
from digests.models import Source
from digests.notices import service

# So often in a row: with the usual interval, an hour.
FAILURES = 3
TITLES = {
    SourceTrouble.FAILING: "A source fails: {source}",
    SourceTrouble.SILENT: "A source brings nothing new: {source}",
    SourceTrouble.GONE: "A source is gone: {source}",
}


def judge(source: Source, *, now: datetime) -> None:
    """After a visit. What staff have been told of, they are not told of again until it has ended."""
    found = _trouble(source, now)
    with transaction.atomic():
        told = Source.objects.filter(pk=source.pk).exclude(told_of=found).update(told_of=found)
        if told and found:
            title = TITLES[SourceTrouble(found)].format(source=source)
            page = reverse("admin:digests_source_change", args=[source.pk])
            url = settings.SITE_URL + page
            service.tell(f"source.{found}", title, _text(source, found), now=now, url=url)


def _trouble(source: Source, now: datetime) -> str:
    if not source.is_active:
        return SourceTrouble.GONE if source.failures else source.told_of
    if source.failures:
        return SourceTrouble.FAILING if source.failures >= FAILURES else source.told_of
    patience = timedelta(hours=source.silent_hours)
    if patience and source.brought_at and source.brought_at <= now - patience:
        return SourceTrouble.SILENT
    return ""


def _text(source: Source, trouble: str) -> str:
    if trouble == SourceTrouble.GONE:
        return f"{source.last_error} It is not visited any more until you make it active again."
    if trouble == SourceTrouble.FAILING:
        return f"{source.failures} visits in a row have failed. {source.last_error}"
    days, hours = divmod(source.silent_hours, 24)
    since = f"{days} days" if days > 1 and not hours else f"{source.silent_hours} hours"
    return f"It answers, and has had no new story for {since}."
