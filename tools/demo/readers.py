"""Demo readers who sign up and confirm as people do: through the page, the mail, and the page again."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import requests

from subscriptions import links
from subscriptions.models import Newsletter, SignUp
from tools.demo import maildir
from tools.demo.caught import Caught
from tools.demo.telling import DemoFailed

TIMEOUT_SECONDS = 30
# The sign-up form takes nobody for a person who is quicker (subscriptions/sign_up/intake.py).
TIME_TO_CHOOSE_SECONDS = 1.2
HIDDEN_TIME = re.compile(r'name="shown"[^>]*value="([^"]+)"')
CONFIRM_PATH = "/confirm/"


def addresses(number: int) -> list[str]:
    return [f"reader{place}@example.org" for place in range(1, number + 1)]


def sign_up(site: str, readers: list[str], newsletters: list[Newsletter]) -> None:
    """Each reader sends the form of the sign-up page. Raises DemoFailed."""
    with requests.Session() as browser:
        page = browser.get(f"{site}/", timeout=TIMEOUT_SECONDS)
        shown = HIDDEN_TIME.search(page.text)
        if page.status_code != requests.codes.ok or shown is None:
            raise DemoFailed(f"The sign-up page answered {page.status_code} without its form.")
        time.sleep(TIME_TO_CHOOSE_SECONDS)
        for address in readers:
            answer = browser.post(
                f"{site}/subscribe/",
                {
                    "address": address,
                    "newsletters": [newsletter.slug for newsletter in newsletters],
                    "shown": shown[1],
                    "website": "",
                },
                timeout=TIMEOUT_SECONDS,
            )
            if answer.status_code != requests.codes.ok:
                raise DemoFailed(f"Signing {address} up was answered with {answer.status_code}.")


def confirm_from_mailbox(folder: Path, readers: list[str], *, seconds: float) -> None:
    """Open each reader's letter as it comes in and press the button it leads to. Raises DemoFailed."""
    waiting = set(readers)
    seen: set[str] = set()
    end = time.monotonic() + seconds
    while waiting:
        for letter in _unseen(folder, seen):
            link = next((url for url in letter.links if CONFIRM_PATH in url), None)
            if letter.to in waiting and link is not None:
                press(link)
                waiting.discard(letter.to)
        if waiting and time.monotonic() > end:
            raise DemoFailed(
                f"{len(waiting)} readers got no letter to confirm, such as {min(waiting)}."
            )
        time.sleep(0.1)


def confirm_from_database(readers: list[str], *, said: Callable[[str], None]) -> None:
    """Where the mail really leaves the house nobody can read it here: the same links, the same button."""
    for sign_up in SignUp.objects.filter(subscriber__address__in=readers, confirmed_at=None):
        press(links.confirm_url(sign_up.public_id))
    said("links taken from the database")


def press(link: str) -> None:
    """Look at the page as a mail scanner would, then press its button as a person does."""
    requests.get(link, timeout=TIMEOUT_SECONDS).raise_for_status()
    requests.post(link, timeout=TIMEOUT_SECONDS).raise_for_status()


def _unseen(folder: Path, seen: set[str]) -> Iterator[Caught]:
    for key in maildir.keys(folder):
        if key not in seen:
            seen.add(key)
            letter = maildir.read(folder, key)
            if letter is not None:
                yield letter
