"""Double opt-in, from the wish to the reader."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from subscriptions.choices import (
    ConsentAction,
    NewsletterState,
    SubscriptionState,
    SuppressionReason,
)
from subscriptions.evidence import Evidence
from subscriptions.leaving import leave
from subscriptions.links import BadLink, Scope, sign
from subscriptions.mailing.suppression import suppress
from subscriptions.models import (
    Consent,
    EmbeddedForm,
    Letter,
    Newsletter,
    SignUp,
    Subscriber,
    Subscription,
)
from subscriptions.sign_up import opt_in
from tests.builders import NOON, Press
from tests.subscriptions.conftest import EVIDENCE, ask

ADDRESS = "reader@example.org"
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def morning(press: Press) -> Newsletter:
    return press.newsletter("Morning Briefing")


@pytest.fixture
def good(press: Press) -> Newsletter:
    return press.newsletter("Good News")


def states() -> dict[str, str]:
    return dict(Subscription.objects.values_list("newsletter__slug", "state"))


def actions() -> list[tuple[str, str]]:
    rows = Consent.objects.order_by("pk").values_list("newsletter__slug", "action")
    return [(slug, action) for slug, action in rows]


def test_a_wish_is_kept_and_a_letter_asks(morning: Newsletter, good: Newsletter) -> None:
    letter_id = opt_in.request(ADDRESS, [morning.slug, good.slug], EVIDENCE, now=NOON)
    letter = Letter.objects.get()
    assert letter.pk == letter_id
    assert (letter.address, letter.kind) == (ADDRESS, opt_in.CONFIRMATION)
    assert letter.expires_at == NOON + opt_in.CONFIRM_WITHIN
    assert states() == {"morning-briefing": "pending", "good-news": "pending"}
    assert actions() == [("morning-briefing", "requested"), ("good-news", "requested")]


def test_many_sign_ups_of_one_address_make_one_letter(
    morning: Newsletter, good: Newsletter
) -> None:
    for number in range(50):
        typed = ADDRESS if number % 2 else ADDRESS.replace("reader", "READER")
        moment = NOON + timedelta(milliseconds=number)
        opt_in.request(typed, [morning.slug, good.slug][: 1 + number % 2], EVIDENCE, now=moment)
    assert Letter.objects.count() == 1
    assert Subscriber.objects.count() == 1
    assert SignUp.objects.get().newsletters.count() == 2
    assert Consent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_wish_that_comes_in_while_another_is_answered_is_not_lost() -> None:
    press = Press()
    morning, good = press.newsletter("Morning Briefing"), press.newsletter("Good News")
    opt_in.request(ADDRESS, [morning.slug], EVIDENCE, now=NOON)
    sign_up = SignUp.objects.get()

    def answer() -> None:
        try:
            opt_in.confirm(sign_up, EVIDENCE, now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            opt_in.request(
                ADDRESS, [good.slug], EVIDENCE, now=NOON
            )  # has looked, and is not done yet
            answering = pool.submit(answer)
            with pytest.raises(TimeoutError):
                answering.result(timeout=0.5)
        answering.result(timeout=20)

    assert states() == {"morning-briefing": "active", "good-news": "active"}


def test_after_the_pause_a_new_letter_replaces_the_old_link(morning: Newsletter) -> None:
    old = ask(ADDRESS, morning, now=NOON)
    new = ask(ADDRESS, morning, now=NOON + opt_in.LETTER_PAUSE)
    assert Letter.objects.count() == 2
    assert opt_in.find(sign(Scope.CONFIRM, old.public_id)) is None
    assert opt_in.find(sign(Scope.CONFIRM, new.public_id)) == new


@pytest.mark.parametrize(
    "name",
    ["reader@example.org", "Reader+{}@example.org", "re.ader+{}@gmail.com", "reader+{}@{}mail.com"],
)
def test_a_mailbox_gets_three_letters_a_day_at_most(morning: Newsletter, name: str) -> None:
    hosts = ("google", "g")
    for number in range(12):
        moment = NOON + opt_in.LETTER_PAUSE * number
        address = name.format(number, hosts[number % 2])
        opt_in.request(address, [morning.slug], EVIDENCE, now=moment)
    assert Letter.objects.count() == opt_in.LETTERS_A_DAY
    assert Letter.objects.exclude(address=Letter.objects.all()[0].address).exists() is (
        "{}" in name
    )
    tomorrow = NOON + timedelta(days=1, hours=1)
    assert opt_in.request(name.format(12, "g"), [morning.slug], EVIDENCE, now=tomorrow)


def test_a_mailbox_that_has_answered_may_ask_for_more(
    morning: Newsletter, good: Newsletter
) -> None:
    opt_in.confirm(ask("reader+a@example.org", morning, now=NOON), EVIDENCE, now=NOON)
    assert opt_in.request("reader+a@example.org", [good.slug], EVIDENCE, now=NOON)
    assert opt_in.request("reader+b@example.org", [good.slug], EVIDENCE, now=NOON) is None
    assert not Subscriber.objects.filter(address="reader+b@example.org").exists()


def test_a_wish_of_last_week_is_not_confirmed_with_todays(
    morning: Newsletter, good: Newsletter
) -> None:
    ask(ADDRESS, morning, now=NOON - timedelta(days=7))
    renewed = ask(ADDRESS, good, now=NOON)
    assert opt_in.preview(renewed, now=NOON).joined == (good,)


def test_a_suppressed_address_leaves_no_trace(morning: Newsletter) -> None:
    suppress(ADDRESS, SuppressionReason.COMPLAINT, now=NOON)
    assert opt_in.request("Reader@example.org", [morning.slug], EVIDENCE, now=LATER) is None
    assert not Subscriber.objects.exists()
    assert not Letter.objects.exists()


def test_who_already_gets_it_gets_no_letter(press: Press, morning: Newsletter) -> None:
    press.reader(morning, address=ADDRESS)
    assert opt_in.request(ADDRESS, [morning.slug], EVIDENCE, now=NOON) is None
    assert not Consent.objects.exists()


def test_who_already_gets_one_is_asked_about_the_other(
    press: Press, morning: Newsletter, good: Newsletter
) -> None:
    press.reader(morning, address=ADDRESS)
    sign_up = ask(ADDRESS, morning, good, now=NOON)
    assert list(sign_up.newsletters.all()) == [good]


def test_only_the_answer_makes_a_reader(morning: Newsletter) -> None:
    sign_up = ask(ADDRESS, morning, now=NOON)
    done = opt_in.confirm(sign_up, EVIDENCE, now=LATER)
    assert done.joined == (morning,)
    tie = Subscription.objects.get()
    assert (tie.state, tie.confirmed_at) == (SubscriptionState.ACTIVE, LATER)
    assert actions() == [("morning-briefing", "requested"), ("morning-briefing", "confirmed")]


def test_a_preview_says_what_confirming_would_do_and_changes_nothing(morning: Newsletter) -> None:
    sign_up = ask(ADDRESS, morning, now=NOON)
    for _again in range(10):
        seen = opt_in.preview(sign_up, now=LATER)
    assert states() == {"morning-briefing": "pending"}
    assert seen == opt_in.confirm(sign_up, EVIDENCE, now=LATER)


def test_confirming_twice_changes_nothing_and_says_so(morning: Newsletter) -> None:
    sign_up = ask(ADDRESS, morning, now=NOON)
    opt_in.confirm(sign_up, EVIDENCE, now=LATER)
    again = opt_in.confirm(sign_up, EVIDENCE, now=LATER + timedelta(hours=1))
    assert again.was_confirmed
    assert again.joined == (morning,)
    assert Subscription.objects.get().confirmed_at == LATER
    assert Consent.objects.filter(action=ConsentAction.CONFIRMED).count() == 1


def test_an_old_link_does_not_bring_back_who_left(morning: Newsletter) -> None:
    sign_up = ask(ADDRESS, morning, now=NOON)
    opt_in.confirm(sign_up, EVIDENCE, now=NOON)
    leave(Subscription.objects.get(), EVIDENCE, now=NOON)
    again = opt_in.confirm(sign_up, EVIDENCE, now=LATER)
    assert again.was_confirmed
    assert again.joined == ()
    assert states() == {"morning-briefing": "left"}


def test_who_left_may_ask_and_come_back(morning: Newsletter) -> None:
    opt_in.confirm(ask(ADDRESS, morning, now=NOON), EVIDENCE, now=NOON)
    leave(Subscription.objects.get(), EVIDENCE, now=NOON)
    sign_up = ask(ADDRESS, morning, now=LATER)
    assert states() == {"morning-briefing": "left"}
    opt_in.confirm(sign_up, EVIDENCE, now=LATER)
    tie = Subscription.objects.get()
    assert (tie.state, tie.left_at) == (SubscriptionState.ACTIVE, None)


def test_too_late_is_too_late(morning: Newsletter) -> None:
    sign_up = ask(ADDRESS, morning, now=NOON)
    late = opt_in.confirm(sign_up, EVIDENCE, now=NOON + opt_in.CONFIRM_WITHIN)
    assert late.is_expired
    assert (late.joined, late.asked) == ((), (morning,))
    assert states() == {"morning-briefing": "pending"}


def test_who_was_suppressed_meanwhile_is_not_made_a_reader(morning: Newsletter) -> None:
    sign_up = ask(ADDRESS, morning, now=NOON)
    suppress(ADDRESS, SuppressionReason.STAFF, now=NOON)
    assert opt_in.confirm(sign_up, EVIDENCE, now=LATER).joined == ()
    assert states() == {"morning-briefing": "pending"}


def test_a_newsletter_that_closed_meanwhile_is_named(morning: Newsletter, good: Newsletter) -> None:
    sign_up = ask(ADDRESS, morning, good, now=NOON)
    Newsletter.objects.filter(pk=good.pk).update(state=NewsletterState.CLOSED)
    done = opt_in.confirm(sign_up, EVIDENCE, now=LATER)
    assert (done.joined, done.closed) == ((morning,), (good,))
    assert states() == {"morning-briefing": "active", "good-news": "pending"}


def test_a_link_whose_newsletters_are_all_closed_is_not_used_up(morning: Newsletter) -> None:
    sign_up = ask(ADDRESS, morning, now=NOON)
    Newsletter.objects.update(state=NewsletterState.CLOSED)
    assert opt_in.confirm(sign_up, EVIDENCE, now=LATER).closed == (morning,)
    Newsletter.objects.update(state=NewsletterState.LIVE)
    assert opt_in.confirm(sign_up, EVIDENCE, now=LATER).joined == (morning,)


def test_a_newsletter_that_pauses_keeps_the_reader_who_wanted_it(morning: Newsletter) -> None:
    sign_up = ask(ADDRESS, morning, now=NOON)
    Newsletter.objects.update(state=NewsletterState.PAUSED)
    assert opt_in.confirm(sign_up, EVIDENCE, now=LATER).joined == (morning,)
    assert states() == {"morning-briefing": "active"}


def test_a_forged_link_is_a_bad_link(db: None) -> None:
    with pytest.raises(BadLink):
        opt_in.find("forged")


def test_what_brought_a_reader_is_kept_with_the_wish(morning: Newsletter) -> None:
    form = EmbeddedForm.objects.create(placement="Below articles")
    page = "https://paper.example.org/stories/1"
    evidence = Evidence("embedded form", page, embedded_form_id=form.pk)
    opt_in.request(ADDRESS, [morning.slug], evidence, now=NOON)
    for row in (SignUp.objects.get(), Consent.objects.get()):
        assert (row.embedded_form, row.source_url) == (form, page)
