"""What each embedded form, and each page it stands on, has brought: counted from sign-ups, a window at a time.

A sign-up is one reader who asked, whatever the number of newsletters; it counts for the form whose request wrote the
letter under way. Confirmed are those of them who have answered it by now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from subscriptions.models import SignUp

WINDOW = timedelta(days=30)
CONFIRMED = Q(confirmed_at__isnull=False)


@dataclass(frozen=True, slots=True)
class Growth:
    sign_ups: int = 0
    confirmed: int = 0


def by_form(form_ids: list[int], *, since: datetime) -> Mapping[int, Growth]:
    """Count the sign-ups of each form in one query by the index sign_up_growth.

    A form that brought nobody is there with zeros.
    """
    rows = (
        SignUp.objects.filter(embedded_form__in=form_ids, requested_at__gte=since)
        .order_by()
        .values("embedded_form")
        .annotate(sign_ups=Count("pk"), confirmed=Count("pk", filter=CONFIRMED))
    )
    found = {row["embedded_form"]: Growth(row["sign_ups"], row["confirmed"]) for row in rows}
    return {pk: found.get(pk, Growth()) for pk in form_ids}


def by_page(*, since: datetime, form_id: int | None = None) -> "QuerySet[SignUp, dict[str, Any]]":
    """A row for each page on which an embedded form stood, the most fruitful first: source_url, sign_ups, confirmed,
    latest. To be read a page at a time. Where the browser kept the page to itself, source_url is empty."""
    sign_ups = SignUp.objects.filter(embedded_form__isnull=False, requested_at__gte=since)
    if form_id is not None:
        sign_ups = sign_ups.filter(embedded_form=form_id)
    return (
        sign_ups.order_by()
        .values("source_url")
        .annotate(
            sign_ups=Count("pk"),
            confirmed=Count("pk", filter=CONFIRMED),
            latest=Max("requested_at"),
        )
        .order_by("-sign_ups", "source_url")
    )
