"""Each command's good path, and the one line that it says when it cannot."""

from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from digests.choices import DigestState
from digests.decisions import approval, steering
from digests.models import Article, Digest, Source
from subscriptions.clock import database_now
from subscriptions.models import TransportState
from tests.builders import DAY, NOON, Press
from tests.fakes import FeedServer
from tests.feeds import item, rss


def run(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


@pytest.fixture
def server(settings: Settings) -> Iterator[FeedServer]:
    story = item("The ferry is back", "https://paper.example.org/ferry")
    with FeedServer({"/feed": rss(story)}) as running:
        settings.FETCH_ALLOW = frozenset({running.place})
        yield running


# --- fetch_articles --------------------------------------------------------------------------------------


def test_fetching_tells_what_each_source_brought(press: Press, server: FeedServer) -> None:
    press.source(name="Courier", url=server.url("/feed"))
    assert run("fetch_articles") == "Courier: 1 stories\n"
    assert Article.objects.get().headline == "The ferry is back"


def test_fetching_one_source_leaves_the_others(press: Press, server: FeedServer) -> None:
    press.source(name="Courier", url=server.url("/feed"))
    other = press.source(name="Other")
    run("fetch_articles", "Courier")
    assert Source.objects.get(pk=other.pk).fetched_at is None


def test_a_source_that_fails_does_not_stop_the_others(press: Press, server: FeedServer) -> None:
    press.source(name="A", url=server.url("/gone"))
    press.source(name="B", url=server.url("/feed"))
    out = StringIO()
    with pytest.raises(CommandError, match="1 of the sources did not work"):
        call_command("fetch_articles", stdout=out)
    assert "A: The server answered 404 (Not Found)." in out.getvalue()
    assert "B: 1 stories" in out.getvalue()


@pytest.mark.django_db
def test_fetching_nothing_is_said() -> None:
    with pytest.raises(CommandError, match="There is no active source"):
        run("fetch_articles")
    with pytest.raises(CommandError, match="There is no source 'Courier'"):
        run("fetch_articles", "Courier")


# --- assemble_digest -------------------------------------------------------------------------------------


def test_assembling_tells_how_many_stories_were_found(press: Press) -> None:
    press.schedule(press.newsletter())
    now = database_now()
    for _story in range(3):
        press.article(published_at=now)
    told = run("assemble_digest", "morning-briefing", "--date", "2031-05-01")
    digest = Digest.objects.get()
    assert told == f"Morning Briefing, Thu 1 May 2031 (id {digest.pk}): 3 stories, Draft\n"
    assert digest.local_date == date(2031, 5, 1)


def test_assembling_too_little_fails_with_the_reason(press: Press) -> None:
    press.schedule(press.newsletter())
    with pytest.raises(CommandError, match="Too few stories: 0 of at least 1"):
        run("assemble_digest", "morning-briefing")


def test_assembling_what_is_not_there_is_said(press: Press) -> None:
    press.newsletter()
    with pytest.raises(CommandError, match="no newsletter with the slug 'evening'"):
        run("assemble_digest", "evening")
    with pytest.raises(CommandError, match="no schedule with the slot 'main'"):
        run("assemble_digest", "morning-briefing")
    with pytest.raises(CommandError, match="'tomorrow' is no day such as 2026-11-23"):
        run("assemble_digest", "morning-briefing", "--date", "tomorrow")


def test_assembling_what_has_gone_out_leaves_it_as_it_is(press: Press) -> None:
    newsletter = press.newsletter()
    press.schedule(newsletter)
    press.frozen(newsletter)
    with pytest.raises(CommandError, match="is locked for sending; it stays as it is"):
        run("assemble_digest", "morning-briefing", "--date", str(DAY))


# --- send_digest and stop_sending --------------------------------------------------------------------------


def test_sending_without_workers_reaches_every_reader(press: Press) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, 3)
    digest = press.approved(newsletter)
    told = run("send_digest", str(digest.pk))
    assert told == f"{digest}: accepted 3 of 3\n"
    assert sorted(m.to[0] for m in mail.outbox) == sorted(r.address for r in readers)
    assert Digest.objects.get().state == DigestState.SENT


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (DigestState.DRAFT, "Only an approved digest can be sent"),
        (DigestState.PAUSED, "It is paused. Resume it in admin"),
        (DigestState.SENT, "Only an approved digest can be sent"),
    ],
)
def test_what_cannot_be_sent_is_said(press: Press, state: DigestState, words: str) -> None:
    newsletter = press.newsletter()
    press.reader(newsletter)
    digest = press.frozen(newsletter)
    Digest.objects.update(state=state)
    with pytest.raises(CommandError, match=words):
        run("send_digest", str(digest.pk))
    assert mail.outbox == []


@pytest.mark.django_db
@pytest.mark.parametrize("command", [["send_digest", "7"], ["preview_digest", "7", "--out", "x"]])
def test_a_digest_that_is_not_there_is_said(command: list[str]) -> None:
    with pytest.raises(CommandError, match="There is no digest with the id 7"):
        run(*command)


def test_a_digest_that_is_held_at_the_last_moment_is_said(press: Press) -> None:
    newsletter = press.newsletter()
    digest = press.approved(newsletter)
    newsletter.state = "paused"
    newsletter.save()
    with pytest.raises(CommandError, match=r"is held\. Morning Briefing is paused"):
        run("send_digest", str(digest.pk))


def test_while_all_sending_is_stopped_a_digest_waits_and_the_command_does_not(press: Press) -> None:
    newsletter = press.newsletter()
    press.reader(newsletter)
    digest = press.approved(newsletter)
    assert "All sending is stopped" in run("stop_sending")
    with pytest.raises(CommandError, match="All sending is stopped"):
        run("send_digest", str(digest.pk))
    assert mail.outbox == []

    assert run("stop_sending", "--start-again") == "Sending goes on.\n"
    assert not steering.is_stopped()
    run("send_digest", str(digest.pk))
    assert len(mail.outbox) == 1


def test_a_way_out_that_rests_is_told_and_waited_for(press: Press) -> None:
    newsletter = press.newsletter()
    press.reader(newsletter)
    digest = press.approved(newsletter)
    soon = database_now() + timedelta(seconds=1.5)
    TransportState.objects.create(
        name=settings.MAIL_ROUTES["digests"].name, rests_until=soon, grows_at=soon, why="421 Busy"
    )
    assert "s: 421 Busy" in run("send_digest", str(digest.pk))
    assert len(mail.outbox) == 1


# --- preview_digest ----------------------------------------------------------------------------------------


def test_a_preview_is_what_a_reader_would_get(press: Press, tmp_path: Path) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article("The ferry is back"))
    folder = tmp_path / "new" / "folder"
    run("preview_digest", str(digest.pk), "--out", str(folder))

    stem = folder / f"morning-briefing-{DAY}-main"
    for suffix in (".html", ".txt"):
        assert "The ferry is back" in stem.with_suffix(suffix).read_text(encoding="utf-8")
    eml = message_from_bytes(stem.with_suffix(".eml").read_bytes(), policy=default)
    assert eml["To"] == "reader@example.org"
    assert eml["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not digest.versions.exists()


def test_a_preview_that_cannot_be_written_or_rendered_is_said(press: Press, tmp_path: Path) -> None:
    digest = press.digest(press.newsletter())
    press.carry(digest, press.article())
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="cannot be written"):
        run("preview_digest", str(digest.pk), "--out", str(tmp_path / "file"))
    press.carry(digest, press.article(url="javascript:alert(1)"))
    with pytest.raises(CommandError, match="It cannot be rendered"):
        run("preview_digest", str(digest.pk), "--out", str(tmp_path))
    with pytest.raises(approval.CannotApprove):
        approval.approve(digest, by=None, now=NOON)
