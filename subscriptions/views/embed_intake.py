"""Sign-ups through an embedded form: what the form offers, and the words of the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.clock import database_now
from subscriptions.doorbell import ring_soon
from subscriptions.embed import cross_origin
from subscriptions.embed.embedding import EVIDENCE_FORM, Offer
from subscriptions.evidence import Evidence
from subscriptions.models import EmbeddedForm
from subscriptions.sign_up import intake
from subscriptions.sign_up.intake import Answer, SignUpRequest, Verdict
from subscriptions.tasks import send_letters
from subscriptions.visits import evidence_of

SECONDS_A_MINUTE = 60


def request_through(
    request: HttpRequest, form: EmbeddedForm, offered: Sequence[Offer], sign_up: SignUpRequest
) -> Answer:
    """Request a sign-up through a form, in the language that is active, for what the form offers."""
    here = [offer.newsletter.slug for offer in offered]
    asked = sign_up.newsletters if form.readers_choose else here
    if not set(here).issuperset(asked):
        return Answer(Verdict.WRONG, {"newsletters": _not_here()})
    answer = intake.request(
        replace(sign_up, newsletters=asked), _evidence(request, form), now=database_now()
    )
    if answer.letter_id is not None:
        ring_soon(send_letters, answer.letter_id)
    return answer


def errors_of(answer: Answer) -> Mapping[str, str]:
    """What to say to the reader, by field: address, newsletters, or the whole form."""
    match answer.verdict:
        case Verdict.WRONG:
            errors = dict(answer.errors)
            if "shown" in errors:
                errors["form"] = errors.pop("shown")
            return errors
        case Verdict.DOUBTFUL:
            return {"address": _("Did you mean %(address)s?") % {"address": answer.suggestion}}
        case Verdict.CHALLENGED:
            return {
                "form": _(
                    "Many people are signing up right now. Please try again in a few minutes, or on our own page."
                )
            }
        case Verdict.REFUSED:
            return {"form": _later(minutes(answer.wait_seconds))}
    return {}


def minutes(seconds: int) -> int:
    return max(1, ceil(seconds / SECONDS_A_MINUTE))


def _later(wait: int) -> str:
    return ngettext(
        "Too many requests from your network. Please try again in %(minutes)d minute.",
        "Too many requests from your network. Please try again in %(minutes)d minutes.",
        wait,
    ) % {"minutes": wait}


def _not_here() -> str:
    return _(
        "One of the newsletters you chose is no longer available here. Please check your selection."
    )


def _evidence(request: HttpRequest, form: EmbeddedForm) -> Evidence:
    seen = evidence_of(request, EVIDENCE_FORM)
    page = cross_origin.page_of(request, form, request.POST.get("page", ""))
    return replace(seen, source_url=page or seen.source_url, embedded_form_id=form.pk)
