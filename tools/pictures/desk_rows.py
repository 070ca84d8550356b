"""What the desk keeps in lists: stories, newsletters, sponsors, readers, forms, the house."""

from datetime import datetime, timedelta

from django.contrib.auth.models import Group, User
from django.db.models import Model

from digests.choices import AlertKind, BookingState, SponsorPlace
from digests.decisions import subject_tests
from digests.delivery.warmup import plans
from digests.models import (
    Alert,
    Article,
    Booking,
    Digest,
    Image,
    Source,
    WarmUp,
    WebhookMessage,
)
from digests.notices import alerts, webhook_messages
from newsroom.roles import make_roles
from subscriptions.choices import LetterState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.mailing.suppression import suppress
from subscriptions.models import (
    Consent,
    EmbeddedForm,
    Letter,
    Newsletter,
    NewsletterGroup,
    Publisher,
    SignUp,
    Subscriber,
    Suppression,
)
from subscriptions.webhook_secrets import new_webhook_secret
from tools.demo.newsdesk import Desk
from tools.pictures.camera import Camera
from tools.pictures.served import Site

PAPER = "https://www.courier.example.org/"

# A model, and paths below its list by the last part of the pictures' names.
Rows = tuple[type[Model], dict[str, str]]


def book_sponsors(desk: Desk, digests: tuple[Digest, Digest]) -> None:
    """Before the first of them is approved, so that its version carries the booking."""
    sent, draft = digests
    picture = Image.objects.first()
    for newsletter, day, place, state, sponsor, headline in (
        (desk.briefing, sent.local_date, SponsorPlace.AFTER_LEAD, BookingState.BOOKED,
         "Northern Bank", "A loan for your boat, from two per cent"),
        (desk.good_news, draft.local_date, SponsorPlace.AFTER_LEAD, BookingState.BOOKED,
         "Harbour Ferries", "Cross for half until Advent"),
        (desk.good_news, draft.local_date, SponsorPlace.FOOT, BookingState.BOOKED,
         "The Lighthouse Museum", ""),
        (desk.good_news, draft.local_date, SponsorPlace.BETWEEN, BookingState.HELD,
         "Port Aldwyn Brewery", "Open house on Saturday"),
    ):  # fmt: skip
        Booking.objects.create(
            newsletter=newsletter,
            place=place,
            starts_on=day,
            ends_on=day,
            state=state,
            held_until=day if state == BookingState.HELD else None,
            sponsor=sponsor,
            headline=headline,
            text="Ask at any branch, or at the counter on the quay." if headline else "",
            link="https://www.example.org/offer",
            image=picture if place == SponsorPlace.AFTER_LEAD else None,
            image_alt="The harbour in the morning",
        )


def take_row_pictures(camera: Camera, site: Site) -> None:
    """Lists first, then what stands behind one of their rows."""
    _furnish(site, now=database_now())
    for name, (model, pages) in _rows(site).items():
        start = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for suffix, path in pages.items():
            camera.take(f"desk-{name}{suffix}", f"{start}{path}")
    camera.take("desk-subject-test", f"/admin/digests/digest/{site.draft.pk}/subject-test/")
    camera.take("desk-approve-warming-up", f"/admin/digests/digest/{site.draft.pk}/approve/")
    camera.take("desk-password", "/admin/password_change/")


def _rows(site: Site) -> dict[str, Rows]:
    """Return the rows of the admin's pictures, by the first part of the pictures' names."""
    return {**_of_digests(site), **_of_readers(site), **_of_the_house(site)}


def _of_digests(site: Site) -> dict[str, Rows]:
    proven = Booking.objects.get(newsletter=site.sent.newsletter)
    story = Article.objects.filter(items__image__isnull=False).first()
    source = Source.objects.get(name="Town wire")
    return {
        "articles": (Article, {"": "", "-none": "?q=xylophone", "-one": _page(story)}),
        "bookings": (
            Booking,
            {"": "", "-add": "add/", "-one": _page(proven), "-proof": f"{proven.pk}/proof/"},
        ),
        "alerts": (Alert, {"": "", "-one": _page(Alert.objects.first())}),
        "sources": (
            Source,
            {"": "", "-add": "add/", "-one": _page(source), "-delete": f"{source.pk}/delete/"},
        ),
        "warm-ups": (WarmUp, {"": "", "-add": "add/", "-one": _page(WarmUp.objects.get())}),
        "webhooks": (WebhookMessage, {"": "", "-one": _page(WebhookMessage.objects.first())}),
    }


def _of_readers(site: Site) -> dict[str, Rows]:
    reader = Subscriber.objects.get(address="reader5@example.org")
    box = site.desk.box
    return {
        "subscribers": (
            Subscriber,
            {
                "": "",
                "-none": "?q=nobody@",
                "-one": _page(reader),
                "-suppress": f"{reader.pk}/suppress/",
            },
        ),
        "embedded-forms": (
            EmbeddedForm,
            {
                "": "",
                "-add": "add/",
                "-one": _page(box),
                "-growth": "by-page-list/",
                "-growth-of-one": f"{box.pk}/by-page/",
            },
        ),
        "consents": (Consent, {"": "", "-one": _page(Consent.objects.first())}),
        "letters": (Letter, {"": "", "-one": _page(Letter.objects.first())}),
        "suppressed": (Suppression, {"": "", "-one": _page(Suppression.objects.first())}),
    }


def _of_the_house(site: Site) -> dict[str, Rows]:
    group, editor = NewsletterGroup.objects.first(), site.desk.editor
    return {
        "newsletters": (Newsletter, {"": "", "-add": "add/", "-one": _page(site.desk.briefing)}),
        "groups-of-newsletters": (
            NewsletterGroup,
            {"": "", "-add": "add/", "-one": _page(group)},
        ),
        "publisher": (Publisher, {"": "1/change/"}),
        "staff": (
            User,
            {
                "": "",
                "-add": "add/",
                "-one": _page(editor),
                "-password": f"{editor.pk}/password/",
                "-delete": f"{User.objects.get(username='ada').pk}/delete/",
            },
        ),
        "groups": (Group, {"": "", "-one": _page(Group.objects.get(name="publisher"))}),
    }


def _page(row: Model | None) -> str:
    assert row is not None  # noqa: S101 - the desk is furnished
    return f"{row.pk}/change/"


def _furnish(site: Site, *, now: datetime) -> None:
    """A few of everything that a morning does not bring by itself."""
    make_roles()
    subject_tests.set_up(
        site.draft,
        ["Kevin the otter comes home", "Good news on four paws"],
        sample_percent=20,
        minutes=30,
    )
    Source.objects.create(
        name="Town wire",
        url="https://wire.example.org/feed.xml",
        worked_at=now - timedelta(hours=5),
        fetched_at=now - timedelta(minutes=9),
        failures=4,
        last_error="The server answered 503.",
    )
    _pager(site, now)
    _more_readers(site.desk, now)
    _warm_up(now)


def _pager(site: Site, now: datetime) -> None:
    """Its last message was not taken."""
    publisher = Publisher.objects.current()
    publisher.alert_webhook_url = "https://pager.example.org/newsroom"
    publisher.alert_webhook_secret = new_webhook_secret()
    publisher.save()
    alerts.raise_alert(
        site.draft, AlertKind.DEADLINE, "A second person must confirm it by 15:45.", now=now
    )
    webhook_messages.write_test(now=now)
    WebhookMessage.objects.exclude(type=webhook_messages.TEST).update(
        state=LetterState.FAILED, attempts=9, settled_at=now, last_error="The server answered 500."
    )


def _more_readers(desk: Desk, now: datetime) -> None:
    """Some came from the stories of the paper; some are never mailed again; a letter could not be sent."""
    pages = ("brennia-elects-a-beekeeper", "otter-comes-home", "night-ferries-return")
    found = list(SignUp.objects.order_by("pk")[:60])
    for place, sign_up in enumerate(found):
        sign_up.embedded_form = desk.box
        sign_up.source_url = f"{PAPER}{pages[place % 3 if place % 2 else 0]}"
    SignUp.objects.bulk_update(found, ["embedded_form", "source_url"])
    for number, reason, note in (
        (7, SuppressionReason.STAFF, "Asked by telephone."),
        (8, SuppressionReason.COMPLAINT, ""),
        (9, SuppressionReason.BOUNCE, "550 5.1.1 no such user"),
    ):
        suppress(f"reader{number}@example.org", reason, now=now, note=note)
    failed = Letter.objects.latest("pk")
    failed.state, failed.attempts, failed.last_error = LetterState.FAILED, 5, "550 No such user"
    failed.save()
    for place, name in enumerate(("Every day", "At the weekend")):
        NewsletterGroup.objects.get_or_create(name=name, defaults={"position": place})


def _warm_up(now: datetime) -> None:
    """A plan on its third day, too small for this house's readers."""
    today = plans.today(now)
    plan = WarmUp.objects.create(starts_on=today - timedelta(days=2), first_day=60)
    for days, (ceiling, used) in enumerate(((135, 80), (90, 90), (60, 60))):
        day = today - timedelta(days=days)
        for provider in ("Gmail", "example.org"):
            plan.days.create(provider=provider, day=day, ceiling=ceiling, used=used)
