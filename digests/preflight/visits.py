"""Visiting the addresses that digests will carry: beforehand, seldom, one after the other, and never in a request."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from time import monotonic, sleep
from urllib.parse import urlsplit

from digests.models import DomainCheck, LinkCheck
from digests.models.article import URL_LENGTH
from digests.outside.failures import BadAnswer, FetchError, TooLarge
from digests.outside.guard import Limits, guarded_get
from digests.preflight.of_sender import domain_of, is_nobodys

# A page that begins to come is there: no more of it is read than this.
VISIT_LIMITS = Limits(
    max_bytes=65_536, connect_seconds=3, read_seconds=5, total_seconds=8, max_redirects=5
)
MOST_VISITS = 40
PAUSE_SECONDS = 0.3  # between two visits to one server
AGAIN = timedelta(minutes=30)
# What was not found is looked for again soon, until it is sure or back, and what failed a little later.
AGAIN_GONE = timedelta(minutes=4)
AGAIN_FAILED = timedelta(minutes=10)
HELD = timedelta(minutes=5)  # a visitor who dies loses an address for so long
FORGET = timedelta(days=2)
MOST_TIMES = 100

Clock = Callable[[], datetime]


def want(
    urls: Iterable[str],
    sender: str,
    *,
    until: datetime,
    now: datetime,
    house_domains: Iterable[str] = (),
) -> None:
    """Let these be visited, and the sender's domain and the house's be asked about. New ones are due at once."""
    wanted = sorted({url for url in urls if len(url) <= URL_LENGTH})
    known = LinkCheck.objects.filter(url__in=wanted)
    known.filter(wanted_until__lt=until).update(wanted_until=until)
    new = set(wanted) - set(known.values_list("url", flat=True))
    LinkCheck.objects.bulk_create(
        (LinkCheck(url=url, due_at=now, wanted_until=until) for url in sorted(new)),
        ignore_conflicts=True,
    )
    for domain in dict.fromkeys((domain_of(sender), *house_domains)):
        if domain and not is_nobodys(domain):
            DomainCheck.objects.get_or_create(domain=domain, defaults={"due_at": now})


def due_ids(*, now: datetime, limit: int = MOST_VISITS) -> list[int]:
    due = LinkCheck.objects.filter(due_at__lte=now, wanted_until__gt=now)
    return list(due.order_by("due_at").values_list("pk", flat=True)[:limit])


def visit_due(*, clock: Clock, allow: frozenset[str], seconds: float) -> int:
    """Visit what is due for at most so many seconds; returns how many were visited."""
    ends_at = monotonic() + seconds
    visited = 0
    last_host = ""
    for check_id in due_ids(now=clock()):
        if monotonic() >= ends_at:
            break
        check = _claimed(check_id, clock())
        if check is None:
            continue
        host = urlsplit(check.url).netloc
        if host == last_host:
            sleep(PAUSE_SECONDS)
        _visit(check, allow, clock)
        last_host = host
        visited += 1
    return visited


def forget(*, now: datetime) -> int:
    """What no digest has carried for days."""
    deleted, _by_model = LinkCheck.objects.filter(wanted_until__lt=now - FORGET).delete()
    return deleted


def _claimed(check_id: int, now: datetime) -> LinkCheck | None:
    """Claim a due check by moving its time; None if another visitor has it. Two at once do not visit twice."""
    won = LinkCheck.objects.filter(pk=check_id, due_at__lte=now).update(due_at=now + HELD)
    return LinkCheck.objects.get(pk=check_id) if won else None


def _visit(check: LinkCheck, allow: frozenset[str], clock: Clock) -> None:
    status, error = _answer(check.url, allow)
    now = clock()
    is_gone = status in (404, 410)
    again = AGAIN_GONE if is_gone else AGAIN_FAILED if error else AGAIN
    LinkCheck.objects.filter(pk=check.pk).update(
        status=status,
        error=error[:300],
        gone_times=min(check.gone_times + 1, MOST_TIMES) if is_gone else 0,
        gone_since=(check.gone_since or now) if is_gone else None,
        checked_at=now,
        due_at=now + again,
    )


def _answer(url: str, allow: frozenset[str]) -> tuple[int | None, str]:
    try:
        return guarded_get(url, limits=VISIT_LIMITS, allow=allow).status, ""
    except TooLarge:
        return 200, ""
    except BadAnswer as error:
        return error.status, str(error)
    except FetchError as error:
        return None, str(error)
