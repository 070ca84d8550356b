"""Invented issues of two invented newsletters, full enough to show what a design can bear."""

from dataclasses import replace
from datetime import UTC, date, datetime

from digests.choices import BlockStyle
from digests.rendering.content import Block, Content, Masthead, Picture, Sponsor, Story
from digests.rendering.own_look import Inks, OwnLook
from subscriptions.rendering.dates import date_text

MEDIA = "https://media.example.org/"
LOGO = f"{MEDIA}logo.png"
OWN_MJML = """<mj-section><mj-column>
  <mj-text align="center"><p>Read the Courier <b>wherever the ferry takes you</b>.</p></mj-text>
  <mj-button align="center" href="https://www.example.org/app">Get the app</mj-button>
</mj-column></mj-section>"""
SITE = "https://www.example.org/"
_MORNING = datetime(2026, 11, 23, 5, 10, tzinfo=UTC)


def _picture(scene: str, alt: str) -> Picture:
    return Picture(f"{MEDIA}600/{scene}.jpg", 600, 338, alt, f"{MEDIA}1200/{scene}.jpg")


def _story(headline: str, blurb: str = "", kicker: str = "", **others: object) -> Story:
    slug = "-".join(headline.lower().split()[:6])
    return Story(headline, f"{SITE}2026/11/23/{slug}", blurb, kicker, **others)  # type: ignore[arg-type]  # plain samples


def _masthead(newsletter: str, colour: str, day: date, design: str) -> Masthead:
    return Masthead(
        newsletter=newsletter,
        publisher="The Harbour Courier",
        colour=colour,
        logo_url=None,
        postal_address="12 Quay Street, Port Ellery PE1 4QX",
        privacy_url=f"{SITE}privacy",
        language="en-gb",
        direction="ltr",
        date_text=date_text(day, "en-gb"),
        design=design,
    )


def news_alert() -> Content:
    return Content(
        masthead=_masthead("Morning Briefing", "#0b5c8a", date(2026, 11, 23), "alert"),
        subject="Night ferry runs aground off Port Ellery",
        preheader="All 212 aboard are safe; two tugs wait for the tide.",
        intro="Two tugs are on their way. The harbour is closed until noon.",
        outro="",
        blocks=(Block("", BlockStyle.LEAD, (_AGROUND,)),),
    )


def correction() -> Content:
    """To those alone whose mail was wrong: what was wrong, and the story as it stands now."""
    masthead = briefing().masthead
    return replace(
        briefing(),
        masthead=replace(masthead, date_text=f"Correction · {masthead.date_text}"),
        subject="Correction: the ferry carried 212 people, not 312",
        preheader="",
        intro="<p>This morning we wrote that 312 people came by the night ferry. There were 212. We are sorry.</p>",
        outro="",
        blocks=(Block("", BlockStyle.STORIES, (_LEAD,)),),
        sponsors=(),
    )


def briefing() -> Content:
    return Content(
        masthead=_masthead("Morning Briefing", "#0b5c8a", date(2026, 11, 23), "briefing"),
        subject="Night ferries return after eleven years",
        preheader="The council votes tonight, a cold week ahead, and why bread is dearer.",
        intro=(
            "Good morning. The first night ferry in eleven years tied up at four this morning "
            "with 212 people aboard, most of them asleep. What it means for the town is our "
            "story of the day. Below it: the vote that everyone expects to be close."
        ),
        outro="That is all for now. The evening edition comes at six.",
        blocks=(
            Block("", BlockStyle.LEAD, (_LEAD,)),
            Block("The day ahead", BlockStyle.STORIES, _DAY_AHEAD),
            Block("In brief", BlockStyle.BRIEFS, _BRIEFS),
        ),
        sponsors=(
            Sponsor(
                booking=1,
                place="after_lead",
                sponsor="Port Ellery Savings Bank",
                label="",
                headline="A loan for the boat that you have in mind",
                text="From two per cent, for hulls of every size. Ask at the counter on Quay Street.",
                url=f"{SITE}partners/savings-bank",
                picture=_picture("dusk", "The hills behind the harbour at dusk"),
            ),
        ),
    )


def own_briefing() -> Content:
    """In colours of its own, with a small logo and MJML of its own."""
    return _with_logo(
        briefing(),
        OwnLook(
            band="#7a0019",
            day=Inks(page="#efe4d2", paper="#fffaf2"),
            night=Inks(accent="#ff9aa8"),
            faces="sans",
            mjml=OWN_MJML,
        ),
    )


def own_weekly() -> Content:
    """With a logo in place of its name, and a night that is green."""
    look = OwnLook(
        band="#12344d", night=Inks(page="#06120c", paper="#0c1c14"), nameplate="logo", faces="serif"
    )
    return _with_logo(weekly(), look)


def _with_logo(content: Content, look: OwnLook) -> Content:
    masthead = replace(content.masthead, logo_url=LOGO, logo_width=640, logo_height=128)
    return replace(content, masthead=masthead, own_look=look)


def weekly() -> Content:
    return Content(
        masthead=_masthead("Good News", "#c2542d", date(2026, 11, 20), "weekly"),
        subject="The school that grows its own lunch",
        preheader="Six things that went right this week.",
        intro=(
            "Hello and welcome to Friday.\n\n"
            "This week we went looking for people who fix things: a bell, a river, a bus route "
            "that nobody believed in. None of them made much noise about it, so we will."
        ),
        outro="Know somebody we should meet? Answer this mail; a person reads every one.",
        blocks=(
            Block("", BlockStyle.LEAD, (_GARDEN,)),
            Block("Also worth your weekend", BlockStyle.STORIES, _GOOD),
            Block("Small things", BlockStyle.BRIEFS, _SMALL),
        ),
    )


_LEAD = _story(
    "Night ferries return, and the town wakes up early",
    "The crossing was given up as a loss in 2015. A new operator says that freight will pay for "
    "it; the cafés on the quay opened at five to be sure of their share.",
    "Transport",
    link_text="Read how it came back",
    authors=("Mara Lindqvist", "Tom Okafor"),
    source="The Harbour Courier",
    published_at=_MORNING,
    picture=_picture("harbour", "A ferry port at first light, the town behind it"),
)
_AGROUND = _story(
    "Night ferry runs aground off Port Ellery; all 212 aboard are safe",
    "The Aurora struck the bar at 4.40 this morning in thick fog. Lifeboats stood by within "
    "twenty minutes; tugs will try to pull her free at high water, shortly before noon.",
    "Harbour",
    link_text="Follow it as it happens",
    authors=("Mara Lindqvist",),
    source="The Harbour Courier",
    published_at=_MORNING,
    picture=_picture("dusk", "A ferry in the fog, a lifeboat beside her"),
)
_DAY_AHEAD = (
    _story(
        "Council votes on the flood wall tonight",
        "Two members are undecided and the mayor needs one of them. The cost has risen by a "
        "fifth since spring.",
        "Politics",
        authors=("Ines Hartmann",),
        picture=_picture("night", "The town hall quarter at night"),
    ),
    _story(
        "Why your bread costs more although wheat does not",
        "Energy, rent and a shortage of bakers: we followed one loaf from mill to counter.",
        "Economy",
        authors=("Petra Novak", "Sam Reyes"),
        picture=_picture("fields", "Fields of ripe wheat under a low sun"),
    ),
    _story(
        "First snow closes two passes; more is expected by Thursday",
        "Chains are needed above 900 metres. The rescue service asks walkers to turn round early.",
        "Weather",
        authors=("Jonas Weiss",),
        picture=_picture("mountains", "Ridges in haze, one behind the other"),
    ),
    _story(
        "The hospital's new wing opens without its nurses",
        "Forty posts are vacant. The first patients move in on Monday regardless.",
        "Health",
        authors=("Ada Brandt",),
    ),
    _story(
        "A library card for everyone born here, from the first day",
        "",
        "Education",
        picture=_picture("coast", "A bay with low cliffs"),
    ),
)
_BRIEFS = (
    _story("Trams every five minutes.", "Line 4 runs more often from Monday."),
    _story("Rowers qualify.", "Port Ellery's eight reach the national final by half a length."),
    _story("Market moves.", "The Saturday market is on Mill Green until the square is repaved."),
    _story("Oldest lighthouse keeper dies at 101."),
)
_GARDEN = _story(
    "The school that grows its own lunch",
    "What began with three crates of lettuce behind the bicycle shed now feeds four hundred "
    "children a day, and the town's two worst-behaved classes run the compost.",
    "Education",
    link_text="Visit the garden",
    authors=("Mara Lindqvist",),
    published_at=datetime(2026, 11, 18, 9, 0, tzinfo=UTC),
    picture=_picture("fields", "Rows of green under an early sun"),
)
_GOOD = (
    _story(
        "Salmon are back in a river that was given up",
        "Two weirs came down in the spring. In October a retired teacher counted the first fish, "
        "and then counted again, because she did not believe it.",
        "Nature",
        authors=("Ewan Marsh",),
        published_at=datetime(2026, 11, 17, 9, 0, tzinfo=UTC),
        picture=_picture("forest", "A wooded valley in morning mist"),
    ),
    _story(
        "The last bus now waits for the last train",
        "It took one timetable, two stubborn drivers and a letter from a girl of nine.",
        "Community",
        authors=("Tom Okafor", "Ada Brandt"),
        published_at=datetime(2026, 11, 19, 9, 0, tzinfo=UTC),
        picture=_picture("dusk", "A red evening sky over hills"),
    ),
)
_SMALL = (
    _story("A bell, mended", "St Bride's rings again after the foundry's oldest man came back."),
    _story("Free swimming for carers", "All four town pools, every Wednesday."),
    _story("The otter has a name", "1,800 people voted. It is Kevin."),
)
