"""Which way out a worker takes, against real servers: rest, restart by one, down, fallback and back."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.conf import LazySettings
from django.db import connection

from digests import ledger, tasks
from digests.choices import Outcome
from digests.delivery import auditing
from digests.delivery.draining import drain
from digests.delivery.pace import ways
from digests.delivery.pace.seats import seat
from digests.delivery.retrying import resends_by_itself
from digests.delivery.transports.choosing import open_transport
from digests.models import Seat, Slice
from subscriptions import tasks as letter_tasks
from subscriptions.clock import database_now
from subscriptions.mailing import letters
from subscriptions.mailing.mail import as_fallback, parse_mail_url
from subscriptions.models import Letter, TransportState
from tests.at_once import at_once
from tests.builders import Press
from tests.mail_server import MailServer
from tests.service_stub import RETRY_SECONDS, Fault, ServiceStub
from tests.smtp_sink import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def other() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def goes_by(settings: LazySettings, main: str, fallback: str = "") -> None:
    routes = {"digests": parse_mail_url(main), "letters": parse_mail_url("memory://")}
    if fallback:
        routes["fallback"] = as_fallback(parse_mail_url(fallback), routes["digests"])
    settings.MAIL_ROUTES = routes


def url(sink: Sink, options: str = "") -> str:
    return f"smtp://127.0.0.1:{sink.port}{options}"


def let_rest_pass() -> None:
    """As if it were over just now."""
    TransportState.objects.update(rests_until=database_now() - timedelta(seconds=1))


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def ways_taken() -> Counter[str]:
    taken: Counter[str] = Counter()
    for part in Slice.objects.all():
        taken[part.transport] += part.stop - part.start
    return taken


MAIN = "smtp 127.0.0.1"
FALLBACK = "smtp 127.0.0.1 (fallback)"


def test_a_server_that_closes_rests_for_all_workers_and_starts_again_with_one_reader(
    press: Press, settings: LazySettings, sink: Sink
) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 120)
    digest = press.frozen(newsletter)
    goes_by(settings, url(sink))
    sink.acts("CONNECT", "421 4.7.0 Too busy", times=1)

    tasks.drain_now(5)
    assert sink.connections == 1
    tasks.drain_now(5)  # another worker
    assert sink.connections == 1

    let_rest_pass()
    tasks.drain_now(5)
    assert Counter(sink.addresses) == Counter(reader.address for reader in readers)
    assert Slice.objects.order_by("start").first().stop == 1  # type: ignore[union-attr] # it is there
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 120}


def test_a_policy_refusal_of_the_stream_rests_for_ten_minutes(
    press: Press, settings: LazySettings, sink: Sink
) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 20)
    press.frozen(newsletter)
    goes_by(settings, url(sink), "smtp://127.0.0.1:9")
    sink.acts("RCPT", "450 4.7.28 Our system has detected an unusual rate of mail")

    tasks.drain_now(5)

    state = TransportState.objects.get()
    assert state.rests_until >= database_now() + timedelta(seconds=590)
    assert "4.7.28" in state.why
    assert state.down_since is None


def test_a_storm_of_deferrals_rests_before_everybody_was_tried(
    press: Press, settings: LazySettings, sink: Sink
) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 400)
    digest = press.frozen(newsletter)
    goes_by(settings, url(sink))
    sink.acts("RCPT", "451 4.3.2 Try again later")

    tasks.drain_now(5)

    assert "451 4.3.2" in TransportState.objects.get().why
    assert ledger.counts(digest.pk)[Outcome.PENDING] >= 300


def test_a_service_that_asks_for_rest_gets_it(press: Press, settings: LazySettings) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    digest = press.frozen(newsletter)
    with ServiceStub() as stub:
        goes_by(settings, stub.url("mailgun"))
        stub.faults = [Fault.BUSY]
        tasks.drain_now(0.5)
        tasks.drain_now(0.5)
        assert len(stub.calls) == 1
        assert not TransportState.objects.exists()  # it is in no trouble
        began = time.monotonic()
        tasks.drain_now(RETRY_SECONDS + 3)
        assert RETRY_SECONDS - 2 < time.monotonic() - began < RETRY_SECONDS + 2
        assert sum(stub.copies.values()) == 3
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 3}


def test_the_fallback_takes_over_what_was_not_sent_and_gives_back(
    press: Press, settings: LazySettings, sink: Sink, other: Sink
) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 700)
    press.publisher.alert_address = "desk@example.org"
    press.publisher.save()
    digest = press.frozen(newsletter)
    goes_by(settings, url(sink), url(other, "?rate=200"))
    sink.acts("MAIL", "421 4.3.0 Going down", after=60)
    sink.acts("CONNECT", "421 4.3.0 Down", after=1)
    for _failure in range(3):
        tasks.drain_now(5)
        let_rest_pass()
    at_first = len(sink.taken)
    assert 0 < at_first < 100
    assert TransportState.objects.get(pk=MAIN).down_since is not None
    assert Letter.objects.filter(kind="transport_alert").count() == 1

    # Still away: one worker tries it, and the fallback goes on, until it can connect again.
    tasks.drain_now(5)  # a try of the main way
    tasks.drain_now(1)
    assert len(sink.taken) == at_first
    by_fallback = len(other.taken)
    assert 50 <= by_fallback <= 400
    sink.rules.clear()
    let_rest_pass()
    tasks.drain_now(5)

    assert Counter(sink.addresses + other.addresses) == Counter(r.address for r in readers)
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 700}
    assert ways_taken() == {MAIN: len(sink.taken), FALLBACK: by_fallback}
    assert TransportState.objects.get(pk=MAIN).down_since is None
    assert auditing.audit(digest.pk).is_clean


def test_readers_in_doubt_keep_the_policy_of_the_way_they_went_by(
    press: Press, settings: LazySettings, sink: Sink
) -> None:
    """A service may have taken them: they are held, while the fallback takes those that it certainly has not."""
    newsletter = press.newsletter()
    press.readers(newsletter, 500)
    digest = press.frozen(newsletter)
    with ServiceStub() as stub:
        goes_by(settings, stub.url("mailtrap"), url(sink))
        stub.faults = [Fault.FAIL_AFTER, Fault.FORBIDDEN, Fault.FORBIDDEN]
        for _failure in range(4):
            tasks.drain_now(5)
            let_rest_pass()
            if TransportState.objects.filter(down_since__isnull=False).exists():
                stub.faults = [Fault.FORBIDDEN]
        tasks.drain_now(5)  # a try of the service
        tasks.drain_now(5)
        in_doubt = set(stub.copies)

    assert in_doubt.isdisjoint(sink.addresses)
    assert len(in_doubt) == 50
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 450, Outcome.UNCERTAIN: 50}
    assert auditing.audit(digest.pk).is_clean


@pytest.mark.parametrize(
    ("way", "resends"),
    [("smtp a", True), ("smtp a (fallback)", True), ("mailgun (fallback)", False), ("ses", False)],
)
def test_a_fallbacks_name_tells_its_service(way: str, resends: bool) -> None:
    assert resends_by_itself(way) is resends


def test_a_worker_on_the_fallback_stops_when_the_main_way_is_up(
    press: Press, settings: LazySettings, sink: Sink, other: Sink
) -> None:
    goes_by(settings, url(sink), url(other))
    now = database_now()
    TransportState.objects.create(
        name=MAIN, rests_until=now + timedelta(minutes=5), grows_at=now, failures=3, down_since=now
    )
    with ways.way_out(settings.MAIL_ROUTES) as pace:
        assert pace is not None
        assert pace.route.name == FALLBACK
        assert pace.may_go_on()
        TransportState.objects.update(down_since=None, rests_until=now)
        pace._looked_at -= 2
        assert not pace.may_go_on()


def test_both_ways_down_send_nothing_and_lose_nobody(press: Press, settings: LazySettings) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 5)
    digest = press.frozen(newsletter)
    goes_by(settings, f"smtp://127.0.0.1:{unused_port()}", f"smtp://127.0.0.1:{unused_port()}")
    for _time in range(8):
        tasks.drain_now(5)
        let_rest_pass()
    assert ledger.counts(digest.pk) == {Outcome.PENDING: 5}
    assert TransportState.objects.filter(down_since=None).count() == 0


def test_a_message_that_the_server_will_not_have_rests_itself_and_not_the_way(
    press: Press, settings: LazySettings, sink: Sink
) -> None:
    bad, good = press.newsletter("Bad", sender_address="bad@example.org"), press.newsletter("Good")
    press.readers(bad, 3)
    press.readers(good, 3)
    press.frozen(bad)
    digest = press.frozen(good)
    goes_by(settings, url(sink))
    sink.acts("MAIL FROM:<bad@example.org>", "550 5.1.0 Not you")

    for _worker in range(2):
        tasks.drain_now(5)

    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 3}
    assert not TransportState.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_after_trouble_there_is_one_seat_for_all_workers() -> None:
    def sit() -> bool:
        with seat("a way", 1) as taken:
            connection.ensure_connection()
            barrier.wait(10)
            return taken is not None

    barrier = Barrier(3)
    assert sorted(at_once(sit, sit, sit)) == [False, False, True]
    with seat("a way", 1) as taken:
        assert taken is not None
    assert not Seat.objects.exists()


@pytest.mark.django_db
def test_a_seat_depends_on_no_session_and_is_free_when_its_lease_has_run_out() -> None:
    """Its worker was killed, or a pooler has given its connection to somebody else."""
    with seat("a way", 2) as first, seat("a way", 2) as second, seat("a way", 2) as third:
        assert first is not None
        assert second is not None
        assert third is None
        with seat("another way", 1) as other:
            assert other is not None
        Seat.objects.filter(number=first.number).update(lease_until=database_now())
        with seat("a way", 2) as heir:
            assert heir is not None
            assert heir.number == first.number
            assert not first.renew()
            assert second.renew()
            assert heir.renew()


@pytest.mark.django_db(transaction=True)
def test_after_trouble_workers_share_one_connection_and_then_grow(
    settings: LazySettings, sink: Sink
) -> None:
    press = Press()
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 300)
    press.frozen(newsletter)
    goes_by(settings, url(sink, "?connections=4"))
    now = database_now()
    TransportState.objects.create(
        name=MAIN, rests_until=now, grows_at=now + timedelta(minutes=1), failures=1, connections=1
    )

    at_once(*[partial(tasks.drain_now, 5)] * 3)
    assert sink.connections == 1
    assert Counter(sink.addresses) == Counter(reader.address for reader in readers)

    press.frozen(newsletter, slot="evening")
    TransportState.objects.update(grows_at=database_now())
    with ways.way_out(settings.MAIL_ROUTES) as pace:
        assert pace is not None
        pace._looked_at -= 2
        with closing(open_transport(pace.route)) as transport:
            drain(transport, seconds=5, pace=pace)
    assert TransportState.objects.get().connections == 2


def test_a_connection_is_kept_for_letters_that_leave_the_same_way(settings: LazySettings) -> None:
    shared = parse_mail_url("smtp://mail.example.org?connections=8")
    routes = {"digests": shared, "letters": shared}
    assert ways.connections(routes) == 7
    assert ways.connections(routes | {"letters": parse_mail_url("memory://")}) == 8
    assert ways.connections(dict.fromkeys(routes, replace(shared, connections=1))) == 1
    more = replace(shared, name="more", connections=20)
    assert ways.most_connections(routes | {"fallback": more}) == 20


def test_letters_leave_by_the_fallback_while_their_way_is_down(
    press: Press, settings: LazySettings
) -> None:
    now = database_now()
    TransportState.objects.create(name=MAIN, rests_until=now, grows_at=now, down_since=now)
    letter = letters.write(
        "transport_alert", "desk@example.org", {"name": MAIN, "why": "No route."}, now=now
    )
    with MailServer() as server:
        main = parse_mail_url(f"smtp://127.0.0.1:{unused_port()}")
        fallback = as_fallback(parse_mail_url(server.url), main)
        settings.MAIL_ROUTES = {"digests": main, "letters": main, "fallback": fallback}
        letter_tasks.send_letter(letter.pk)
    [(address, mail)] = server.taken
    assert (address, mail["Subject"]) == ("desk@example.org", f"{MAIN} is down")
