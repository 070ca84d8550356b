"""From rows to what the checks look at. A fixed number of queries, however many stories; nobody outside is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import BadHeaderError

from digests.audience.recipients import readers_now
from digests.choices import NEVER_SENT, BlockStyle, DigestKind, DigestState
from digests.messages.compiling import compile_message
from digests.messages.message import SAMPLE, Message
from digests.models import Article, Digest, DomainCheck, Item, LinkCheck, Section, Template, Version
from digests.preflight.hand_written import own_stories
from digests.preflight.links import links_in
from digests.preflight.material import Answer, Booked, Domain, Material, Story
from digests.preflight.of_sender import domain_of
from digests.rendering.compose import colours_of, has_band
from digests.rendering.readability import Pair, failing
from digests.rendering.stored_content import restored, story_count, words_of_stories
from digests.rendering.weight import weigh
from digests.sponsors.sponsoring import bookings_of
from digests.versions import Draft
from subscriptions.local_times import day_of
from subscriptions.models import Publisher
from subscriptions.rendering.rendered import Rendered

# The last digests that say how many readers are usual.
USUAL_DIGESTS = 5


def gather(
    digest: Digest, content: Version | Draft, *, now: datetime, with_readers: bool = True
) -> Material:
    """What would go out: a version that is kept, or a draft of the digest as it stands.

    `with_readers`: also count them, which takes a moment where there are millions.
    """
    newsletter = digest.newsletter
    publisher = Publisher.objects.current()
    sections = list(digest.sections.prefetch_related("items__article", "items__image"))
    stories = (*_stories(digest, content, sections), *own_stories(content, sections))
    approved = words_of_stories(content.content) if isinstance(content, Version) else {}
    links = links_in(content.html, stories)
    answers = _answers([*links, *(story.url for story in stories)])
    sender = content.headers.get("From", "")
    domain, organisations = _domains(domain_of(sender))
    return Material(
        newsletter=str(newsletter),
        not_live="" if newsletter.is_live else newsletter.get_state_display(),
        zone=digest.zone,
        goes_out_at=max(digest.due_at, now),
        subject=content.subject,
        preheader=content.preheader,
        corrected_words=_corrected_words(digest),
        is_approved=digest.state == DigestState.APPROVED and isinstance(content, Version),
        intro=digest.intro,
        outro=digest.outro,
        html=content.html,
        text=content.text,
        postal_address=newsletter.postal_address or publisher.postal_address,
        set_address=content.content.get("masthead", {}).get("postal_address", ""),
        unreadable=_unreadable(content),
        is_correction=digest.corrects_id is not None,
        urgent_story=digest.urgent_story_id,
        story_count=story_count(content.content),
        stories=_with_answers(stories, answers, approved),
        empty_sections=tuple(str(one) for one in sections if not _shown(one) and one.slots),
        sponsors=_sponsors(digest),
        carried_bookings=frozenset(one["booking"] for one in content.content.get("sponsors", ())),
        links={url: answers.get(url) for url in links},
        html_bytes=_weight(content),
        mail_problem=_mail_problem(digest, content),
        sender=sender,
        house_domains=house_domains(),
        domain=domain,
        organisations=organisations,
        readers=readers_now(digest) if with_readers else None,
        readers_before=_readers_before(digest) if with_readers else (),
    )


def _corrected_words(digest: Digest) -> tuple[str, ...]:
    """Those that a correction at the source has made doubtful, and that nobody has looked at."""
    return tuple(name for name, doubt in digest.corrected_words.items() if doubt["is_open"])


def _unreadable(content: Version | Draft) -> tuple[Pair, ...]:
    """Versions of long ago kept no content; they were set in the designs' own colours."""
    if not content.content:
        return ()
    kept = restored(content.content)
    return tuple(failing(colours_of(kept), has_band=has_band(kept)))


def house_domains() -> tuple[str, ...]:
    """Those that this installation sends for: its site's, its return path's, its mail service's."""
    known = (
        urlsplit(settings.SITE_URL).hostname or "",
        domain_of(settings.BOUNCE_ADDRESS),
        str(settings.MAIL_ROUTES["digests"].options.get("sender_domain") or ""),
    )
    # A machine without a name (127.0.0.1 of a demo) says nothing about senders.
    return tuple(
        dict.fromkeys(name for name in known if any(map(str.isalpha, name)) and "." in name)
    )


def _sponsors(digest: Digest) -> tuple[Booked, ...]:
    return tuple(
        Booked(
            booking=booking.pk,
            name=booking.sponsor,
            has_copy=booking.has_copy,
            has_link=bool(booking.link),
            has_picture=booking.image_id is not None,
            alt=booking.image_alt,
        )
        for booking in bookings_of(digest)
    )


def _shown(section: Section) -> list[Item]:
    return list(section.items.all())[: section.slots]


def _stories(
    digest: Digest, content: Version | Draft, sections: list[Section]
) -> tuple[Story, ...]:
    """In the order of the mail; each place in which a story stands, with the words of the page of stories."""
    places: dict[int, list[tuple[Section, Item]]] = {}
    for section in sections:
        for item in _shown(section):
            if item.article_id is None:  # written by hand
                continue
            places.setdefault(item.article_id, []).append((section, item))
    made_at = content.created_at if isinstance(content, Version) else None
    articles = Article.objects.in_bulk(set(content.article_ids))
    carried = _carried(digest, set(content.article_ids))
    stories = []
    for article_id in content.article_ids:
        article = articles.get(article_id)
        if article is None:
            continue
        waiting = places.get(article_id)
        place = waiting.pop(0) if waiting else None
        stories.append(_story(article, place, carried.get(article_id, ""), made_at))
    return tuple(stories)


def _story(
    article: Article, place: tuple[Section, Item] | None, carried: str, made_at: datetime | None
) -> Story:
    story = Story(
        article_id=article.pk,
        headline=article.headline,
        url=article.url,
        published_at=article.published_at,
        article_headline=article.headline,
        article_summary=article.summary,
        is_retracted=article.retracted_at is not None,
        carried_on=carried,
    )
    if place is None:
        return story
    section, item = place
    return replace(
        story,
        headline=item.shown_headline,
        item_id=item.pk,
        section=str(section),
        seen_headline=item.seen_headline,
        has_new_summary=item.has_new_summary,
        has_new_picture=item.has_new_picture or item.is_replaced_since(made_at),
        is_kept=item.is_kept,
        own_words=" ".join((item.kicker, item.headline, item.blurb, item.link_text)),
        own_headline=item.headline,
        own_blurb=item.blurb,
        has_picture=item.image_id is not None and BlockStyle(section.style).has_pictures,
        alt=item.shown_alt,
    )


def _carried(digest: Digest, article_ids: set[int]) -> dict[int, str]:
    """Where this newsletter's other digests, of late or already for tomorrow, carry the same stories.

    A news alert neither counts nor is asked: whoever has its story does not get it. A correction is about a story that
    readers have, so it is not asked either.
    """
    if digest.is_urgent or digest.corrects_id:
        return {}
    template = Template.objects.filter(newsletter=digest.newsletter_id).first() or Template()
    items = (
        Item.objects.filter(
            article__in=article_ids,
            section__digest__newsletter=digest.newsletter_id,
            section__digest__urgent_story__isnull=True,
            section__digest__local_date__gte=digest.local_date
            - timedelta(days=template.no_repeat_days),
        )
        .exclude(section__digest=digest)
        .exclude(section__digest__state__in=NEVER_SENT)
        .order_by("section__digest__local_date")
        .values_list("article_id", "section__digest__local_date")
    )
    return {article_id: day_of(local_date) for article_id, local_date in items}


def _with_answers(
    stories: Iterable[Story],
    answers: Mapping[str, Answer],
    approved: Mapping[int, tuple[str, str]],
) -> tuple[Story, ...]:
    """Stories with what their links answered, and with the words that were approved."""
    return tuple(
        replace(
            story,
            answer=answers.get(story.url),
            approved_words=approved.get(story.article_id or 0),
        )
        for story in stories
    )


def _answers(urls: list[str]) -> Mapping[str, Answer]:
    checks = LinkCheck.objects.filter(url__in=set(urls), checked_at__isnull=False)
    return {
        check.url: Answer(
            check.status, check.error, check.gone_times, check.checked_at, check.gone_since
        )
        for check in checks
        if check.checked_at is not None
    }


def _domains(sender: str) -> tuple[Domain | None, dict[str, str]]:
    """What the DNS has answered: of the sender's domain, and whose that and the house's are."""
    checks = {
        check.domain: check
        for check in DomainCheck.objects.filter(
            domain__in={sender, *house_domains()}, checked_at__isnull=False
        )
    }
    own = checks.get(sender)
    domain = Domain(own.has_spf, own.has_dmarc, own.policy) if own else None
    return domain, {name: it.organisation for name, it in checks.items() if it.organisation}


def _readers_before(digest: Digest) -> tuple[int, ...]:
    if digest.kind != DigestKind.REGULAR:
        return ()  # each has an audience of its own
    sent = Digest.objects.filter(
        newsletter=digest.newsletter_id,
        slot=digest.slot,
        kind=DigestKind.REGULAR,
        state=DigestState.SENT,
    ).exclude(pk=digest.pk)
    sizes = sent.order_by("-due_at").values_list("audience_size", flat=True)[:USUAL_DIGESTS]
    return tuple(size for size in sizes if size is not None)


def _weight(content: Version | Draft) -> int:
    return weigh(
        Rendered(content.subject, content.preheader, content.html, content.text)
    ).html_bytes


def _mail_problem(digest: Digest, content: Version | Draft) -> str:
    if "From" not in content.headers:
        return "Its mail lacks a sender."
    try:
        message = Message.of(digest, content)
        message.personalised(SAMPLE).message()
        compile_message(message)
    except (BadHeaderError, ValueError) as error:
        return f"A header of its mail cannot be sent. {error}"
    return ""
