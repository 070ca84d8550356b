"""What embedded forms ask of us, from sites that may and from sites that may not."""

import gzip
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from subscriptions.choices import EmbeddedFormState, NewsletterState, SuppressionReason
from subscriptions.embed.script import LARGEST
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Consent, EmbeddedForm, Letter, Publisher, SignUp, Subscriber
from subscriptions.sign_up.intake import Answer, Verdict
from subscriptions.sign_up.rate_limits import parse_limit
from tests.builders import NOON, Press
from tests.subscriptions.embedding import ADDRESS, ARTICLE, ELSEWHERE, SITE, embedded_form, filled
from tests.subscriptions.proving import proof_of

BOTH = ("morning-briefing", "good-news")


@pytest.fixture
def client() -> Client:
    """A browser without cookies, which Django would otherwise excuse from CSRF."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def form(press: Press, no_counts: None) -> EmbeddedForm:
    return embedded_form(
        press.newsletter("Morning Briefing", frequency="Every weekday", description="Ten stories."),
        press.newsletter("Good News"),
        headline="News for breakfast",
    )


def address_of(form: EmbeddedForm, page: str = "") -> str:
    return f"/embed/{form.public_id}/{page}"


def ask(client: Client, form: EmbeddedForm, data: dict[str, Any], origin: str = SITE) -> Any:
    return client.post(address_of(form, "sign-up.json"), data, headers={"origin": origin})


def post(client: Client, form: EmbeddedForm, data: dict[str, Any], origin: str = SITE) -> Any:
    return client.post(address_of(form, "subscribe/"), data, headers={"origin": origin})


def policy(response: Any) -> dict[str, str]:
    directives = response["Content-Security-Policy"].split(";")
    return dict(directive.strip().split(" ", 1) for directive in directives)


def test_the_script_is_light_and_may_be_loaded_by_any_page(client: Client) -> None:
    response = client.get("/embed/v1.js", headers={"accept-encoding": "gzip, br"})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) <= LARGEST
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "max-age=86400" in response["Cache-Control"]
    assert "Accept-Encoding" in response["Vary"]
    assert not response.cookies
    plain = client.get("/embed/v1.js")
    assert plain.content == gzip.decompress(response.content)
    assert b"{styles}" not in plain.content
    again = client.get("/embed/v1.js", headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304


def test_a_form_is_told_to_the_sites_it_may_stand_on(client: Client, form: EmbeddedForm) -> None:
    response = client.get(address_of(form, "config.json"), headers={"origin": SITE})
    assert response["Access-Control-Allow-Origin"] == SITE
    assert "Access-Control-Allow-Credentials" not in response
    assert response["Cache-Control"] == "public, max-age=60"
    assert "Origin" in response["Vary"]
    assert not response.cookies
    shown = response.json()
    assert shown["headline"] == "News for breakfast"
    assert [one["slug"] for one in shown["newsletters"]] == ["morning-briefing", "good-news"]
    assert shown["newsletters"][0]["promise"] == "Ten stories."
    assert shown["dir"] == "ltr"


@pytest.mark.parametrize(
    "origin",
    [
        ELSEWHERE,
        "null",
        "http://www.paper.example",
        "https://paper.example",
        f"{SITE}.elsewhere.example",
        f"{SITE}:8443",
        "",
        "\u2028",
    ],
)
def test_another_site_is_told_why_not_and_signs_nobody_up(
    client: Client, form: EmbeddedForm, origin: str
) -> None:
    response = ask(client, form, filled(*BOTH), origin)
    assert response.status_code == 403
    assert "Nobody was signed up" in response.json()["message"]
    assert "Access-Control-Allow-Origin" not in response
    assert "Origin" in response["Vary"]
    assert (
        client.get(
            address_of(form, "config.json"), headers={"origin": origin or "null"}
        ).status_code
        == 403
    )
    assert not Subscriber.objects.exists()


def test_a_request_that_names_no_site_is_refused(client: Client, form: EmbeddedForm) -> None:
    response = client.post(address_of(form, "sign-up.json"), filled(*BOTH))
    assert response.status_code == 403
    assert "no-referrer" in response.json()["message"]
    referred = client.post(
        address_of(form, "sign-up.json"), filled(*BOTH), headers={"referer": f"{SITE}/"}
    )
    assert referred.status_code == 200


def test_a_preflight_is_answered_for_allowed_sites_alone(
    client: Client, form: EmbeddedForm
) -> None:
    asked = {"origin": SITE, "access-control-request-method": "POST"}
    response = client.options(address_of(form, "sign-up.json"), headers=asked)
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == SITE
    assert "POST" in response["Access-Control-Allow-Methods"]
    other = client.options(address_of(form, "sign-up.json"), headers=asked | {"origin": ELSEWHERE})
    assert "Access-Control-Allow-Origin" not in other
    assert "Access-Control-Allow-Methods" not in other


def test_a_sign_up_keeps_the_form_and_the_article(client: Client, form: EmbeddedForm) -> None:
    response = ask(client, form, filled(*BOTH, page=f"{ARTICLE}#comments"))
    assert (response.status_code, response.json()) == (200, {})
    assert response["Cache-Control"] == "no-store"
    assert Letter.objects.get().address == ADDRESS
    rows: list[SignUp | Consent] = [SignUp.objects.get(), *Consent.objects.all()]
    for row in rows:
        assert (row.embedded_form, row.source_url) == (form, ARTICLE)
    assert Consent.objects.count() == 2


@pytest.mark.parametrize(
    "named",
    [f"{ELSEWHERE}/x", "javascript:alert(1)", "https://www.paper.example@evil.example/", "x\x00"],
)
def test_a_page_of_another_site_is_not_taken_for_the_articles(
    client: Client, form: EmbeddedForm, named: str
) -> None:
    assert ask(client, form, filled(*BOTH, page=named)).status_code == 200
    assert SignUp.objects.get().source_url == ""


def test_every_address_gets_the_same_answer(
    client: Client, form: EmbeddedForm, press: Press
) -> None:
    newsletter = form.newsletters.get(slug="good-news")
    press.reader(newsletter, address="known@example.org")
    suppress("suppressed@example.org", SuppressionReason.STAFF, now=NOON)
    answers = {
        (response.status_code, response.content, str(sorted(response.items())))
        for address in ("new@example.org", "known@example.org", "suppressed@example.org")
        for response in [ask(client, form, filled("good-news", address=address))]
    }
    assert len(answers) == 1
    assert Letter.objects.get().address == "new@example.org"


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"address": "reader"}, "address", "has an @"),
        ({"address": "a" * 5000}, "address", "too long"),
        ({"address": "a@example.org\r\nBcc: b@example.org"}, "address", "does not look like"),
        ({"newsletters": []}, "newsletters", "choose at least one"),
        ({"newsletters": ["unknown"]}, "newsletters", "no longer available"),
        ({"newsletters": ["good\x00news"]}, "newsletters", "no longer available"),
        ({"newsletters": ["closed"]}, "newsletters", "no longer available"),
        ({"newsletters": ["another"]}, "newsletters", "no longer available"),
        ({"shown": "forged"}, "form", "Please try again"),
    ],
)
def test_an_error_is_told_by_its_field_and_nothing_is_kept(
    client: Client, press: Press, form: EmbeddedForm, changes: dict[str, Any], field: str, word: str
) -> None:
    closed = press.newsletter("Closed", state=NewsletterState.CLOSED)
    form.choices.create(newsletter=closed)
    press.newsletter("Another")
    response = ask(client, form, filled("good-news", **changes))
    assert response.status_code == 422
    assert word in response.json()["errors"][field]
    assert response["Access-Control-Allow-Origin"] == SITE
    assert not Subscriber.objects.exists()


def test_a_robot_gets_the_same_answer_and_leaves_no_trace(
    client: Client, form: EmbeddedForm
) -> None:
    response = ask(client, form, filled("good-news", website="https://buy.example.org"))
    assert (response.status_code, response.json()) == (200, {})
    assert not Subscriber.objects.exists()


def test_a_slip_is_asked_about_once(client: Client, form: EmbeddedForm) -> None:
    slip = filled("good-news", address="reader@outlok.com")
    response = ask(client, form, slip)
    assert response.status_code == 422
    assert response.json()["suggestion"] == "reader@outlook.com"
    assert "reader@outlook.com" in response.json()["errors"]["address"]
    assert not Subscriber.objects.exists()
    assert ask(client, form, slip | {"sure": "reader@outlok.com"}).status_code == 200
    assert Subscriber.objects.get().address == "reader@outlok.com"


def test_under_surge_a_proof_of_work_is_asked_for_and_taken_once(
    client: Client, form: EmbeddedForm, settings: Settings
) -> None:
    settings.SIGN_UP_LIMITS = settings.SIGN_UP_LIMITS | {"all": parse_limit("all", "0:9/minute")}
    asked = ask(client, form, filled("good-news"))
    assert asked.status_code == 429
    assert "try again" in asked.json()["errors"]["form"]
    assert not Subscriber.objects.exists()
    proof = proof_of(Answer(Verdict.CHALLENGED, challenge=asked.json()["challenge"]))
    assert ask(client, form, filled("good-news", proof=proof)).status_code == 200
    assert Subscriber.objects.get().address == ADDRESS
    assert ask(client, form, filled("good-news", proof=proof)).status_code == 429
    framed = post(client, form, filled("good-news"))
    assert framed.status_code == 429
    assert b"data-challenge" in framed.content


def test_too_many_from_one_form_are_refused_for_a_while(
    client: Client, form: EmbeddedForm, settings: Settings
) -> None:
    settings.SIGN_UP_LIMITS = settings.SIGN_UP_LIMITS | {"form": parse_limit("form", "1/hour")}
    ask(client, form, filled("good-news"))
    response = ask(client, form, filled("good-news", address="other@example.org"))
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    assert "60 minutes" in response.json()["errors"]["form"]
    other = embedded_form(*form.newsletters.all(), placement="Side")
    assert ask(client, other, filled("good-news", address="third@example.org")).status_code == 200


def test_where_readers_do_not_choose_they_get_all_that_is_live(
    client: Client, form: EmbeddedForm
) -> None:
    EmbeddedForm.objects.update(readers_choose=False)
    assert ask(client, form, filled()).status_code == 200
    assert SignUp.objects.get().newsletters.count() == 2


@pytest.mark.parametrize("why", ["retired", "closed"])
def test_a_form_that_has_ended_says_so_and_takes_nobody(
    client: Client, form: EmbeddedForm, why: str
) -> None:
    if why == "retired":
        EmbeddedForm.objects.update(state=EmbeddedFormState.RETIRED)
    else:
        form.newsletters.update(state=NewsletterState.CLOSED)
    config = client.get(address_of(form, "config.json"), headers={"origin": SITE}).json()
    assert "no longer" in config["ended"]
    response = ask(client, form, filled("good-news"))
    assert response.status_code == 410
    assert response.json()["errors"]["form"] == config["ended"]
    assert client.get(address_of(form)).status_code == 410
    assert b"no longer" in post(client, form, filled("good-news")).content
    assert not Subscriber.objects.exists()


def test_an_unknown_form_and_another_method_are_told_in_json(
    client: Client, form: EmbeddedForm
) -> None:
    for page in ("config.json", "sign-up.json"):
        response = client.options(f"/embed/AAAAAAAAAAAAAAAA/{page}", headers={"origin": SITE})
        assert "Access-Control-Allow-Origin" not in response
    response = client.get("/embed/AAAAAAAAAAAAAAAA/config.json")
    assert response.status_code == 404
    assert "no form AAAAAAAAAAAAAAAA" in response.json()["message"]
    assert client.get("/embed/AAAAAAAAAAAAAAAA/").status_code == 404
    assert client.get("/embed/%00/").status_code == 404
    wrong = client.get(address_of(form, "sign-up.json"), headers={"origin": SITE})
    assert (wrong.status_code, wrong["Allow"]) == (405, "POST, OPTIONS")
    assert client.delete(address_of(form, "config.json")).status_code == 405


def test_only_the_forms_sites_may_frame_it_and_nothing_else_may_be_framed(
    client: Client, form: EmbeddedForm
) -> None:
    EmbeddedForm.objects.update(allowed_origins=[SITE, "https://m.paper.example"])
    for page in ("", "thanks/"):
        response = client.get(address_of(form, page))
        assert policy(response)["frame-ancestors"] == f"{SITE} https://m.paper.example"
        assert "X-Frame-Options" not in response
        assert response.status_code == 200
        assert not response.cookies
    EmbeddedForm.objects.update(allowed_origins=[])
    assert policy(client.get(address_of(form)))["frame-ancestors"] == "'none'"
    for path in ("/", "/subscribed/", "/embed/nobody/"):
        response = client.get(path)
        assert policy(response)["frame-ancestors"] == "'none'"
        assert response["X-Frame-Options"] == "DENY"


def test_the_frame_posts_to_itself_and_remembers_the_article(
    client: Client, form: EmbeddedForm
) -> None:
    page = client.get(address_of(form), headers={"referer": f"{ARTICLE}?from=mail"})
    assert f'name="page" value="{ARTICLE}"' in page.content.decode()
    response = client.post(
        address_of(form), filled("good-news"), headers={"origin": "http://testserver"}
    )
    assert (response.status_code, response["Location"]) == (303, address_of(form, "thanks/"))
    assert SignUp.objects.get().source_url == ARTICLE


def test_the_frame_keeps_what_was_filled_in(client: Client, form: EmbeddedForm) -> None:
    response = client.post(
        address_of(form),
        filled("good-news", address="<b>reader"),
        headers={"origin": "http://testserver"},
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="&lt;b&gt;reader"' in page
    assert page.count(" checked") == 1
    assert page.count("autofocus") == 1


def test_nobody_but_the_frame_posts_to_the_frame(client: Client, form: EmbeddedForm) -> None:
    for origin in (SITE, ELSEWHERE, "null"):
        response = client.post(address_of(form), filled("good-news"), headers={"origin": origin})
        assert response.status_code == 403
    assert not Subscriber.objects.exists()


def test_a_plain_form_needs_no_token_and_leads_to_our_page(
    client: Client, form: EmbeddedForm
) -> None:
    data = {"address": ADDRESS, "newsletters": ["good-news"]}
    response = post(client, form, data)
    assert (response.status_code, response["Location"]) == (303, address_of(form, "thanks/"))
    assert SignUp.objects.get().embedded_form == form


@pytest.mark.parametrize(
    "wanted",
    [
        f"{ELSEWHERE}/thanks",
        "//elsewhere.example/thanks",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        f"{SITE}.elsewhere.example/",
        f"{SITE}@elsewhere.example/",
        f"{SITE}\\@elsewhere.example/",
        "https://elsewhere.example\\@" + SITE.partition("://")[2],
        f"{SITE}/\r\nSet-Cookie: a=b",
        "https:elsewhere.example",
        "",
    ],
)
def test_a_return_address_is_never_an_open_redirect(
    client: Client, form: EmbeddedForm, wanted: str
) -> None:
    response = post(client, form, filled("good-news", **{"return": wanted}))
    assert response["Location"] == address_of(form, "thanks/")


def test_a_return_address_on_an_allowed_site_is_followed(
    client: Client, form: EmbeddedForm
) -> None:
    response = post(client, form, filled("good-news", **{"return": f"{SITE}/thanks?from=form"}))
    assert response["Location"] == f"{SITE}/thanks?from=form"
    wrong = post(client, form, filled("good-news", address="x", **{"return": f"{SITE}/thanks"}))
    assert wrong.status_code == 422
    assert f'name="return" value="{SITE}/thanks"' in wrong.content.decode()
    assert policy(wrong)["form-action"] == f"'self' {SITE}"


def test_a_plain_form_of_another_site_leads_to_our_own_page(
    client: Client, form: EmbeddedForm
) -> None:
    response = post(client, form, filled("good-news"), ELSEWHERE)
    assert response.status_code == 403
    page = response.content.decode()
    assert "You have not been signed up" in page
    assert "newsletter=morning-briefing" in page
    assert not Subscriber.objects.exists()


def test_words_are_in_the_language_of_the_form_or_the_page(
    client: Client, form: EmbeddedForm, settings: Settings
) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "German"), ("ar", "Arabic")]
    Publisher.objects.update(language="de")

    def direction(query: str = "") -> tuple[str, str]:
        shown = client.get(address_of(form, f"config.json{query}")).json()
        return shown["lang"], shown["dir"]

    assert direction() == ("de", "ltr")
    assert direction("?lang=ar-EG") == ("ar", "rtl")
    assert direction("?lang=%00" + "x" * 1000) == ("de", "ltr")
    EmbeddedForm.objects.update(language="ar")
    assert direction("?lang=en") == ("ar", "rtl")


def test_a_frame_is_light(client: Client, form: EmbeddedForm) -> None:
    assert len(client.get(address_of(form)).content) < 6_000
