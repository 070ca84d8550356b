"""The one door for sign-ups: every form (page, embedded, plain HTML, API) goes through request().

The answer depends on what was sent and on how much is going on, never on whether the address is new, known,
suppressed or blocked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from subscriptions import addresses
from subscriptions.choices import Disposable
from subscriptions.evidence import Evidence
from subscriptions.mailing.suppression import address_hash
from subscriptions.networks import network_of
from subscriptions.sign_up import domains, opt_in, proofs, rate_limits
from subscriptions.sign_up.form_times import time_on_screen
from subscriptions.sign_up.mailboxes import mailbox_of
from subscriptions.sign_up.rate_limits import Hits, Pressure

# Nobody chooses and writes an address in less, not even with a browser that fills it in; a simple robot does.
QUICKEST_READER = timedelta(seconds=1)
MOST_NEWSLETTERS = 100


@dataclass(frozen=True, slots=True)
class SignUpRequest:
    """What a visitor sent, as it came."""

    address: str
    newsletters: Sequence[str]  # slugs
    shown: str  # form_times.stamp() of the moment the form was made
    trap: str = ""  # of a field that people do not see
    proof: str = ""  # solution of the challenge that an earlier answer held
    is_sure: bool = False  # keep the address although it looks like a slip
    language: str = ""  # of the page, for the letters to a new reader


class Verdict(Enum):
    TAKEN = "taken"  # said of every address alike
    WRONG = "wrong"  # `errors` says what
    DOUBTFUL = "doubtful"  # did they mean `suggestion`?
    CHALLENGED = "challenged"  # send it again with the proof that `challenge` asks for, or later
    REFUSED = "refused"  # too much from there; in `wait_seconds` again


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: Verdict
    # By the name of SignUpRequest's attribute, for the visitor: address, newsletters or shown.
    errors: Mapping[str, str] = field(default_factory=dict)
    suggestion: str = ""
    challenge: Mapping[str, Any] = field(default_factory=dict)  # for JSON; see proofs.challenge()
    wait_seconds: int = 0
    # For the caller's doorbell alone: whether there is one must not be seen from outside.
    letter_id: int | None = None


TAKEN = Answer(Verdict.TAKEN)


def request(sign_up: SignUpRequest, evidence: Evidence, *, now: datetime) -> Answer:
    """Check a sign-up, count it against the limits, and keep it.

    `evidence` says through which form it came (each local one is counted for itself), from which page and
    which IP (visits.evidence_of reads all that from a request). The caller rings for `letter_id`:

        answer = request(sign_up, evidence_of(http_request, form), now=database_now())
        if answer.letter_id is not None:
            ring_soon(send_letters, answer.letter_id)

    A robot is answered as a reader is, and nothing is kept. Nothing is raised for whatever a visitor may send.
    """
    if sign_up.trap:
        return TAKEN
    on_screen = time_on_screen(sign_up.shown, now=now)
    address, errors = _checked(sign_up, on_screen)
    if errors:
        return Answer(Verdict.WRONG, errors)
    if on_screen is None or on_screen < QUICKEST_READER:
        return TAKEN
    if not sign_up.is_sure and (meant := domains.suggestion(address)):
        return Answer(Verdict.DOUBTFUL, suggestion=meant)
    pressure = rate_limits.count(_hits(address, evidence))
    return _stopped(pressure, address, sign_up.proof, now) or _kept(sign_up, address, evidence, now)


def _checked(sign_up: SignUpRequest, on_screen: timedelta | None) -> tuple[str, dict[str, str]]:
    """The normalised address, and what is wrong."""
    errors: dict[str, str] = {}
    address = ""
    try:
        address = addresses.normalise(sign_up.address)
    except addresses.BadAddress as error:
        errors["address"] = str(error)
    else:
        policy = settings.DISPOSABLE_ADDRESSES
        if policy == Disposable.REFUSE and domains.is_disposable(address):
            errors["address"] = _(
                "This looks like a temporary address. Please use a permanent one."
            )
    if not sign_up.newsletters:
        errors["newsletters"] = _("Please choose at least one newsletter.")
    elif not _could_be_slugs(sign_up.newsletters):
        errors["newsletters"] = _not_offered()
    if on_screen is None:
        errors["shown"] = _("Something went wrong. Please try again.")
    return address, errors


def _could_be_slugs(names: Sequence[str]) -> bool:
    """Whatever is not, such as text with a NUL, never reaches the database."""
    return len(names) <= MOST_NEWSLETTERS and all(
        name.isascii() and name.isprintable() for name in names
    )


def _hits(address: str, evidence: Evidence) -> Hits:
    return rate_limits.hits_of(
        address_hash(mailbox_of(address)).hex(),
        network_of(evidence.ip),
        f"{evidence.form} {evidence.embedded_form_id or ''}",
    )


def _stopped(pressure: Pressure, address: str, proof: str, now: datetime) -> Answer | None:
    """None when nothing is in the way, or no longer."""
    if pressure.is_refused:
        return Answer(Verdict.REFUSED, wait_seconds=pressure.wait_seconds)
    owes_proof = pressure.needs_proof or (
        settings.DISPOSABLE_ADDRESSES == Disposable.CHALLENGE and domains.is_disposable(address)
    )
    if owes_proof and not proofs.spend(proof, now=now):
        return Answer(Verdict.CHALLENGED, challenge=proofs.challenge(now=now))
    return TAKEN if pressure.is_address_full else None


def _kept(sign_up: SignUpRequest, address: str, evidence: Evidence, now: datetime) -> Answer:
    language = sign_up.language if sign_up.language in dict(settings.LANGUAGES) else ""
    try:
        letter_id = opt_in.request(
            address, sign_up.newsletters, evidence, now=now, language=language
        )
    except opt_in.NotOffered:
        return Answer(Verdict.WRONG, {"newsletters": _not_offered()})
    return Answer(Verdict.TAKEN, letter_id=letter_id)


def _not_offered() -> str:
    return _(
        "One of the newsletters you chose is no longer available. Please check your selection."
    )
