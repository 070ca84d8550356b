"""The words of the letters that a reader's preference pages send."""

from collections.abc import Callable
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions import links
from subscriptions.addresses import mask
from subscriptions.letter_kinds import letterhead
from subscriptions.mailing.letters import Obsolete, writer
from subscriptions.models import Letter, ManageLink, Publisher
from subscriptions.readers import address_changes, manage_links
from subscriptions.rendering.letters import render_letter
from subscriptions.rendering.link_validity import works_for
from subscriptions.rendering.rendered import Rendered

SECONDS_A_MINUTE, SECONDS_AN_HOUR = 60, 3600


@writer(manage_links.MANAGE_LETTER)
def preferences(letter: Letter, now: datetime) -> Rendered:
    link = ManageLink.objects.filter(public_id=letter.context["link"]).first()
    if link is None:
        raise Obsolete("The link has run out, or was ended.")
    return _written(letter, lambda: opening(links.manage_url(link.public_id)))


@writer(address_changes.OLD_LETTER)
def address_old(letter: Letter, now: datetime) -> Rendered:
    side = _side(letter, now)
    return _written(letter, lambda: moving_from(mask(side.change.new_address), _url(letter)))


@writer(address_changes.NEW_LETTER)
def address_new(letter: Letter, now: datetime) -> Rendered:
    _side(letter, now)
    return _written(letter, lambda: moving_to(_url(letter)))


@writer(address_changes.DONE_LETTER)
def address_done(letter: Letter, now: datetime) -> Rendered:
    return _written(letter, moved)


def _side(letter: Letter, now: datetime) -> address_changes.Side:
    side = address_changes.side_of(letter.context["key"])
    if side is None or address_changes.state_of(side, now=now) is not address_changes.Step.WAITING:
        raise Obsolete("The change of address is done, replaced or impossible.")
    return side


def _url(letter: Letter) -> str:
    return links.address_url(letter.context["key"])


def _written(letter: Letter, words: Callable[[], dict[str, object]]) -> Rendered:
    publisher = Publisher.objects.current()
    language = (letter.subscriber.language if letter.subscriber else "") or publisher.language
    with translation.override(language):
        fields = words()
    return render_letter("notice", fields | {"letterhead": letterhead(publisher, language)})


def opening(url: str) -> dict[str, object]:
    """What the letter with the link to the settings says, in the language that is active."""
    minutes = int(manage_links.VALID_FOR.total_seconds() // SECONDS_A_MINUTE)
    return {
        "title": _("Your newsletters and settings"),
        "lines": (_("Use this link to choose or pause your newsletters and change your address."),),
        "label": _("Open my settings"),
        "url": url,
        "closing": (
            ngettext(
                "The link works for %(minutes)d minute. Please do not forward this email.",
                "The link works for %(minutes)d minutes. Please do not forward this email.",
                minutes,
            )
            % {"minutes": minutes},
            _("If you did not ask for it, ignore this email: nothing has changed."),
        ),
    }


def _validity() -> str:
    return works_for(int(address_changes.VALID_FOR.total_seconds() // SECONDS_AN_HOUR))


def moving_from(new_address: str, url: str) -> dict[str, object]:
    """Return the words of the email to the old address of a change.

    It names the new one only as far as its owner would know it: this mailbox may be another's by now.
    """
    return {
        "title": _("Move your newsletters to another address?"),
        "lines": (
            _("You asked us to send your newsletters to %(address)s instead of this address.")
            % {"address": new_address},
            _("Please confirm here and in the email that we sent to the new address."),
        ),
        "label": _("Yes, move them"),
        "url": url,
        "closing": (
            _validity(),
            _("If it was not you, do not press the button: nothing will change."),
        ),
    }


def moving_to(url: str) -> dict[str, object]:
    """Return the words of the email to the new address of a change.

    It names neither the old address nor a newsletter: its reader may be a stranger.
    """
    return {
        "title": _("Is this your new address?"),
        "lines": (
            _("One of our readers wants to receive newsletters at this address."),
            _("If it was you, please confirm here and in the email to your old address."),
        ),
        "label": _("Yes, this is mine"),
        "url": url,
        "closing": (
            _validity(),
            _("If it was not you, ignore this email: nothing will be sent to you."),
        ),
    }


def moved() -> dict[str, object]:
    return {
        "title": _("Your newsletters have moved"),
        "lines": (
            _(
                "Both addresses have confirmed: your newsletters now go to the new one and no longer to this one."
            ),
        ),
        "closing": (_("If it was not you, reply to this email so that we can correct it."),),
    }
