"""Sign-up → confirm → fetch → assemble → approve → deliver → one-click unsubscribe → the next digest.

Run by test_signup_to_unsubscribe.py with the environment of an office. Says each step; an assertion ends it.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.management import call_command

from digests import ledger, tasks
from digests.assembly import copying
from digests.choices import MAIN_SLOT, DigestState, Outcome
from digests.decisions import approval, steering
from digests.models import Article, Digest, Item, Reason, Schedule
from digests.plan import planning
from newsroom.processes import Processes, beat, web, worker
from subscriptions.choices import ConsentAction, SubscriptionState
from subscriptions.clock import database_now
from subscriptions.models import Consent, Letter, Newsletter, Subscriber, Subscription
from tools.demo import maildir as mailbox
from tools.demo import readers as people
from tools.demo.caught import Caught
from tools.demo.newsdesk import Desk, furnish
from tools.demo.telling import step, wait_until

FOLDER = Path(os.environ["FLOW_FOLDER"])
MAILDIR = FOLDER / "mail"
STEP_SECONDS = 60
LEAVER, CONTROL = READERS = ["leaver@example.org", "control@example.org"]


def wait(is_done: Callable[[], bool], what: str) -> None:
    wait_until(is_done, seconds=STEP_SECONDS, problem=lambda: what)


def site_answers() -> bool:
    try:
        return requests.get(f"{settings.SITE_URL}/readyz", timeout=2).ok
    except requests.RequestException:
        return False


def digest_mails(newsletter: Newsletter) -> dict[str, list[Caught]]:
    """By reader; the mailbox knows nothing of the ledger."""
    found: dict[str, list[Caught]] = {reader: [] for reader in READERS}
    for mail in mailbox.messages(MAILDIR, limit=1000):
        if f"<{newsletter.slug}." in mail.header("List-Id"):
            found[mail.to].append(mail)
    return found


def sign_up(desk: Desk) -> None:
    with step("Two readers sign up and confirm by mail"):
        people.sign_up(settings.SITE_URL, READERS, [desk.briefing, desk.good_news])
        assert not Subscription.objects.active().exists(), "Nobody is a reader before confirming."
        people.confirm_from_mailbox(MAILDIR, READERS, seconds=STEP_SECONDS)
        assert Subscription.objects.active().count() == 4
        actions = Counter(Consent.objects.values_list("action", flat=True))
        assert actions == {ConsentAction.REQUESTED: 4, ConsentAction.CONFIRMED: 4}
        assert not Letter.objects.filter(attempts__gt=1).exists()


def fetch(desk: Desk) -> None:
    with step("A worker fetches the feed"):
        tasks.fetch_source.delay(desk.source.pk)
        wait(lambda: Article.objects.count() >= 40, "The feed's stories did not come.")
        desk.source.refresh_from_db()
        assert desk.source.last_error == ""
        assert desk.source.worked_at is not None


def send_digest(desk: Desk, *, days: int) -> Digest:
    """The digest of the day that many days from now: assembled and delivered by workers, approved by the editor."""
    now = database_now()
    day = now.date() + timedelta(days=days)
    digest = planning.digest_for(desk.briefing, day, MAIN_SLOT, now=now)
    with step(f"Workers assemble {digest} and copy its pictures"):
        tasks.assemble_digest.delay(digest.pk)
        wait(
            lambda: Digest.objects.filter(pk=digest.pk, assembled_at__isnull=False).exists(),
            "No worker assembled the digest.",
        )
        wait(lambda: not copying.without_picture(), "The pictures were not copied.")
        digest.refresh_from_db()
        assert digest.state == DigestState.DRAFT, digest.state_reason
        assert Item.objects.filter(section__digest=digest, image__isnull=False).count() >= 5
    with step("The editor approves it and sends it; workers deliver it"):
        approval.approve(digest, by=desk.editor, now=database_now())
        digest.refresh_from_db()
        steering.send_now(digest, now=database_now())
        tasks.freeze_digest.delay(digest.pk)
        wait(
            lambda: Digest.objects.get(pk=digest.pk).state == DigestState.SENT,
            "The digest was not sent.",
        )
        assert not Reason.objects.filter(digest=digest).exists()
    digest.refresh_from_db()
    return digest


def look_at(mail: Caught, digest: Digest) -> None:
    """What design section 7 promises of every mail, in one that came over the wire."""
    lead = Item.objects.filter(section__digest=digest).order_by("section__position", "position")[0]
    assert lead.shown_headline in mail.html
    assert lead.shown_headline in mail.text
    assert mail.one_click
    assert mail.header("Precedence") == "bulk"
    assert mail.header("Message-ID") == mail.message_id != ""
    assert len(mail.source) < 150_000
    page = requests.get(next(url for url in mail.links if "/archive/" in url), timeout=10)
    assert page.ok
    assert lead.shown_headline in page.text
    assert mail.to not in page.text


def leave(mail: Caught) -> None:
    with step("One reader leaves with the mail program's one click (RFC 8058)"):
        assert urlsplit(mail.unsubscribe_url).netloc == urlsplit(settings.SITE_URL).netloc
        looked = requests.get(mail.unsubscribe_url, timeout=10)
        assert looked.ok
        assert Subscription.objects.active().count() == 4, "A scanner that looks leaves for nobody."
        for _click in range(2):
            done = requests.post(
                mail.unsubscribe_url,
                {"List-Unsubscribe": "One-Click"},
                timeout=10,
                allow_redirects=False,
            )
            assert done.status_code == requests.codes.ok, done.status_code
        assert Consent.objects.filter(action=ConsentAction.LEFT).count() == 1


def flow() -> None:
    call_command("migrate", verbosity=0)
    desk = furnish(
        feed_url=os.environ["FLOW_FEED_URL"],
        paper_url=os.environ["FLOW_PAPER_URL"],
        is_own_feed=True,
        now=database_now(),
    )
    # Only the digests that the flow makes itself, whatever time of the day it is.
    Schedule.objects.update(is_active=False)
    with Processes(FOLDER / "log") as processes:
        with step("The web server, two workers and beat start"):
            processes.start(web(int(urlsplit(settings.SITE_URL).port or 0)))
            processes.start(worker("mail", "mail,default,errands", 2))
            processes.start(worker("delivery", "delivery", 2))
            processes.start(beat())
            wait(site_answers, "The web server did not answer.")
        sign_up(desk)
        fetch(desk)
        first = send_digest(desk, days=0)
        mails = digest_mails(desk.briefing)
        assert {reader: len(found) for reader, found in mails.items()} == dict.fromkeys(READERS, 1)
        assert mails[LEAVER][0].message_id != mails[CONTROL][0].message_id
        assert ledger.counts(first.pk) == {Outcome.ACCEPTED: 2}
        look_at(mails[CONTROL][0], first)

        leave(mails[LEAVER][0])
        second = send_digest(desk, days=1)
        mails = digest_mails(desk.briefing)
        assert {reader: len(found) for reader, found in mails.items()} == {LEAVER: 1, CONTROL: 2}
        assert ledger.counts(second.pk) == {Outcome.ACCEPTED: 1}
        leaver = Subscriber.objects.get(address=LEAVER)
        assert ledger.delivery_of(second.pk, leaver.pk) is None
        assert (
            leaver.subscriptions.get(newsletter=desk.good_news).state == SubscriptionState.ACTIVE
        ), "Leaving one newsletter leaves no other."
        assert not set(articles_of(first)) & set(articles_of(second)), "Nothing is repeated."
        assert processes.ended() is None
    sys.stdout.write("flow: done\n")


def articles_of(digest: Digest) -> list[int]:
    assert digest.sending_version is not None
    return list(digest.sending_version.article_ids)
