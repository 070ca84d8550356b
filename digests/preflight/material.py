"""What the checks look at: plain values, gathered beforehand (gathering.py), so that a check asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from digests.rendering.readability import Pair


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address said when it was last visited; `status` is None where nothing came back."""

    status: int | None
    error: str
    gone_times: int  # how often in a row it said that there is nothing
    checked_at: datetime
    gone_since: datetime | None = None  # the first of these times


@dataclass(frozen=True, slots=True)
class Story:
    """A story as this digest carries it. `own_words` are those an editor wrote, over the article's or without any.

    One that was written by hand has no article and no time; its address may be empty.
    """

    article_id: int | None
    headline: str
    url: str
    published_at: datetime | None
    item_id: int | None = None  # None: it is in the version, and no longer on the page of stories
    section: str = ""
    own_words: str = ""
    own_blurb: str = ""
    own_headline: str = ""
    seen_headline: str = ""  # the article's when the story was picked; empty where nobody noted it
    article_headline: str = ""
    article_summary: str = ""
    approved_words: tuple[str, str] | None = None  # headline and blurb as readers get them
    has_new_summary: bool = False
    has_new_picture: bool = False
    is_kept: bool = False  # an editor's words stand against a correction of the source
    is_retracted: bool = False
    has_picture: bool = False
    alt: str = ""
    carried_on: str = ""  # the other digest of this newsletter that carries it; empty: none does
    answer: Answer | None = None

    @property
    def target(self) -> str:
        return f"story-{self.item_id}" if self.item_id else ""

    @property
    def name(self) -> str:
        """Tells it from the others of its digest."""
        return self.url or self.headline


@dataclass(frozen=True, slots=True)
class Booked:
    """A sponsor's booking of the digest's day."""

    booking: int
    name: str
    has_copy: bool
    has_link: bool
    has_picture: bool
    alt: str


@dataclass(frozen=True, slots=True)
class Domain:
    """What the DNS says of a domain. None: the DNS did not answer."""

    has_spf: bool | None
    has_dmarc: bool | None
    policy: str = ""  # what it asks of servers with mail that fails (RFC 9989); empty: nothing


@dataclass(frozen=True, slots=True)
class Material:
    newsletter: str
    zone: str
    goes_out_at: datetime
    subject: str
    preheader: str
    html: str
    text: str
    corrected_words: tuple[
        str, ...
    ] = ()  # subject, preheader: a person's, from before a correction
    is_approved: bool = False  # what readers get is settled
    intro: str = ""
    outro: str = ""
    not_live: str = ""  # the newsletter's state in words; empty while it is live
    postal_address: str = ""
    set_address: str = ""  # the one that this content was made with
    unreadable: tuple[Pair, ...] = ()  # texts of its look that lack contrast
    is_correction: bool = False  # its words may be all of it
    urgent_story: int | None = None  # the one that a news alert is about
    story_count: int = 0
    stories: tuple[Story, ...] = ()  # without those whose article is no longer kept
    empty_sections: tuple[str, ...] = ()
    sponsors: tuple[Booked, ...] = ()
    carried_bookings: frozenset[int] = frozenset()  # those that the version shows
    links: Mapping[str, Answer | None] = field(default_factory=dict)  # those that are no story's
    html_bytes: int = 0
    mail_problem: str = ""  # why no mail can be made of it; empty when one can
    sender: str = ""  # the address in From
    house_domains: tuple[str, ...] = ()  # those this installation is known to send for
    domain: Domain | None = None  # the sender's; None: never asked
    organisations: Mapping[str, str] = field(
        default_factory=dict
    )  # of the sender's domain and the house's, by the DNS
    readers: int | None = None  # None: not counted
    readers_before: tuple[int, ...] = ()  # of the last digests, the newest first
