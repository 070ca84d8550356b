"""In which language a page speaks, and that a choice stays without a cookie."""

import re

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from subscriptions import links
from subscriptions.clock import database_now
from subscriptions.letter_kinds import confirmation
from subscriptions.models import Letter, Publisher, Subscriber
from subscriptions.reader_language import language_of, offers, speak
from tests.builders import Press
from tests.subscriptions.conftest import ask

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "tlh, de-AT;q=0.8, fr;q=0.5"}


@pytest.mark.parametrize(
    ("query", "own", "header", "publisher", "spoken"),
    [
        ("?lang=ar", "fr", "de", "es", "ar"),
        ("", "fr", "de", "es", "fr"),
        ("", "", "tlh, de-AT;q=0.8, fr;q=0.5", "es", "de"),
        ("", "", "*", "es", "es"),
        ("", "", "", "", "en"),
        ("?lang=tlh", "tlh", "tlh", "tlh", "en"),
        ("?lang=%00../../etc", "", "", "fr", "fr"),
        ("?lang=" + "q-" * 900, "", "x" * 9000, "fr", "fr"),
    ],
)
def test_the_nearest_wish_is_heard(
    query: str, own: str, header: str, publisher: str, spoken: str
) -> None:
    request = RequestFactory().get("/" + query, headers={"Accept-Language": header})
    with translation.override("en"):
        speak(request, own)
        assert language_of(request, fallback=publisher) == spoken


def test_the_switch_keeps_what_was_chosen_and_nothing_foreign() -> None:
    request = RequestFactory().get("/?newsletter=good-news&newsletter=a%26b&lang=fr&q=victim")
    german = next(offer for offer in offers(request) if offer.code == "de")
    assert german.name == "Deutsch"
    assert german.query == "?newsletter=good-news&newsletter=a%26b&lang=de"


@pytest.mark.django_db
def test_a_page_speaks_the_browsers_language_and_says_so(client: Client) -> None:
    Press().newsletter()
    response = client.get("/", **GERMAN)  # type: ignore[arg-type]
    assert '<html lang="de" dir="ltr">' in response.text
    assert "Ihre E-Mail-Adresse" in response.text
    assert response["Content-Language"] == "de"
    assert "Accept-Language" in response["Vary"]


@pytest.mark.django_db
def test_a_page_is_in_the_publishers_language_where_nobody_says_anything(client: Client) -> None:
    Press()
    Publisher.objects.update(language="ar")
    response = client.get("/")
    assert '<html lang="ar" dir="rtl">' in response.text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/subscribe/", "/preferences/"])
def test_an_error_is_in_the_language_of_its_page(client: Client, path: str) -> None:
    """Also where the browser names none that we speak, and the publisher's is taken."""
    Press().newsletter()
    Publisher.objects.update(language="de")
    answer = client.post(path, {"address": ""}, HTTP_ACCEPT_LANGUAGE="tlh")
    assert '<html lang="de"' in answer.text
    assert "Bitte geben Sie Ihre E-Mail-Adresse ein." in answer.text


@pytest.mark.django_db
def test_a_choice_goes_from_page_to_page_without_a_cookie(client: Client) -> None:
    Press().newsletter()
    response = client.get("/?lang=fr", **GERMAN)  # type: ignore[arg-type]
    assert 'action="/subscribe/?lang=fr"' in response.text
    assert 'href="/?lang=fr"' in response.text
    response = client.get("/subscribe/?lang=fr")
    assert response["Location"] == "/?lang=fr"
    assert not client.cookies


@pytest.mark.django_db
def test_a_readers_own_language_goes_before_the_browsers(client: Client) -> None:
    newsletter = Press().newsletter()
    reader = Press().reader(newsletter, language="es")
    url = links.leave_url(reader.public_id, newsletter.public_id)
    assert "¿Darse de baja" in client.get(url, **GERMAN).text  # type: ignore[arg-type]
    assert "abbestellen?" in client.get(url + "?lang=de").text


@pytest.mark.django_db
def test_a_language_of_a_reader_that_we_no_longer_speak_harms_nobody(client: Client) -> None:
    newsletter = Press().newsletter()
    reader = Press().reader(newsletter, language="tlh")
    url = links.leave_url(reader.public_id, newsletter.public_id)
    assert "Unsubscribe from “Morning Briefing”?" in client.get(url).text


@pytest.mark.django_db
def test_the_letter_that_asks_is_in_the_language_of_the_form(client: Client) -> None:
    newsletter = Press().newsletter()
    ask("reader@example.org", newsletter, now=database_now())
    Subscriber.objects.update(language="ar")
    letter = confirmation(Letter.objects.get(), database_now())
    assert (
        letter.subject
        == "يرجى تأكيد اشتراكك: \N{FIRST STRONG ISOLATE}Morning Briefing\N{POP DIRECTIONAL ISOLATE}"
    )
    assert 'dir="rtl"' in letter.html
    assert "الرابط صالح لمدة" in letter.text
    written_out = re.search(r'<a [^>]*class="break"[^>]*>', letter.html)
    assert written_out is not None
    assert 'dir="ltr"' in written_out[0]  # else the slash at its end moves to its beginning


@pytest.mark.django_db
def test_admin_stays_english(client: Client) -> None:
    assert '<html lang="en"' in client.get("/admin/login/", **GERMAN).text  # type: ignore[arg-type]
