"""What is done about readers of whom nobody knows whether they have the mail, in sentences."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from digests.choices import UncertainPolicy
from digests.delivery import unasked
from digests.delivery.unasked import Standing
from digests.models import Digest


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    is_trouble: bool = False  # somebody has to see to it


def of_doubts(digest: Digest, unconfirmed: int) -> list[Sentence]:
    """`unconfirmed`: readers; empty without any."""
    if not unconfirmed:
        return []
    asked = [_of_service(one) for one in unasked.standings(digest.pk)]
    return asked or [Sentence(_of_policy(digest))]


def _of_service(one: Standing) -> Sentence:
    values = {"service": one.service, "trouble": one.trouble}
    if one.is_settled:
        kept = _(
            "The uncertain readers stay so until an event tells what became of them. %(trouble)s"
        )
        return Sentence(kept % values, is_trouble=True)
    if one.trouble:
        said = _(
            "The uncertain readers stay so until %(service)s says whether it has accepted them. "
            "We will ask it again. %(trouble)s"
        )
        return Sentence(said % values, is_trouble=True)
    if one.is_by_key:
        said = _(
            "%(service)s is called again for the uncertain readers. It knows the call by its key, "
            "so nobody receives a second email."
        )
        return Sentence(said % values)
    said = _(
        "%(service)s is being asked whether it has accepted the uncertain readers. That can "
        "take half an hour; there is nothing to decide meanwhile."
    )
    return Sentence(said % values)


def _of_policy(digest: Digest) -> str:
    unknown = _("Nobody knows whether the uncertain readers have it: the answer was lost.")
    template = getattr(digest.newsletter, "template", None)
    policy = template.uncertain_policy if template else UncertainPolicy.BY_WAY
    what = {
        UncertainPolicy.RESEND: _("The newsletter sends to them again."),
        UncertainPolicy.HOLD: _("The newsletter holds them: they receive no second email."),
    }.get(
        UncertainPolicy(policy),
        _(
            "Over SMTP they are sent to again; with a mail service they are held until an event "
            "tells what became of them."
        ),
    )
    return f"{unknown} {what}"
