"""Every page that a reader can see, state by state: pictures are taken of it, and the browser tests walk it.

Forms and buttons are found by what HTML calls them, so it goes in any language. JavaScript would solve a challenge
instead of showing it: better without.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from django.urls import reverse

from subscriptions import leaving, links
from subscriptions.choices import NewsletterState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.mailing.suppression import suppress
from subscriptions.models import AddressChange, Newsletter, SignUp, Subscription
from subscriptions.readers import address_changes
from subscriptions.sign_up.blocking import name_of
from tools.pictures.tour import (
    EVIDENCE,
    TIME_TO_CHOOSE_MS,
    Tour,
    numbers,
    path_of,
    settings_token,
)
from tools.pictures.turned_away import turned_away


def every_page(tour: Tour) -> Iterator[str]:
    """Names each state as the page stands in it; its reader may look, but not walk away."""
    for part in PARTS.values():
        yield from part(tour)


def signing_up(tour: Tour) -> Iterator[str]:
    lang = tour.language
    tour.open("/", lang=lang)
    yield "sign-up"
    tour.press("#sign-up button")
    yield "sign-up-errors"
    for name, address in (
        ("sign-up-typo", f"reader{next(numbers)}@gmial.com"),
        ("sign-up-challenged", f"reader{next(numbers)}@mailinator.com"),
        ("sign-up-check-inbox", f"renata.{next(numbers)}.of.the.long.name@readers.example.org"),
    ):
        tour.open("/", newsletter=tour.other.slug, lang=lang)
        tour.page.locator("#address").fill(address)
        tour.page.wait_for_timeout(TIME_TO_CHOOSE_MS)
        tour.press("#sign-up .line button")
        yield name
    tour.press("form:has([name=again]) button")
    yield "sign-up-again-too-soon"
    tour.open("/subscribed/", lang=lang)
    yield "sign-up-check-inbox-later"


def confirming(tour: Tour) -> Iterator[str]:
    wish = tour.asked()
    link = path_of(links.confirm_url(wish.public_id))
    tour.open(link)
    yield "confirm"
    tour.press()
    yield "confirmed"
    tour.open(link)
    yield "confirmed-before"
    for tie in wish.subscriber.subscriptions.all():
        leaving.leave(tie, EVIDENCE, now=database_now())
    tour.open(link)
    yield "confirmed-before-and-left"
    late = tour.asked()
    SignUp.objects.filter(pk=late.pk).update(expires_at=database_now())
    tour.open(path_of(links.confirm_url(late.public_id)))
    yield "confirm-too-late"
    tour.open(f"/confirm/{links.sign(links.Scope.CONFIRM, 'A' * 16)}/", lang=tour.language)
    yield "confirm-replaced"
    slug = f"evening-{next(numbers)}"
    ended = Newsletter.objects.create(name="Evening Letter", slug=slug, state=NewsletterState.LIVE)
    wish = tour.asked(ended)
    Newsletter.objects.filter(pk=ended.pk).update(state=NewsletterState.CLOSED)
    tour.open(path_of(links.confirm_url(wish.public_id)))
    yield "confirm-ended"
    reader = tour.asked().subscriber
    tour.open(path_of(links.not_me_url(reader.public_id, name_of(reader.address))))
    yield "not-me"
    tour.press()
    yield "not-me-done"


def by_the_link_in_any_mail(tour: Tour) -> Iterator[str]:
    reader = tour.reader()
    link = path_of(links.preferences_url(reader.public_id, tour.newsletter.public_id))
    tour.open(link)
    yield "preferences"
    tour.page.locator("#pause").fill("2001-01-01")
    tour.press_unchecked("form:has(#pause) button")
    yield "preferences-wrong-day"
    day = (database_now() + timedelta(days=20)).date()
    tour.page.locator("#pause").fill(day.isoformat())
    tour.press("form:has(#pause) button")
    yield "preferences-paused"
    tour.press("[name=resume]")
    yield "preferences-resumed"
    tour.press("[name=letter]")
    yield "preferences-letter"
    tour.press("form:has([name=leave]) button")
    yield "preferences-left-one"
    tour.press(".note button")
    yield "preferences-taken-back"
    tour.press("form:has([name=leave]) button")
    tour.open(link)
    yield "preferences-left-lately"
    tour.press("[name=leave_all]")
    yield "preferences-left-all"
    reader = tour.reader(tour.newsletter)
    tour.open(path_of(links.preferences_url(reader.public_id, tour.newsletter.public_id)))
    tour.press("[name=lighter]")
    yield "preferences-fewer-mails"


def settings(tour: Tour) -> Iterator[str]:
    tour.open("/preferences/", lang=tour.language)
    yield "settings-ask"
    tour.page.locator("#address").fill("no address")
    tour.press()
    yield "settings-ask-error"
    tour.page.locator("#address").fill("renata.solano@example.org")
    tour.press()
    yield "settings-asked"
    reader = tour.reader(tour.newsletter)
    token = settings_token(reader)
    tour.open(reverse("manage", args=[token]))
    yield "settings"
    tour.press("form:has([value=settings]) button")
    yield "settings-saved"
    tour.page.locator("[name=newsletters]").first.uncheck()
    tour.press("form:has([value=newsletters]) button")
    yield "settings-left-one"
    tour.open(reverse("zone", args=[token]))
    yield "settings-zone"
    tour.open(reverse("new_address", args=[token]))
    yield "settings-address"
    tour.page.locator("#address").fill("no address")
    tour.press()
    yield "settings-address-error"
    tour.page.locator("#address").fill(f"renata{next(numbers)}@example.net")
    tour.press()
    yield "settings-address-asked"
    tour.open(reverse("erase", args=[token]))
    yield "settings-erase"
    tour.press_unchecked("main form button")
    yield "settings-erase-unsure"
    tour.open(reverse("manage", args=[token]))
    tour.press("form[action*='/done/'] button")
    yield "settings-closed"
    tour.open(reverse("manage", args=[token]), lang=tour.language)
    yield "settings-run-out"
    gone = tour.reader()
    suppress(gone.address, SuppressionReason.BOUNCE, now=database_now())
    tour.open(reverse("manage", args=[settings_token(gone)]))
    yield "settings-of-a-dead-address"
    tour.open(reverse("erase", args=[settings_token(gone)]))
    tour.page.locator("[name=sure]").check()
    tour.press()
    yield "erased"


def moving(tour: Tour) -> Iterator[str]:
    reader = tour.reader()
    new_address = f"renata{next(numbers)}@example.net"
    address_changes.request(reader, new_address, now=database_now())
    change = AddressChange.objects.get(subscriber=reader)
    tour.open(path_of(links.address_url(change.old_key)))
    yield "move"
    tour.press()
    yield "move-half"
    tour.open(path_of(links.address_url(change.new_key)))
    tour.press()
    yield "move-done"
    AddressChange.objects.filter(pk=change.pk).update(done_at=None, expires_at=database_now())
    tour.open(path_of(links.address_url(change.new_key)))
    yield "move-over"


def leaving_one(tour: Tour) -> Iterator[str]:
    reader = tour.reader(tour.newsletter)
    link = path_of(links.leave_url(reader.public_id, tour.newsletter.public_id))
    tour.open(link)
    yield "leave"
    tour.press()
    yield "left"
    tour.page.locator("[name=why]").first.check()
    tour.press(".why button")
    yield "left-and-told"
    tour.press("[name=undo]")
    yield "left-and-taken-back"
    tour.open(link)
    tour.press("[name=lighter]")
    yield "left-for-fewer-mails"
    Subscription.objects.filter(subscriber=reader, state="left").update(
        left_at=database_now() - timedelta(days=9)
    )
    tour.open(link)
    yield "left-long-ago"
    nobody = links.sign(links.Scope.LEAVE, "A" * 16, "B" * 16)
    tour.open(f"/unsubscribe/{nobody}/", lang=tour.language)
    yield "leave-nothing"
    tour.open("/unsubscribe/no-token-of-ours/", lang=tour.language)
    yield "bad-link"
    tour.open("/nowhere/", lang=tour.language)
    yield "not-found"
    for name, path in tour.further.items():
        tour.open(path, lang=tour.language)
        yield name


def in_a_frame(tour: Tour) -> Iterator[str]:
    frame = reverse("embed_frame", args=[tour.box.public_id])
    tour.open(frame, lang=tour.language)
    yield "frame"
    tour.press()
    yield "frame-errors"
    tour.page.locator("#address").fill(f"framed{next(numbers)}@example.org")
    for box in tour.page.locator("[name=newsletters][type=checkbox]").all():
        box.check()
    tour.page.wait_for_timeout(TIME_TO_CHOOSE_MS)
    tour.press()
    yield "frame-thanks"
    # A page that the form does not know: here one that is nowhere.
    place = tour.base + reverse("embed_subscribe", args=[tour.box.public_id])
    tour.page.goto("about:blank")
    tour.page.set_content(
        f'<main><form method="post" action="{place}"><input type="hidden" name="lang" value="{tour.language}">'
        "<button>Sign up</button></form></main>"
    )
    tour.press()
    yield "frame-refused"


PARTS: Mapping[str, Callable[[Tour], Iterator[str]]] = {
    "signing up": signing_up,
    "confirming": confirming,
    "preferences": by_the_link_in_any_mail,
    "settings": settings,
    "moving": moving,
    "leaving": leaving_one,
    "embedded": in_a_frame,
    "turned away": turned_away,
}
