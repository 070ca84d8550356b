"""The morning itself, told step by step: readers sign up, stories come in, an editor approves, Celery delivers."""

import os
import time
from pathlib import Path

import requests
from django.conf import settings
from django.db import connection

from digests import ledger, tasks
from digests.assembly import copying
from digests.assembly.assembling import assemble
from digests.choices import MAIN_SLOT, DigestState, Outcome
from digests.decisions import approval, steering
from digests.models import Article, Digest, Source
from digests.plan import planning
from newsroom.processes import Processes, beat, web, worker
from subscriptions.clock import database_now
from subscriptions.embed.snippets import snippets
from subscriptions.models import Subscription
from tools.demo import maildir as mailbox
from tools.demo import readers as people
from tools.demo.database import start_afresh
from tools.demo.newsdesk import Desk, furnish
from tools.demo.paper import Paper
from tools.demo.telling import DemoFailed, step, table, wait_until

STEP_SECONDS = 120
SECONDS_A_READER = 0.2  # for large demos, on top


def morning(paper: Paper, maildir: Path | None, number: int, *, stay: bool) -> int:
    """Returns the exit status. Raises DemoFailed."""
    patience = STEP_SECONDS + number * SECONDS_A_READER
    with step("Preparing an empty database"):
        start_afresh()
    with step("Opening the newsroom: an editor, four newsletters, a feed"):
        desk = furnish(
            feed_url=os.environ["DEMO_FEED_URL"],
            paper_url=paper.url,
            is_own_feed=not os.environ.get("FEED"),
            now=database_now(),
        )
        paper.signup_box = snippets(desk.box)[0].code
    with Processes(settings.STATE_DIR / "log") as processes:
        with step("Starting the web server, three Celery workers and beat"):
            _start(processes)
        readers = people.addresses(number)
        _sign_up(desk, readers, maildir, patience)
        _fetch(desk)
        digest = _assemble(desk)
        _approve_and_send(digest, desk, patience)
        is_right = _account(digest, number, maildir)
        if stay:
            _stay(processes, desk, paper)
        return 0 if is_right else 1


def _start(processes: Processes) -> None:
    port = int(settings.SITE_URL.rsplit(":", 1)[1])
    processes.start(web(port))
    processes.start(worker("mail", "mail,default", 4))
    processes.start(worker("errands", "errands", 4))
    processes.start(worker("delivery", "delivery", 4))
    processes.start(beat())

    def is_ready() -> bool:
        ended = processes.ended()
        if ended is not None:
            log = settings.STATE_DIR / "log" / f"{ended}.log"
            raise DemoFailed(f"The {ended} process ended at once; {log} says why.")
        try:
            return requests.get(f"{settings.SITE_URL}/readyz", timeout=2).ok
        except requests.RequestException:
            return False

    wait_until(
        is_ready, seconds=60, problem=lambda: "The web server did not answer within a minute."
    )


def _sign_up(desk: Desk, readers: list[str], maildir: Path | None, patience: float) -> None:
    with step(f"{len(readers)} readers sign up on the page, for two newsletters"):
        people.sign_up(settings.SITE_URL, readers, [desk.briefing, desk.good_news])
    with step("They confirm by the letters that Celery sends them") as say:
        if maildir is not None:
            people.confirm_from_mailbox(maildir, readers, seconds=patience)
        else:
            people.confirm_from_database(readers, said=say)
    active = Subscription.objects.active().filter(newsletter=desk.briefing).count()
    if active != len(readers):
        raise DemoFailed(f"{active} of {len(readers)} readers are subscribed.")


def _fetch(desk: Desk) -> None:
    with step("Celery fetches the feed") as say:
        tasks.fetch_source.delay(desk.source.pk)
        wait_until(
            lambda: Source.objects.get(pk=desk.source.pk).fetched_at is not None,
            seconds=STEP_SECONDS,
            problem=lambda: "No worker fetched the feed.",
        )
        source = Source.objects.get(pk=desk.source.pk)
        if source.last_error:
            raise DemoFailed(f"{source.url}: {source.last_error}")
        say(f"{Article.objects.count()} stories")


def _assemble(desk: Desk) -> Digest:
    with step("Celery assembles the Morning Briefing and copies its pictures") as say:
        now = database_now()
        digest = planning.digest_for(desk.briefing, None, MAIN_SLOT, now=now)
        if digest.assembled_at:  # in the evening its hour comes before the feed was read
            assemble(digest.pk, now=now, as_of=tasks.story_ages_from(now), again=True)
        tasks.assemble_digest.delay(digest.pk)
        # The weekly is made too, for you to curate.
        weekly = planning.digest_for(desk.good_news, None, MAIN_SLOT, now=database_now())
        tasks.assemble_digest.delay(weekly.pk)
        wait_until(
            lambda: not Digest.objects.filter(assembled_at=None).exists(),
            seconds=STEP_SECONDS,
            problem=lambda: "No worker assembled the digest.",
        )
        wait_until(
            lambda: not copying.without_picture(),
            seconds=STEP_SECONDS,
            problem=lambda: f"{len(copying.without_picture())} pictures were not copied.",
        )
        digest.refresh_from_db()
        if digest.state == DigestState.HELD:
            raise DemoFailed(f"The digest is held. {digest.state_reason}")
        say(f"{sum(section.items.count() for section in digest.sections.all())} stories")
    return digest


def _approve_and_send(digest: Digest, desk: Desk, patience: float) -> None:
    with step("The editor approves it and sends it now"):
        approval.approve(digest, by=desk.editor, now=database_now())
        steering.send_now(digest, now=database_now())
        tasks.freeze_digest.delay(digest.pk)
    with step("Celery delivers it") as say:
        wait_until(
            lambda: Digest.objects.get(pk=digest.pk).state == DigestState.SENT,
            seconds=patience,
            problem=lambda: _where_it_stands(digest),
        )
        say(f"{ledger.counts(digest.pk)[Outcome.ACCEPTED]} accepted")


def _where_it_stands(digest: Digest) -> str:
    digest.refresh_from_db()
    counts = ledger.counts(digest.pk)
    known = ", ".join(f"{outcome.name.lower()}={count}" for outcome, count in counts.items())
    return (
        f"The digest is {digest.state}: {known or 'no reader was reached'}. {digest.state_reason}"
    )


def _account(digest: Digest, number: int, maildir: Path | None) -> bool:
    """Hold the ledger against the mailbox, which knows nothing of it."""
    digest.refresh_from_db()
    counts = ledger.counts(digest.pk)
    accepted, failed = counts[Outcome.ACCEPTED], counts[Outcome.FAILED]
    uncertain = counts[Outcome.UNCERTAIN]
    is_right = (accepted, failed, uncertain) == (number, 0, 0)
    in_mailbox = "-"
    if maildir is not None:
        found = _messages_of(digest, maildir)
        in_mailbox = str(len(found))
        is_right = is_right and sorted(found) == sorted(people.addresses(number))
    version = digest.sending_version
    print()
    table(
        ["Digest", "Readers", "Accepted", "Failed", "Uncertain", "In the mailbox", "HTML"],
        [
            [
                str(digest),
                str(digest.audience_size),
                str(accepted),
                str(failed),
                str(uncertain),
                in_mailbox,
                f"{len(version.html.encode()) / 1000:.0f} KB" if version else "-",
            ]
        ],
    )
    print()
    if not is_right:
        print("demo: the ledger and the mailbox do not agree with the readers")
    line = f"demo: accepted={accepted} failed={failed} uncertain={uncertain}"
    print(line, flush=True)
    return is_right


def _messages_of(digest: Digest, maildir: Path) -> list[str]:
    """Return the addresses whose emails of this digest lie in the mailbox; a reader with two is there twice."""
    list_id = f"{digest.newsletter.slug}."
    return [
        letter.to
        for letter in mailbox.messages(maildir, limit=1_000_000)
        if list_id in letter.header("List-Id")
    ]


def _stay(processes: Processes, desk: Desk, paper: Paper) -> None:
    site = settings.SITE_URL
    print("\n  Now look around (Ctrl-C ends the demo):\n")
    for name, address in (
        ("Sign up as a reader", f"{site}/"),
        ("Read what was sent", f"{site}/dev/mailbox/" if settings.DEMO_MAILDIR else "-"),
        (f"Curate Good News ({desk.editor.username} / {desk.password})", f"{site}/admin/"),
        ("The paper, with a form below each story", f"{paper.url}/"),
    ):
        print(f"  {name:<42} {address}", flush=True)
    connection.close()
    try:
        while processes.ended() is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        print("\n  Ending: what is in flight is being finished.")
        return
    raise DemoFailed(
        f"The {processes.ended()} process has ended; see {settings.STATE_DIR / 'log'}."
    )
