"""Each step of the tick alone: what fails is told, and keeps no other from its work."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from digests import ticking
from digests.choices import ApprovalRule, DigestState
from digests.models import Digest, WebhookMessage
from digests.ticking import ERRAND_STEPS, STEPS, Step
from subscriptions.clock import database_now
from subscriptions.doorbell import ring_for
from subscriptions.models import Heartbeat, Letter
from tests.builders import Press
from tests.newsroom.unheard import no_broker

ALERTS = {"alert_address": "desk@example.org", "alert_webhook_url": "https://desk.example.org/hook"}


@contextmanager
def without_table(name: str) -> Iterator[None]:
    """Rename a table, so that a query of it fails: the nearest to a step with a fault in it."""
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE {name} RENAME TO "{name}_away"')
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{name}_away" RENAME TO {name}')


def failing() -> dict[str, str]:
    rows = Heartbeat.objects.filter(failures__gt=0).values_list("name", "error")
    return {name.removeprefix("step "): error for name, error in rows}


def due(press: Press) -> Digest:
    now = database_now()
    return press.approved(press.newsletter(), due_at=now - timedelta(minutes=1))


# A table, and a step that cannot do without it; freezing can.
@pytest.mark.parametrize(
    ("table", "step"),
    [
        ("digests_schedule", "planning digests"),
        ("digests_preflight", "preflight"),
        ("digests_event", "events of mail services"),
        ("digests_webhookmessage", "posting webhook messages"),
        ("digests_source", "fetching feeds"),
    ],
)
def test_a_step_that_fails_keeps_no_digest_from_being_frozen(
    transactional_db: None, table: str, step: str
) -> None:
    digest = due(Press())
    with without_table(table):
        ticking.run(STEPS, ticking.do)
        ticking.run(ERRAND_STEPS[:1], ticking.do)
        ticking.run([it for it in ERRAND_STEPS if it.name == step], ring_for)
        assert table in failing()[step]
    digest.refresh_from_db()
    assert digest.frozen_at is not None
    Heartbeat.objects.update(at=database_now() - timedelta(hours=1))
    ticking.run([it for it in (*STEPS, *ERRAND_STEPS) if it.name == step], ring_for)
    assert step not in failing()


@pytest.mark.parametrize("place", range(len(STEPS)))
def test_wherever_it_fails_all_others_have_their_turn(press: Press, place: int) -> None:
    """The tick's own table, with one step that is broken in the place of each in turn."""

    def fail(_hand: object) -> None:
        raise KeyError("Mars/Olympus")

    steps = [*STEPS[:place], Step(STEPS[place].name, fail), *STEPS[place + 1 :]]
    ticking.run(steps, ring_for)
    assert failing() == {STEPS[place].name: "KeyError: 'Mars/Olympus'"}
    worked = Heartbeat.objects.filter(name__startswith="step ", worked_at__isnull=False)
    assert worked.count() == len(STEPS) - 1


def test_staff_are_told_by_letter_and_webhook_once(press: Press) -> None:
    for name, value in ALERTS.items():
        setattr(press.publisher, name, value)
    press.publisher.save()

    def fail(_hand: object) -> None:
        raise ValueError("a row that cannot be")

    for _tick in range(3):
        ticking.run([Step("counting for sponsors", fail)], ring_for)
    letter, message = Letter.objects.get(), WebhookMessage.objects.get()
    assert letter.address == "desk@example.org"
    assert "counting for sponsors" in letter.context["title"]
    assert "a row that cannot be" in letter.context["text"]
    assert message.type == "service.step"
    assert "counting for sponsors" in message.body


def test_a_database_that_is_away_ends_the_round_at_once(transactional_db: None) -> None:
    """Else each step would wait for it in turn."""
    made: list[str] = []

    def lose_it(_hand: object) -> None:
        made.append("lost")
        connection.settings_dict["PORT"] = "1"
        connection.settings_dict["HOST"] = "127.0.0.1"
        connection.close()
        with connection.cursor():
            pass

    kept = dict(connection.settings_dict)
    try:
        with pytest.raises(Exception, match="127"):
            ticking.run([Step("a", lose_it), Step("b", lose_it)], ring_for)
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(kept)
    assert made == ["lost"]


def test_names_of_steps_are_one_each_and_fit_their_rows() -> None:
    rows = [step.row for step in (*STEPS, *ERRAND_STEPS)]
    assert len(set(rows)) == len(rows)
    assert max(map(len, rows)) <= Heartbeat._meta.get_field("name").max_length  # type: ignore[operator]


def test_seldom_steps_are_due_by_the_rows(press: Press) -> None:
    """So neither a beat that is started anew each hour nor two of them change how often they come."""
    made: list[int] = []
    step = Step("forgetting what has ended", lambda _hand: made.append(1), 3600)
    for _tick in range(3):
        ticking.run([step], ring_for)
    assert made == [1]
    Heartbeat.objects.update(at=database_now() - timedelta(seconds=3601))
    ticking.run([step], ring_for)
    assert made == [1, 1]


def test_once_a_day_log_ins_that_are_over_go(press: Press) -> None:
    now = database_now()
    step = [it for it in ERRAND_STEPS if it.row == "step forgetting log-ins that are over"]
    for day in range(2):
        for name, days in (("over", -1), ("open", 1)):
            end = now + timedelta(days=days)
            Session.objects.update_or_create(session_key=name, defaults={"expire_date": end})
        Heartbeat.objects.update(at=now - timedelta(days=day, seconds=1))
        ticking.run(step, ticking.do)
        assert [it.session_key for it in Session.objects.all()] == ["open"]
    Session.objects.update(expire_date=now - timedelta(days=1))
    ticking.run(step, ticking.do)
    assert Session.objects.count() == 1  # tomorrow


# --- Alone ---------------------------------------------------------------------------------------------


def test_alone_a_digest_is_planned_assembled_approved_and_frozen_in_one_round(
    press: Press,
) -> None:
    """With Redis away: nothing is rung for, and nothing waits for a bell."""
    now = database_now()
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    press.article(published_at=now - timedelta(hours=1))
    just_now = now.replace(second=0, microsecond=0) - timedelta(minutes=2)
    press.schedule(
        newsletter,
        local_time=just_now.time(),
        zone="UTC",
        planned_until=now - timedelta(minutes=30),
        approval_rule=ApprovalRule.SEND_ASSEMBLED,
        lead_minutes=60,
        deadline_minutes=15,
    )
    with no_broker():
        ticking.tick_alone()
    assert Digest.objects.get().state == DigestState.FROZEN
    assert Digest.objects.get().audience_size == 3


def test_alone_one_digest_that_cannot_be_done_keeps_no_other_from_it(press: Press) -> None:
    now = database_now()
    with connection.cursor() as cursor:  # the database refuses the reminder of the first one
        cursor.execute(
            "ALTER TABLE digests_alert ADD CONSTRAINT refused CHECK (kind <> 'deadline')"
        )
    bad = press.digest(press.newsletter("Evening Post"), miss_at=now + timedelta(hours=3))
    Digest.objects.update(remind_at=now - timedelta(hours=1), deadline_at=now + timedelta(hours=1))
    good = due(press)
    ticking.tick_alone()
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.frozen_at is not None
    assert bad.state == DigestState.DRAFT
    assert "reminding staff of deadlines" in failing()


# --- Bells -----------------------------------------------------------------------------------------------


def test_a_tick_says_that_it_was_rung_for(press: Press) -> None:
    ticking.tick()
    rows = dict(
        Heartbeat.objects.filter(name__in=["tick", "errands"]).values_list("name", "is_alone")
    )
    assert rows == {"tick": False, "errands": False}


def test_no_bell_expires_by_a_hosts_clock(app_tasks: dict[str, object]) -> None:
    """Celery counts what expires by the clock of whoever rings and of whoever answers."""
    ours = {name: task for name, task in app_tasks.items() if not name.startswith("celery.")}
    assert ours
    assert {name for name, task in ours.items() if task.expires is not None} == set()  # type: ignore[attr-defined]
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert "expires" not in entry.get("options", {})


@pytest.fixture
def app_tasks() -> dict[str, object]:
    from newsroom.celery import app

    app.loader.import_default_modules()
    return dict(app.tasks)
