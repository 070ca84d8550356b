"""Bounces that a mail server hands over: taken, or kept by it until they can be. Never lost."""

import os
import pwd
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from digests.choices import EventKind
from digests.delivery.return_paths import return_path
from digests.models import Digest, Event
from subscriptions import links
from subscriptions.choices import SubscriptionState
from subscriptions.models import Subscription
from tests import installation, postfix
from tests.builders import Press
from tests.digests.tracking.test_bounce_mail import failed, report
from tests.installation import NOBODY, USER, Installation
from tests.newsroom.test_read_unsubscribes import mail as leave_mail
from tests.postfix import Postfix

pytestmark = pytest.mark.service

ROOT = Path(__file__).parents[2]
SECONDS = 40
TEMPORARY = 75


def bounce() -> bytes:
    return bytes(report(failed(), to="bounces@mail.example.org"))


# --- Every failure to start -----------------------------------------------------------------------------


def run(
    variables: dict[str, str], *command: str, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(folder / "manage.py"), *command],
        input=bounce().decode(), capture_output=True, text=True, cwd="/", timeout=60,
        env={"PATH": os.environ["PATH"], **variables},
    )  # fmt: skip


KEY = "a-key-of-forty-characters-or-rather-more"
GOOD = {
    "NEWSROOM_MODE": "production",
    "SECRET_KEY": KEY,
    "LINK_KEYS": KEY,
    "SUPPRESSION_KEY": KEY,
    "SITE_URL": "https://news.example.org",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "MAIL_URL": "smtp://127.0.0.1:25",
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"MAIL_URL": "nonsense://"}, "MAIL_URL cannot be used"),
        ({"LEASE_SECONDS": "soon"}, "LEASE_SECONDS"),
        ({"NEWSROOM_MODE": "holiday"}, "NEWSROOM_MODE"),
        ({"SECRET_KEY_FILE": "/nowhere/key"}, "which cannot be read"),
        ({}, "The database does not answer"),
        ({"DJANGO_SETTINGS_MODULE": "no.such"}, "ModuleNotFoundError"),
    ],
    ids=["unset", "wrong", "no number", "mode", "secret", "database", "module"],
)
def test_what_cannot_start_asks_the_mail_server_to_come_again(
    changes: dict[str, str], said: str
) -> None:
    done = run(GOOD | changes, "read_bounces", "-")
    assert (done.returncode, said in done.stderr) == (TEMPORARY, True), done.stderr
    assert len(done.stderr) < 300  # it stands in the mail server's log


def test_mails_that_ask_to_leave_come_again_too() -> None:
    assert run({}, "read_unsubscribes", "-").returncode == TEMPORARY
    assert run(GOOD, "read_unsubscribes", "-").returncode == TEMPORARY


def test_a_wrong_option_is_no_reason_to_lose_a_mail() -> None:
    assert run(GOOD, "read_bounces", "-", "--nonsense").returncode == TEMPORARY


@pytest.mark.parametrize(
    "broken",
    ["django/__init__.py", "newsroom/settings.py", "newsroom/management/commands/read_bounces.py"],
)
def test_a_half_installed_version_asks_to_come_again(tmp_path: Path, broken: str) -> None:
    for name in ("newsroom", "digests", "subscriptions", "manage.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    top = broken.partition("/")[0]
    (tmp_path / top).unlink(missing_ok=True)
    where = tmp_path / broken
    if top == "newsroom":
        subprocess.run(["cp", "-r", str(ROOT / top), str(tmp_path / top)], check=True)
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text("import a_module_that_is_not_there_yet\n")
    manage = tmp_path / "manage.py"
    manage.unlink()
    manage.write_bytes((ROOT / "manage.py").read_bytes())
    done = run(GOOD, "read_bounces", "-", folder=tmp_path)
    assert (done.returncode, "a_module_that_is_not_there_yet" in done.stderr) == (TEMPORARY, True)


def test_from_a_terminal_a_failure_is_an_ordinary_one(tmp_path: Path) -> None:
    assert run(GOOD, "read_bounces", str(tmp_path)).returncode == 1
    assert run(GOOD, "read_bounces", "--nonsense").returncode == 2


# --- As documented, by a real Postfix -------------------------------------------------------------------


needs_postfix = pytest.mark.skipif(
    bool(postfix.why_not() or installation.why_not()),
    reason=postfix.why_not() or installation.why_not() or "it can be run",
)
DOCUMENTED_FOLDER = "/opt/newsroom"


def documented(opening: str) -> str:
    """A block of docs/operations.md: what stands below this line, or to the right of it."""
    text = (ROOT / "docs" / "operations.md").read_text()
    found = re.search(
        rf"^    {re.escape(opening)}\n?((?:(?<=\n)    .+\n|.+\n)+)", text, re.MULTILINE
    )
    assert found is not None
    return found[1].replace("\n    ", "\n").removeprefix("    ")


@dataclass
class Office:
    """An installation, a reader of its digest, and how its Postfix has to be set up."""

    place: Installation
    tie: Subscription
    digest: Digest

    @property
    def return_path(self) -> str:
        return return_path(self.digest.public_id, self.tie.subscriber.public_id)

    def here(self, text: str) -> str:
        return text.replace(DOCUMENTED_FOLDER, str(self.place.folder))

    def main_cf(self) -> str:
        lines = self.here(documented("# /etc/postfix/main.cf"))
        assert "hash:/etc/aliases, " in lines
        # Whatever this machine's own aliases are.
        return "mydestination = mail.example.org\n" + lines.replace("hash:/etc/aliases, ", "")

    def write_aliases(self) -> Path:
        path = self.place.folder / "var" / "aliases"
        path.write_text(self.here(documented("# /opt/newsroom/var/aliases")))
        self.place.give(path, USER)
        group = pwd.getpwnam(USER).pw_gid
        subprocess.run(
            ["/usr/sbin/postalias", f"hash:{path}"],
            check=True, cwd="/", user=USER, group=group, extra_groups=[],
        )  # fmt: skip
        return path.with_name("aliases.db")


@pytest.fixture
def office(transactional_db: None, settings: Settings) -> Iterator[Office]:
    settings.BOUNCE_ADDRESS = "bounces@mail.example.org"
    settings.UNSUBSCRIBE_ADDRESS = "leave@mail.example.org"
    press = Press()
    newsletter = press.newsletter()
    tie = press.subscribe(press.reader(address="reader@example.org"), newsletter)
    with Installation() as place:
        yield Office(place, tie, press.digest(newsletter))


def wait_for(condition: Callable[[], object], server: Postfix) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, server.log()
        time.sleep(0.1)


@needs_postfix
@pytest.mark.service
def test_the_documented_aliases_take_bounces_and_mails_that_ask_to_leave(office: Office) -> None:
    office.write_aliases()
    leave = links.sign(
        links.Scope.LEAVE, office.tie.subscriber.public_id, office.tie.newsletter.public_id
    )
    with Postfix(main=office.main_cf()) as server:
        server.take(bounce(), office.return_path)
        wait_for(Event.objects.exists, server)
        server.take(leave_mail(f"{links.MAIL_WORD} {leave}").as_bytes(), "leave@mail.example.org")
        wait_for(Subscription.objects.filter(state=SubscriptionState.LEFT).exists, server)
        wait_for(lambda: server.log().count("status=sent") == 2, server)
    event = Event.objects.get()
    assert event.kind == EventKind.BOUNCED
    assert office.tie.subscriber.public_id in event.delivery


@needs_postfix
@pytest.mark.service
def test_a_bounce_that_cannot_be_taken_waits_in_the_queue(office: Office) -> None:
    aliases = office.write_aliases()
    office.place.give(aliases, "root")  # as /etc/aliases: nobody runs it, who may not read .env
    python = office.place.folder / ".venv" / "bin" / "python"
    with Postfix(main=office.main_cf()) as server:
        server.take(bounce(), office.return_path)
        wait_for(lambda: "status=" in server.log(), server)
        assert f".env may not be read by user {NOBODY}" in server.log()
        office.place.give(aliases, USER)
        away = python.rename(python.with_name("away"))  # while it is installed anew
        server.reload()
        server.flush()
        wait_for(lambda: server.log().count("status=") == 2, server)
        assert server.log().count("status=deferred") == 2
        assert not Event.objects.exists()
        away.rename(python)
        server.flush()
        wait_for(Event.objects.exists, server)
        wait_for(lambda: "status=sent" in server.log(), server)


@needs_postfix
@pytest.mark.service
def test_the_documented_pipe_names_user_and_recipient(office: Office) -> None:
    line = office.here("user=newsroom " + documented("user=newsroom ")).replace(
        "user=newsroom", f"user={USER}"
    )
    main = (
        "mydestination =\nrecipient_delimiter = +\nvirtual_mailbox_domains = mail.example.org\n"
        "transport_maps = inline:{ bounces@mail.example.org=newsroom: }\n"
    )
    master = f"newsroom unix - n n - 2 pipe\n  {line}"
    with Postfix(main=main, master=master) as server:
        server.take(bounce(), office.return_path)
        wait_for(Event.objects.exists, server)
        office.place.write_env(DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing")
        server.take(bounce(), office.return_path)
        wait_for(lambda: "status=deferred" in server.log(), server)
        assert "The database does not answer" in server.log()
