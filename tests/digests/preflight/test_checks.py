"""Each check finds what it is for, says where to mend it, and is silent about what is sound."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from digests.preflight.finding import Finding, Level, Place
from digests.preflight.material import Domain, Story
from digests.preflight.of_sender import organisation
from digests.preflight.running import findings_of
from subscriptions.local_times import in_zone
from tests.builders import NOON
from tests.digests.preflight.building import LEAVE, answer, by_hand, material, story

STORY_SPOT = (Place.STORIES, "story-11")


def one(**fields: Any) -> Finding:
    (finding,) = findings_of(material(**fields))
    return finding


def told(**fields: Any) -> list[tuple[str, Level]]:
    return [(finding.check, finding.level) for finding in findings_of(material(**fields))]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert findings_of(material()) == []


# --- Stories ---------------------------------------------------------------------------------------


def test_a_retracted_story_blocks_and_leads_to_the_story() -> None:
    finding = one(stories=(story(is_retracted=True),))
    assert (finding.check, finding.level) == ("retracted", Level.BLOCKING)
    assert (finding.place, finding.target) == STORY_SPOT
    assert "“The ferry is back”" in finding.text


def test_an_embargo_that_ends_after_the_send_blocks_and_one_that_ends_with_it_does_not() -> None:
    late = story(published_at=NOON + timedelta(minutes=1))
    assert told(stories=(late,)) == [("embargo", Level.BLOCKING)]
    assert in_zone(NOON + timedelta(minutes=1), "Europe/Paris") in one(stories=(late,)).text
    assert told(stories=(story(published_at=NOON),)) == []


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("found", [story, by_hand])
def test_a_page_that_is_not_there_warns_first_and_blocks_when_it_stays_so(
    status: int, found: Callable[..., Story]
) -> None:
    def gone(times: int, minutes: int) -> list[tuple[str, Level]]:
        said = answer(status, "The server answered 404.", times, minutes)
        return told(stories=(found(answer=said),))

    assert gone(times=1, minutes=0) == [("gone_once", Level.WARNING)]
    assert gone(times=5, minutes=19) == [("gone_once", Level.WARNING)], "a site brought up to date"
    assert gone(times=6, minutes=20) == [("gone", Level.BLOCKING)]


def test_a_whole_site_that_is_gone_is_a_site_in_trouble_and_holds_no_morning() -> None:
    said = answer(404, "The server answered 404.", 9, 60)
    pages = [
        story(
            url=f"https://paper.example.org/{name}", headline=name, article_headline=name,
            seen_headline="", answer=said,
        )
        for name in ("ferry", "bridge", "harbour")
    ]  # fmt: skip
    assert told(stories=tuple(pages)) == [("site_gone", Level.WARNING)] * 3
    assert (
        "nor is any other page of paper.example.org"
        in findings_of(material(stories=tuple(pages)))[0].text
    )
    # Where another of its pages answers, or there are too few to tell, it is the story.
    found = replace(pages[2], answer=answer(200))
    assert told(stories=(*pages[:2], found)) == [("gone", Level.BLOCKING)] * 2
    assert told(stories=tuple(pages[:2])) == [("gone", Level.BLOCKING)] * 2


# --- Stories written by hand -----------------------------------------------------------------------


def test_a_story_written_by_hand_may_be_sound() -> None:
    assert told(stories=(by_hand(), by_hand(headline="No link", url="", item_id=22))) == []


@pytest.mark.parametrize(
    ("spoilt", "check"),
    [
        ({"has_picture": True}, "alt"),
        ({"url": "http://ada.example.org/"}, "insecure"),
        ({"own_words": "Dear {{ name }}"}, "placeholder"),
        ({"own_headline": "x" * 111}, "long_words"),
        ({"own_blurb": "x" * 601}, "long_words"),
        ({"answer": answer(500, "The server answered 500.")}, "unreachable"),
    ],
)
def test_what_is_wrong_with_a_story_written_by_hand_leads_to_it(
    spoilt: dict[str, Any], check: str
) -> None:
    finding = one(stories=(by_hand(**spoilt),))
    assert (finding.check, finding.level) == (check, Level.WARNING)
    assert (finding.place, finding.target) == (Place.STORIES, "story-21")


def test_words_over_a_storys_own_may_be_too_long_as_well() -> None:
    assert told(stories=(story(own_blurb="x" * 600),)) == []
    assert "601 characters" in one(stories=(story(own_blurb="x" * 601),)).text


@pytest.mark.parametrize(
    ("status", "error", "checks"),
    [
        (200, "", []),
        (403, "The server answered 403.", []),  # robots are kept out, readers are not
        (429, "The server answered 429.", []),
        (500, "The server answered 500.", ["unreachable"]),
        (None, "No server is known by the name paper.example.org.", ["unreachable"]),
    ],
)
def test_a_page_that_cannot_be_opened_is_a_warning(
    status: int | None, error: str, checks: list[str]
) -> None:
    found = findings_of(material(stories=(story(answer=answer(status, error)),)))
    assert [finding.check for finding in found] == checks
    assert all(error in finding.text and not finding.is_blocking for finding in found)


def test_a_headline_that_changed_at_its_source_warns_and_changing_again_warns_anew() -> None:
    first = one(stories=(story(article_headline="The ferry is late"),))
    second = one(stories=(story(article_headline="The ferry is lost"),))
    assert (first.check, first.level) == ("headline", Level.WARNING)
    assert "“The ferry is late”" in first.text
    assert first.key != second.key


def test_a_story_that_another_digest_carries_warns_with_its_day() -> None:
    finding = one(stories=(story(carried_on="Mon 16 Nov 2026"),))
    assert finding.check == "carried"
    assert "Mon 16 Nov 2026" in finding.text


def test_a_story_twice_in_the_digest_warns_at_its_second_place() -> None:
    again = story(item_id=12, section="Elsewhere")
    finding = one(stories=(story(), again))
    assert (finding.check, finding.target) == ("twice", "story-12")
    other = story(item_id=13, url="https://paper.example.org/other", headline="the FERRY is back")
    assert one(stories=(story(), other)).target == "story-13"


def test_empty_sections_and_pictures_without_words_warn() -> None:
    assert told(empty_sections=("The day ahead",)) == [("empty_section", Level.WARNING)]
    assert told(stories=(story(alt=" "),)) == [("alt", Level.WARNING)]
    assert told(stories=(story(alt="", has_picture=False),)) == []


def test_no_story_at_all_blocks() -> None:
    assert told(stories=(), story_count=0) == [("no_story", Level.BLOCKING)]
    # One whose article is no longer kept is still in the version.
    assert told(stories=()) == []


# --- Words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("", ("no_subject", Level.BLOCKING)),
        (" ", ("no_subject", Level.BLOCKING)),
        ("News", ("short_subject", Level.WARNING)),
        ("x" * 71, ("long_subject", Level.WARNING)),
        ("THE FERRY IS BACK", ("capitals", Level.WARNING)),
        ("Act now: the ferry is back", ("spam_words", Level.WARNING)),
        ("The ferry is back!!!", ("spam_words", Level.WARNING)),
        ("Dear {{ first_name }}, the ferry", ("placeholder", Level.BLOCKING)),
        ("Dear *|FNAME|*, the ferry is back", ("placeholder", Level.BLOCKING)),
        ("{newsletter}: the ferry is back", ("placeholder", Level.BLOCKING)),
    ],
)
def test_a_subject_that_readers_or_filters_mind(subject: str, expected: tuple[str, Level]) -> None:
    assert told(subject=subject) == [expected]
    assert one(subject=subject).target == "subject"


@pytest.mark.parametrize(
    "subject",
    [
        "x" * 70,
        "EU and UN talk of the ferry",
        "Nobel winner takes the ferry",
        "在港口渡轮回来了，雾也回来了",
    ],
)
def test_a_subject_that_nobody_minds(subject: str) -> None:
    assert told(subject=subject) == []


@pytest.mark.parametrize(
    "typed",
    [
        "https://paper.example.org/2026/ferry?from=desk",
        " http://paper.example.org ",
        "HTTPS://PAPER.EXAMPLE.ORG/FERRY",
        "www.paper.example.org",
        "paper.example.org/2026/ferry",
        "The ferry: https://paper.example.org/ferry",
    ],
)
def test_a_web_address_where_words_belong_is_told_of_at_its_field(typed: str) -> None:
    """As somebody pastes a link into “Write a story”, or over a story's own headline."""
    pasted = by_hand(headline=typed, own_headline=typed, url="")
    (finding,) = [it for it in findings_of(material(stories=(pasted,))) if it.check == "address"]
    assert (finding.level, finding.place) == (Level.WARNING, Place.STORIES)
    assert finding.target == "story-21"
    assert "under “Link”" in finding.text
    linked = one(stories=(story(headline=typed),))
    assert linked.check == "address"
    assert "under “Link”" not in linked.text
    for name in ("subject", "preheader"):
        found = findings_of(material(**{name: typed}))
        assert ("address", name) in [(it.check, it.target) for it in found]


@pytest.mark.parametrize(
    "words",
    [
        "Booking.com buys Example.org",
        "Booking.com",
        "Fares: 3.50/4.20 a day",
        "Why we left www",
        "24/7",
    ],
)
def test_a_name_with_a_dot_is_no_web_address(words: str) -> None:
    assert told(stories=(story(headline=words, own_blurb=words),)) == []


def test_a_text_that_is_nothing_but_a_web_address_is_told_of() -> None:
    typed = "https://paper.example.org/ferry"
    assert told(stories=(story(own_blurb=typed),)) == [("address", Level.WARNING)]
    assert told(stories=(story(own_blurb=f"All of it: {typed}"),)) == []


def test_a_placeholder_in_the_words_warns_since_a_story_may_quote_one() -> None:
    assert told(intro="Good morning, %recipient.name%") == [("placeholder", Level.WARNING)]
    finding = one(stories=(story(own_words="For {{ name }}"),))
    assert (finding.check, finding.place, finding.target) == ("placeholder", *STORY_SPOT)


def test_a_missing_preheader_warns() -> None:
    assert told(preheader="") == [("no_preheader", Level.WARNING)]


# --- The mail --------------------------------------------------------------------------------------


def test_what_the_law_asks_for_blocks() -> None:
    assert told(text="") == [("unsubscribe", Level.BLOCKING)]
    assert told(html="<p>") == [("unsubscribe", Level.BLOCKING)]
    assert told(html=LEAVE, text=LEAVE, postal_address=" \n") == [
        ("postal_address", Level.BLOCKING)
    ]
    assert one(postal_address="").place is Place.PUBLISHER


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (79_999, []),
        (80_000, [("weight", Level.WARNING)]),
        (99_999, [("weight", Level.WARNING)]),
        (100_000, [("weight", Level.BLOCKING)]),
    ],
)
def test_weight_is_amber_from_80_kb_and_blocks_from_100(
    size: int, expected: list[tuple[str, Level]]
) -> None:
    assert told(html_bytes=size) == expected


def test_a_link_without_https_warns_but_not_one_that_leaves_no_machine() -> None:
    assert told(stories=(story(url="http://paper.example.org/ferry"),)) == [
        ("insecure", Level.WARNING)
    ]
    assert told(stories=(story(url="http://127.0.0.1:8000/ferry"),)) == []
    assert told(links={"http://paper.example.org/terms": None}) == [("insecure", Level.WARNING)]


def test_a_dead_link_at_the_foot_warns() -> None:
    privacy = "https://paper.example.org/privacy"
    assert told(links={privacy: answer(200)}) == []
    gone = answer(404, "The server answered 404 (Not Found).", 1)
    finding = one(links={privacy: gone})
    assert (finding.check, finding.level) == ("dead", Level.WARNING)
    assert f"{privacy} The server answered 404 (Not Found)." in finding.text


def test_a_newsletter_that_is_not_live_and_a_mail_that_cannot_be_made_block() -> None:
    assert one(not_live="Paused").text == "Morning Briefing is paused."
    assert one(mail_problem="Its mail lacks a sender.").is_blocking


# --- Who writes, and to how many -------------------------------------------------------------------


def test_a_sender_of_another_domain_warns() -> None:
    finding = one(sender="news@elsewhere.example")
    assert (finding.check, finding.level) == ("alignment", Level.WARNING)
    assert "elsewhere.example" in finding.text
    assert "paper.co.uk" in finding.text
    assert told(sender="news@elsewhere.example", house_domains=()) == []


def test_the_dns_decides_whose_a_sender_is_and_what_becomes_of_its_mail() -> None:
    same = {"news.paper.co.uk": "unit.co.uk", "letters.example": "unit.co.uk"}
    assert (
        told(sender="a@letters.example", house_domains=("news.paper.co.uk",), organisations=same)
        == []
    )
    apart = {"paper.co.uk": "paper.co.uk", "unit.paper.co.uk": "unit.paper.co.uk"}
    for policy, said in (("none", ""), ("quarantine", "into junk"), ("reject", "to refuse")):
        finding = one(
            sender="a@unit.paper.co.uk",
            house_domains=("paper.co.uk",),
            organisations=apart,
            domain=Domain(True, True, policy),
        )
        assert finding.check == "alignment"
        assert (said in finding.text) if said else ("asks" not in finding.text)


@pytest.mark.parametrize(
    ("domain", "organised"),
    [
        ("news.paper.co.uk", "paper.co.uk"),
        ("news.paper.com", "paper.com"),
        ("paper.de", "paper.de"),
        ("mail.news.co.com", "co.com"),
        ("localhost", "localhost"),
    ],
)
def test_the_organisation_of_a_domain(domain: str, organised: str) -> None:
    assert organisation(domain) == organised


def test_records_that_the_dns_lacks_warn_and_silence_of_the_dns_does_not() -> None:
    assert told(domain=Domain(has_spf=False, has_dmarc=True)) == [("dns", Level.WARNING)]
    assert len(told(domain=Domain(has_spf=False, has_dmarc=False))) == 2
    assert told(domain=Domain(has_spf=None, has_dmarc=None)) == []


@pytest.mark.parametrize(
    ("readers", "before", "checks"),
    [
        (1_300, (1_000,), []),
        (1_301, (1_000,), ["audience"]),
        (699, (1_000,), ["audience"]),
        (699, (), []),
        (5, (12, 12, 12), []),  # a handful
        (1_000, (1_000, 5, 1_000), []),  # one odd day is not the rule
        (0, (1_000,), ["no_readers"]),
        (None, (1_000,), []),
    ],
)
def test_an_audience_unlike_the_last_ones_warns(
    readers: int | None, before: tuple[int, ...], checks: list[str]
) -> None:
    assert [check for check, _level in told(readers=readers, readers_before=before)] == checks
