"""Thin shells over the engines. A task that is lost or doubled changes nothing: the rows decide."""

import time
from datetime import datetime

from celery import shared_task
from django.conf import settings
from django.core.management import call_command

from digests.assembly import copying, fetching, renewing
from digests.assembly.assembling import assemble
from digests.counts import provider_counts
from digests.decisions import approval
from digests.delivery import asking, ending, finishing, freezing, troubles
from digests.delivery.draining import drain as drain_batches
from digests.delivery.pace import ways
from digests.delivery.pace.pacing import TransportPace
from digests.delivery.transports.choosing import open_transport
from digests.delivery.warmup import domains as mail_domains
from digests.designing import unused_logos
from digests.models import Article, Digest
from digests.notices import webhook_messages
from digests.plan import planning
from digests.preflight import domains, running, visits
from digests.reminders import reminding
from digests.tracking import processing
from subscriptions import audience
from subscriptions.clock import database_now
from subscriptions.doorbell import ring, ring_for

DRAIN_SECONDS = 60
# A visitor leaves the worker to others after so long; the next tick goes on.
VISIT_SECONDS = 15
QUESTION_SECONDS = 15


@shared_task
def assemble_digest(digest_id: int) -> None:
    _assemble(digest_id)


@shared_task
def assemble_digest_again(digest_id: int) -> None:
    # Else an earlier message has done it.
    if digest_id in planning.to_assemble_again(now=database_now()):
        _assemble(digest_id, again=True)


def _assemble(digest_id: int, *, again: bool = False) -> None:
    now = database_now()
    assemble(digest_id, now=now, as_of=story_ages_from(now), again=again)
    ring_for(copy_picture, ((item_id,) for item_id in copying.without_picture()))
    running.run(digest_id, now=database_now())


@shared_task
def decide_digest(digest_id: int) -> None:
    """A task of its own: a digest that cannot be rendered must not keep others from going out."""
    approval.decide_at_deadline(digest_id, now=database_now())


@shared_task
def remind_of_digest(digest_id: int) -> None:
    """A task of its own: a digest whose zone this machine does not know cannot be reminded of."""
    reminding.remind(digest_id, now=database_now())


@shared_task
def preflight_digest(digest_id: int) -> None:
    running.run(digest_id, now=database_now())


@shared_task
def visit_links() -> None:
    """Whether what digests lead to is there, and what the DNS says of who writes."""
    visits.visit_due(clock=database_now, allow=settings.FETCH_ALLOW, seconds=VISIT_SECONDS)
    visits.forget(now=database_now())
    if settings.ASK_DNS:
        domains.ask_due(now=database_now())


@shared_task
def ask_mail_domains() -> None:
    """Who takes mail for our readers' domains; only while a warm-up plan is in force."""
    if settings.ASK_DNS:
        mail_domains.ask_due(now=database_now())


@shared_task
def count_readers() -> None:
    audience.recount()


@shared_task
def purge_logos() -> None:
    unused_logos.purge(now=database_now())


@shared_task
def purge_sessions() -> None:
    """Django keeps them for ever by itself."""
    call_command("clearsessions")


@shared_task
def send_webhook_message(message_id: int) -> None:
    message = webhook_messages.claim(message_id, now=database_now())
    if message is not None:
        webhook_messages.send(message, now=database_now(), allow=settings.FETCH_ALLOW)


@shared_task
def copy_picture(item_id: int) -> None:
    copying.copy_picture(item_id, allow=settings.FETCH_ALLOW)


@shared_task
def renew_picture(image_id: int) -> None:
    if renewing.renew(image_id, now=database_now(), allow=settings.FETCH_ALLOW):
        carriers = Digest.objects.open().filter(sections__items__image=image_id).distinct()
        for digest_id in carriers.values_list("pk", flat=True)[:50]:
            ring(preflight_digest, digest_id)


@shared_task
def fetch_source(source_id: int) -> None:
    visit = fetching.fetch(source_id, now=database_now(), allow=settings.FETCH_ALLOW)
    if visit is not None and visit.changed:
        # Nobody should approve, and nothing go out, before staff know of a correction.
        for digest_id in Digest.objects.open().with_stories(visit.changed):
            ring(preflight_digest, digest_id)


@shared_task
def freeze_digest(digest_id: int) -> None:
    if freezing.freeze(digest_id, now=database_now()) is freezing.Freeze.DONE:
        ring_drains()


@shared_task
def sort_mailboxes(digest_id: int) -> None:
    """In parts, each of them committed; a lost bell is rung again by the page that waits."""
    while provider_counts.sort(digest_id):
        pass


@shared_task
def drain() -> None:
    """Send what is due for about a minute; the next doorbell or the poller goes on."""
    drain_now(DRAIN_SECONDS)


def drain_now(seconds: float) -> None:
    """Nothing happens while the way out rests, or as many connections as it may have are at work already."""
    with ways.way_out(settings.MAIL_ROUTES) as pace:
        if pace is not None:
            _drain(pace, seconds)


def _drain(pace: TransportPace, seconds: float) -> None:
    transport = open_transport(pace.route)
    try:
        done = drain_batches(transport, seconds=seconds, should_end=ending.has_begun, pace=pace)
    finally:
        transport.close()
    if done.rest_seconds:
        troubles.rest(
            pace.route,
            done.trouble,
            done.rest_seconds,
            now=database_now(),
            needs_person=done.needs_person,
        )
    if done.troubled or done.going_on:
        troubles.tell(done.troubled, done.going_on, done.trouble, now=database_now())
    finishing.mark_sent()


@shared_task
def ask_services() -> None:
    """What became of calls that a service never answered; one worker at a question."""
    end = time.monotonic() + QUESTION_SECONDS
    while time.monotonic() < end and asking.ask_next(settings.MAIL_ROUTES, now=database_now()):
        pass


@shared_task
def process_events() -> None:
    """Act on what ESPs have told; rung for what is urgent, swept for all of it."""
    processing.process(now=database_now())
    processing.forget(now=database_now())


def ring_drains() -> None:
    """Ring one doorbell for each connection that may be open."""
    ring_for(drain, [()] * ways.most_connections(settings.MAIL_ROUTES))


def story_ages_from(now: datetime) -> datetime | None:
    """Where ages are counted back from: None for now, the newest story's time where a demo plays an old feed."""
    if not settings.AGES_FROM_NEWEST_STORY:
        return None
    newest = Article.objects.public(now).exclude(published_at=None).first()
    return newest.published_at if newest else None
