"""Stories from a real feed to a real mail server, while their source changes its mind."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime

import pytest

from digests.assembly import fetching
from digests.assembly.assembling import assemble
from digests.choices import DigestState
from digests.composing import arranging, wording
from digests.decisions import approval
from digests.delivery.draining import drain
from digests.delivery.freezing import Freeze, freeze
from digests.delivery.transports.choosing import open_transport
from digests.drafts.editing import Editor
from digests.models import Alert, Digest, Item, Source
from digests.preflight import running
from subscriptions.clock import database_now
from subscriptions.mailing.mail import parse_mail_url
from tests.builders import Press
from tests.fakes import FeedServer
from tests.smtp_sink import Sink, Taken
from tests.staff import member

VOTES, PASSES = "Council votes on the budget", "Council passes the budget by one vote"
BRIBES, CLEARED, FREE = (
    "Mayor took bribes, court says",
    "Correction: court cleared the mayor",
    "Court: mayor is free of all charges",
)
PRIZE, FERRY, MARKET = "Prize goes to Port Aldwyn", "Ferry sinks in the bay", "Winter market opens"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running_server:
        yield running_server


def story(server: FeedServer, guid: str, headline: str, slug: str, at: datetime) -> str:
    return (
        f'<item><title>{headline}</title><guid isPermaLink="false">{guid}</guid>'
        f"<link>{server.url(slug)}</link><pubDate>{format_datetime(at)}</pubDate></item>"
    )


def visited(server: FeedServer, source: Source, *items: str, more: str = "") -> None:
    """What the task does after a visit: each digest with a story that has changed is looked at."""
    server.routes["/feed"] = (
        '<rss version="2.0" xmlns:at="http://purl.org/atompub/tombstones/1.0"><channel><title>W</title>'
        f"{''.join(items)}{more}</channel></rss>"
    ).encode()
    now = database_now()
    visit = fetching.fetch(
        source.pk, now=now, allow=frozenset({server.place}), even_if_not_due=True
    )
    assert visit is not None
    for digest_id in Digest.objects.open().with_stories(visit.changed):
        running.run(digest_id, now=now)


def headlines(digest: Digest) -> list[str]:
    items = Item.objects.filter(section__digest=digest).select_related("article")
    return [item.shown_headline for item in items.order_by("section__position", "position")]


def test_what_a_source_changes_reaches_readers_right(press: Press, server: FeedServer) -> None:
    now, source, newsletter = (
        database_now(),
        press.source(url=server.url("/feed")),
        press.newsletter(),
    )
    press.readers(newsletter, 2)
    hour = timedelta(hours=1)
    budget = story(server, "p1", VOTES, "/council-votes-on-budget", now - 2 * hour)
    prize = story(server, "p3", PRIZE, "/prize", now + 6 * hour)
    ferry = story(server, "p4", FERRY, "/ferry", now - 3 * hour)
    market = story(server, "p5", MARKET, "/market", now - 4 * hour)
    visited(
        server, source, story(server, "p2", BRIBES, "/mayor", now - hour), budget, prize, ferry, market
    )  # fmt: skip
    digest = press.digest(newsletter, due_at=now, assembled_at=None, subject="")
    assemble(digest.pk, now=now)
    digest.refresh_from_db()
    assert headlines(digest) == [BRIBES, VOTES, FERRY, MARKET], "the prize is under embargo"
    assert BRIBES in digest.subject

    # Before approval: another headline and another address, and a correction.
    budget = story(server, "p1", PASSES, "/council-passes-budget", now - 2 * hour)
    visited(
        server, source, story(server, "p2", CLEARED, "/mayor", now - hour), budget, prize, ferry, market
    )  # fmt: skip
    digest.refresh_from_db()
    assert headlines(digest) == [CLEARED, PASSES, FERRY, MARKET]
    assert CLEARED in digest.subject
    anna = member("publisher", "anna")
    approval.approve(digest, by=anna, now=database_now())

    # After approval: staff are told what readers would get, and of a story that was taken back.
    told = '<at:deleted-entry ref="p4" when="2026-01-01T00:00:00Z"/>'
    mayor = story(server, "p2", FREE, "/mayor", now - hour)
    visited(server, source, mayor, budget, prize, market, more=told)
    alert = Alert.objects.get(digest=digest, cleared_at=None).text
    assert FREE in alert
    assert f"readers get “{CLEARED}”" in alert
    assert f"“{FERRY}” has been retracted. Remove it." in alert
    assert freeze(digest.pk, now=now) is not Freeze.DONE, "nothing goes out with it"

    ferry_item = Item.objects.get(section__digest=digest, article__headline=FERRY)
    mayor_item = Item.objects.get(section__digest=digest, article__headline=FREE)
    editor = Editor(anna, database_now())
    arranging.remove(digest.pk, ferry_item.pk, editor)
    wording.take_source(digest.pk, mayor_item.pk, editor)
    digest.refresh_from_db()
    approval.approve(digest, by=anna, now=database_now())
    digest.refresh_from_db()
    assert freeze(digest.pk, now=now) is Freeze.DONE, digest.state_reason

    mails = sent()
    assert len(mails) == 2
    for mail in mails:
        part = mail.get_body(preferencelist=("html",))
        assert part is not None
        text = part.get_content()
        assert FREE in str(mail["Subject"])
        assert text.count(PASSES) >= 1
        assert server.url("/council-passes-budget") in text
        for gone in (VOTES, BRIBES, CLEARED, FERRY, PRIZE, server.url("/council-votes-on-budget")):
            assert gone not in text, gone
    digest.refresh_from_db()
    assert digest.state in (DigestState.SENDING, DigestState.SENT)

    # Tomorrow the embargo is over, and what was sent under whichever address is not sent again.
    later = now + 7 * hour
    evening = press.digest(newsletter, due_at=later, assembled_at=None, slot="evening", subject="")
    assemble(evening.pk, now=later)
    assert headlines(evening) == [PRIZE]


def sent() -> list[EmailMessage]:
    with Sink() as sink:
        transport = open_transport(parse_mail_url(f"smtp://127.0.0.1:{sink.port}"))
        drain(transport, seconds=30)
        transport.close()
        taken: list[Taken] = list(sink.taken)
    return [message_from_bytes(one.content, EmailMessage, policy=policy.default) for one in taken]
