"""A walk through the readers' pages: one browser page, one language, new readers as they are needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from playwright.sync_api import Page

from subscriptions import links
from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.models import (
    EmbeddedForm,
    ManageLink,
    Newsletter,
    SignUp,
    Subscriber,
)
from subscriptions.readers import manage_links
from subscriptions.sign_up import opt_in

TIME_TO_CHOOSE_MS = 1_100  # quicker would be a robot
EVIDENCE = Evidence("tour")
numbers = count(1)


@dataclass(frozen=True)
class Tour:
    """`newsletter` is live; `other` is, too, and has been linked as the one with fewer mails."""

    page: Page
    base: str
    language: str
    newsletter: Newsletter
    other: Newsletter
    box: EmbeddedForm
    further: Mapping[str, str] = field(default_factory=dict)  # paths by name, such as the archive's

    def open(self, path: str, **query: str) -> None:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        self.page.goto(f"{self.base}{path}{'?' if asked else ''}{asked}", wait_until="load")

    def press(self, button: str = "main form button") -> None:
        self.page.locator(button).first.click()
        self.page.wait_for_load_state()

    def press_unchecked(self, button: str) -> None:
        """Press a button as browsers do that check nothing."""
        self.page.locator(button).first.evaluate("it => it.form.noValidate = true")
        self.press(button)

    def asked(self, *newsletters: Newsletter) -> SignUp:
        """A wish of a new reader, who speaks the tour's language."""
        address, now = f"renata{next(numbers)}.solano@example.org", database_now()
        slugs = [each.slug for each in newsletters or (self.newsletter, self.other)]
        opt_in.request(address, slugs, EVIDENCE, now=now, language=self.language)
        return SignUp.objects.select_related("subscriber").get(subscriber__address=address)

    def reader(self, *newsletters: Newsletter) -> Subscriber:
        wish = self.asked(*newsletters)
        opt_in.confirm(wish, EVIDENCE, now=database_now())
        return wish.subscriber


def settings_token(reader: Subscriber) -> str:
    """Return the token of a link to the preferences.

    No service email is made: an address that is never emailed would not get it.
    """
    now = database_now()
    link = ManageLink.objects.create(
        subscriber=reader, requested_at=now, expires_at=now + manage_links.VALID_FOR
    )
    return links.sign(links.Scope.MANAGE, link.public_id)


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]
